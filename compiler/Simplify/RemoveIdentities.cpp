// Nodes that return their operand unchanged:
//   Identity, Dropout at inference, Cast to the same type, Reshape and Flatten and Expand to the same shape,
//   Concat, Sum, Max, Min and Mean of one operand                                                  ->  the operand
// Dead nodes disappear with them.
#include "compiler/Simplify/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/TypeSwitch.h"

namespace motion {
#define GEN_PASS_DEF_REMOVEIDENTITIESPASS
#include "compiler/Simplify/Passes.h.inc"

using namespace mlir;

namespace {

/// Whether equal types of two tensors with the same number of elements mean equal shapes: at most one dimension is unknown.
bool hasOneUnknown(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getNumDynamicDims() == 0 || (tensor.getNumDynamicDims() == 1 && !llvm::is_contained(tensor.getShape(), 0));
}

Value passedOn(onnx::DropoutOp dropout) {
  if (dropout.getMask() && !dropout.getMask().use_empty())
    return {};
  if (!dropout.getTrainingMode())
    return dropout.getData();
  auto constant = dropout.getTrainingMode().getDefiningOp<onnx::ConstantOp>();
  auto training = constant ? dyn_cast_or_null<DenseElementsAttr>(constant.getValueAttr()) : DenseElementsAttr();
  return training && training.isSplat() && !training.getSplatValue<bool>() ? dropout.getData() : Value();
}

/// The operand that a node passes on; null when it does something.
Value passedOn(Operation *op) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([](onnx::IdentityOp node) { return node.getInput(); })
      .Case([](onnx::CastOp node) { return node.getInput(); }) // equal types are checked by the caller
      .Case([](onnx::DropoutOp node) { return passedOn(node); })
      .Case<onnx::ReshapeOp, onnx::FlattenOp, onnx::SumOp, onnx::MaxOp, onnx::MinOp, onnx::MeanOp, onnx::ConcatOp>([](Operation *node) {
        const bool reshapes = isa<onnx::ReshapeOp, onnx::FlattenOp>(node);
        return (reshapes ? hasOneUnknown(node->getResult(0).getType()) : node->getNumOperands() == 1) ? node->getOperand(0) : Value();
      })
      .Case([](onnx::ExpandOp node) {
        return cast<RankedTensorType>(node.getOutput().getType()).hasStaticShape() ? node.getInput() : Value();
      })
      .Default([](Operation *) { return Value(); });
}

struct RemoveIdentity : RewritePattern {
  explicit RemoveIdentity(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    Value operand = passedOn(op);
    if (!operand || operand.getType() != op->getResult(0).getType())
      return rewriter.notifyMatchFailure(op, "expected a node that returns its operand, of the same type");
    rewriter.replaceAllUsesWith(op->getResult(0), operand);
    rewriter.eraseOp(op);
    return success();
  }
};

struct RemoveIdentitiesPass : impl::RemoveIdentitiesPassBase<RemoveIdentitiesPass> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RemoveIdentity>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), rewriteConfig())))
      signalPassFailure();
  }
};

} // namespace
} // namespace motion
