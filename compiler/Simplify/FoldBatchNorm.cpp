// BatchNormalization after a convolution, transposed convolution or Gemm with constant weights moves into them:
//   %1 = "onnx.Conv"(%x, %w, %b); %2 = "onnx.BatchNormalization"(%1, %scale, %shift, %mean, %var)
//   -> %f = %scale / sqrt(%var + epsilon); %2 = "onnx.Conv"(%x, %w * %f along the output channels, (%b - %mean) * %f + %shift)
// The arithmetic stays in the IR: what depends on weights alone is computed when compiling, like everything else.
#include "compiler/Simplify/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "dialects/Kernel/KernelDialect.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Traits.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace motion {
#define GEN_PASS_DEF_FOLDBATCHNORMPASS
#include "compiler/Simplify/Passes.h.inc"

using namespace mlir;

namespace {

/// Whether a value depends on weights alone, by at most `depth` nodes.
bool isConstant(Value value, unsigned depth = 16) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (isa<kernel::WeightOp, onnx::ConstantOp>(op))
    return true;
  return depth && isPure(op) && op->getNumRegions() == 0 && llvm::all_of(op->getOperands(), [&](Value operand) { return isConstant(operand, depth - 1); });
}

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Builds arithmetic on weights.
class WeightArithmetic {
public:
  WeightArithmetic(PatternRewriter &b, Location loc) : b(b), loc(loc) {}

  template <typename Op> Value apply(Value lhs, Value rhs) {
    SmallVector<int64_t> shape;
    OpTrait::util::getBroadcastedShape(typeOf(lhs).getShape(), typeOf(rhs).getShape(), shape);
    return Op::create(b, loc, RankedTensorType::get(shape, typeOf(lhs).getElementType()), lhs, rhs);
  }

  Value sqrt(Value value) { return onnx::SqrtOp::create(b, loc, value.getType(), value); }

  Value scalar(Type element, double value) {
    auto type = RankedTensorType::get({}, element);
    return constant(DenseElementsAttr::get(type, b.getFloatAttr(element, value)));
  }

  Value reshape(Value value, ArrayRef<int64_t> shape) {
    Value sizes = constant(DenseElementsAttr::get(RankedTensorType::get({int64_t(shape.size())}, b.getI64Type()), shape));
    OperationState state(loc, onnx::ReshapeOp::getOperationName(), {value, sizes}, {RankedTensorType::get(shape, typeOf(value).getElementType())});
    return b.create(state)->getResult(0);
  }

private:
  Value constant(ElementsAttr value) {
    OperationState state(loc, onnx::ConstantOp::getOperationName());
    state.addTypes(value.getType());
    auto op = cast<onnx::ConstantOp>(b.create(state));
    op.setValueAttr(value);
    return op.getOutput();
  }

  PatternRewriter &b;
  Location loc;
};

/// The axis of the output channels in the second operand of the node; nothing when the node is of another kind.
std::optional<int64_t> channelAxis(Operation *producer) {
  if (isa<onnx::ConvOp>(producer))
    return 0;
  if (auto conv = dyn_cast<onnx::ConvTransposeOp>(producer); conv && conv.getGroup() == 1)
    return 1;
  if (auto gemm = dyn_cast<onnx::GemmOp>(producer))
    return gemm.getTransB() ? 0 : 1;
  return std::nullopt;
}

/// Whether the third operand, if there is one, has a value per channel or one for all.
bool isPerChannel(Value bias, int64_t channels) {
  ArrayRef<int64_t> shape = typeOf(bias).getShape();
  return llvm::all_of(shape.drop_back(shape.empty() ? 0 : 1), [](int64_t size) { return size == 1; }) &&
         (shape.empty() || shape.back() == 1 || shape.back() == channels);
}

struct FoldBatchNorm : OpRewritePattern<onnx::BatchNormalizationOp> {
  using Base::Base;

  LogicalResult matchAndRewrite(onnx::BatchNormalizationOp norm, PatternRewriter &rewriter) const override {
    Operation *producer = norm.getX().getDefiningOp();
    std::optional<int64_t> axis = producer ? channelAxis(producer) : std::nullopt;
    if (!axis)
      return rewriter.notifyMatchFailure(norm, "expected a convolution or Gemm before it");
    if (norm.getTrainingMode() || !norm.getX().hasOneUse())
      return rewriter.notifyMatchFailure(norm, "expected inference, and no other use of what is normalised");
    Value weight = producer->getOperand(1), bias = producer->getNumOperands() > 2 ? producer->getOperand(2) : Value();
    if (!isFoldable(norm, weight, bias, *axis))
      return rewriter.notifyMatchFailure(norm, "expected constant weights of one floating-point type and known shape");

    WeightArithmetic w(rewriter, norm.getLoc());
    Type element = typeOf(weight).getElementType();
    Value epsilon = w.scalar(element, norm.getEpsilon().convertToDouble());
    Value factor = w.apply<onnx::DivOp>(norm.getScale(), w.sqrt(w.apply<onnx::AddOp>(norm.getInputVar(), epsilon)));
    SmallVector<int64_t> along(size_t(typeOf(weight).getRank()), 1);
    along[size_t(*axis)] = typeOf(factor).getDimSize(0);
    Value newWeight = w.apply<onnx::MulOp>(weight, w.reshape(factor, along));
    auto gemm = dyn_cast<onnx::GemmOp>(producer);
    if (bias && gemm && !gemm.getBeta().isExactlyValue(1))
      bias = w.apply<onnx::MulOp>(bias, w.scalar(element, gemm.getBeta().convertToDouble()));
    Value newBias = bias ? w.apply<onnx::MulOp>(w.apply<onnx::SubOp>(bias, norm.getInputMean()), factor)
                         : w.apply<onnx::MulOp>(norm.getInputMean(), w.apply<onnx::SubOp>(w.scalar(element, 0), factor));
    newBias = w.apply<onnx::AddOp>(newBias, norm.getB());

    Operation *folded = rewriter.clone(*producer);
    folded->setOperands({producer->getOperand(0), newWeight, newBias});
    folded->getResult(0).setType(norm.getY().getType());
    if (auto foldedGemm = dyn_cast<onnx::GemmOp>(folded))
      foldedGemm.setBetaAttr(rewriter.getF32FloatAttr(1));
    rewriter.replaceAllUsesWith(norm.getY(), folded->getResult(0));
    rewriter.eraseOp(norm);
    rewriter.eraseOp(producer);
    return success();
  }

  static bool isFoldable(onnx::BatchNormalizationOp norm, Value weight, Value bias, int64_t axis) {
    SmallVector<Value> values = {weight, norm.getScale(), norm.getB(), norm.getInputMean(), norm.getInputVar()};
    if (bias)
      values.push_back(bias);
    Type element = typeOf(weight).getElementType();
    const bool unused = llvm::all_of(norm->getResults().drop_front(), [](Value result) { return result.use_empty(); });
    return unused && isa<FloatType>(element) && (!bias || isPerChannel(bias, typeOf(weight).getDimSize(axis))) && llvm::all_of(values, [&](Value value) {
             return isConstant(value) && typeOf(value).hasStaticShape() && typeOf(value).getElementType() == element;
           });
  }
};

struct FoldBatchNormPass : impl::FoldBatchNormPassBase<FoldBatchNormPass> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldBatchNorm>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), rewriteConfig())))
      signalPassFailure();
  }
};

} // namespace
} // namespace motion
