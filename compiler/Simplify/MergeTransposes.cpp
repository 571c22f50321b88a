// Adjacent transposes become one:
//   %1 = "onnx.Transpose"(%0) <{perm = [0, 2, 1]}>; %2 = "onnx.Transpose"(%1) <{perm = [1, 0, 2]}>
//   -> %2 = "onnx.Transpose"(%0) <{perm = [2, 0, 1]}>;  nothing at all when the whole moves nothing
#include "compiler/Simplify/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/IR/PatternMatch.h"

namespace motion {
#define GEN_PASS_DEF_MERGETRANSPOSESPASS
#include "compiler/Simplify/Passes.h.inc"

using namespace mlir;

namespace {

/// Which axis of the operand each axis of the result is; without the attribute they are reversed.
SmallVector<int64_t> permutation(onnx::TransposeOp op) {
  if (std::optional<ArrayRef<int64_t>> perm = op.getPerm())
    return SmallVector<int64_t>(*perm);
  const int64_t rank = cast<RankedTensorType>(op.getData().getType()).getRank();
  return llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, rank)));
}

struct RemoveTranspose : OpRewritePattern<onnx::TransposeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(onnx::TransposeOp op, PatternRewriter &rewriter) const override {
    if (!llvm::equal(permutation(op), llvm::seq<int64_t>(0, cast<RankedTensorType>(op.getType()).getRank())))
      return rewriter.notifyMatchFailure(op, "expected every axis in its place");
    if (op.getData().getType() != op.getType())
      return rewriter.notifyMatchFailure(op, "expected equal types");
    rewriter.replaceOp(op, op.getData());
    return success();
  }
};

struct MergeTranspose : OpRewritePattern<onnx::TransposeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(onnx::TransposeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getData().getDefiningOp<onnx::TransposeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "expected a transpose before it");
    const SmallVector<int64_t> first = permutation(inner);
    SmallVector<int64_t> both;
    for (int64_t axis : permutation(op))
      both.push_back(first[size_t(axis)]);
    rewriter.replaceOpWithNewOp<onnx::TransposeOp>(op, op.getType(), inner.getData(), rewriter.getDenseI64ArrayAttr(both));
    return success();
  }
};

struct MergeTransposesPass : impl::MergeTransposesPassBase<MergeTransposesPass> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RemoveTranspose, MergeTranspose>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), rewriteConfig())))
      signalPassFailure();
  }
};

} // namespace
} // namespace motion
