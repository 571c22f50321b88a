// The pass motion-expand-math: operations of the math dialect on scalars and vectors in, arithmetic out; no call of a library is left.
//   math.exp %x : vector<16xf32>   becomes   some twenty multiply-adds and integer operations
// f16 and bf16 are computed in f32. What the hardware has (sqrt, fma, floor, ceil, trunc, roundeven, abs, copysign) stays.
#include "compiler/Lower/MathBuilder.h"
#include "compiler/Lower/Passes.h"

namespace motion {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "compiler/Lower/Passes.h.inc"
} // namespace motion

using namespace mlir;
using namespace motion::formula;

static Type withElement(Type type, Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
}

static void expand(IRRewriter &rewriter, Operation *op, Formula formula) {
  rewriter.setInsertionPoint(op);
  Type type = op->getResult(0).getType(), element = getElementTypeOrSelf(type);
  bool narrow = element.isF16() || element.isBF16();
  Type computed = narrow ? withElement(type, rewriter.getF32Type()) : type;
  Math m(rewriter, op->getLoc(), computed);
  SmallVector<Expr> operands;
  for (Value operand : op->getOperands())
    operands.push_back(m.wrap(narrow ? Value(arith::ExtFOp::create(rewriter, op->getLoc(), computed, operand)) : operand));
  Value result = formula(m, operands).v;
  if (narrow)
    result = arith::TruncFOp::create(rewriter, op->getLoc(), type, result);
  rewriter.replaceOp(op, result);
}

namespace {
struct ExpandMathPass : motion::impl::ExpandMathPassBase<ExpandMathPass> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    for (ArrayRef<NamedFormula> family : {exponentialFormulas(), logarithmFormulas(), trigonometricFormulas(), inverseFormulas(), powerFormulas(),
                                          errorFunctionFormulas()})
      for (const NamedFormula &entry : family)
        formulas[StringAttr::get(context, entry.op)] = entry.formula;
    return success();
  }

  void runOnOperation() override {
    SmallVector<std::pair<Operation *, Formula>> found;
    getOperation()->walk([&](Operation *op) {
      if (auto it = formulas.find(op->getName().getIdentifier()); it != formulas.end())
        found.emplace_back(op, it->second);
    });
    IRRewriter rewriter(&getContext());
    for (auto [op, formula] : found)
      expand(rewriter, op, formula);
  }

private:
  llvm::DenseMap<StringAttr, Formula> formulas;
};
} // namespace
