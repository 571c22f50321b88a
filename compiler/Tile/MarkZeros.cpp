// Marks contractions of a constant whose other operand is what a rectifier leaves: about half of it is exactly 0, and more in trained models.
//   %h = kernel.contract ... { ... %r = arith.maximumf %s, %zero  kernel.yield %r }      %h = ...
//   %y = kernel.contract ins(%h, %constant)                                         ->   %y = kernel.contract ins(%h, %constant) ... skip_zeros
// Products with the zeros can be left out only where the constant holds no infinity or NaN; its values are not known here, so that the mark is taken
// back where they turn out so (see takeBackMarks).
#include "compiler/Tile/Passes.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

namespace motion {
#define GEN_PASS_DEF_MARKZEROSPASS
#include "compiler/Tile/Passes.h.inc"

using namespace mlir;

namespace {

bool isZero(Value value) { return matchPattern(value, m_AnyZeroFloat()); }

bool holdsZeros(Value tensor);

/// max(x, 0), or a choice between x and 0, perhaps limited or the largest of several: of `op`'s body.
bool isRectified(Value value, Operation *op) {
  if (auto moved = dyn_cast<BlockArgument>(value)) {
    auto generic = dyn_cast<linalg::GenericOp>(op);
    return generic && moved.getArgNumber() < generic.getInputs().size() && holdsZeros(generic.getInputs()[moved.getArgNumber()]);
  }
  Operation *made = value.getDefiningOp();
  if (isa<arith::MaximumFOp, arith::MaxNumFOp>(made))
    return llvm::any_of(made->getOperands(), [&](Value operand) { return isZero(operand) || isRectified(operand, op); });
  if (isa<arith::MinimumFOp, arith::MinNumFOp>(made))
    return llvm::any_of(made->getOperands(), [&](Value operand) { return isRectified(operand, op); });
  if (auto select = dyn_cast<arith::SelectOp>(made))
    return isZero(select.getTrueValue()) || isZero(select.getFalseValue());
  return false;
}

/// Whether a tensor is what a rectifier leaves, perhaps in another shape or order, with borders, or pooled.
bool holdsZeros(Value tensor) {
  auto result = dyn_cast<OpResult>(tensor);
  if (!result)
    return false;
  Operation *op = result.getOwner();
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp, tensor::ExtractSliceOp, tensor::InsertSliceOp, tensor::PadOp,
          linalg::TransposeOp>(op))
    return holdsZeros(op->getOperand(0));
  if (!isa<kernel::ContractOp, linalg::GenericOp>(op))
    return false;
  return isRectified(op->getRegion(0).front().getTerminator()->getOperand(result.getResultNumber()), op);
}

struct MarkZerosPass : impl::MarkZerosPassBase<MarkZerosPass> {
  void runOnOperation() override {
    getOperation().walk([](kernel::ContractOp op) {
      const Type element = getElementTypeOrSelf(op.getB());
      if ((element.isF32() || element.isF64()) && kernel::ConstantOp::of(op.getB()) && holdsZeros(op.getA()))
        op.setSkipZeros(true);
    });
  }
};

} // namespace
} // namespace motion
