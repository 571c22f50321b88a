// Sizes that tiling asked of tensors are answered by whoever made the tensor, down to the function's arguments:
//   %d = tensor.dim %y, 0   (%y: linalg.generic outs(tensor.empty(%batch)))   ->   %batch
//   %d = memref.dim %m, 0   (%m: memref.reinterpret_cast sizes: [%batch, 4])   ->   %batch
#include "compiler/Tile/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"

namespace motion {
#define GEN_PASS_DEF_RESOLVESIZESPASS
#include "compiler/Tile/Passes.h.inc"

using namespace mlir;

namespace {

SmallVector<OpFoldResult> sizesOf(memref::ReinterpretCastOp op) { return op.getMixedSizes(); }

/// The dim of what a `MakerOp` made is one of the sizes that it was given.
template <typename DimOp, typename MakerOp> struct FoldDimOf : OpRewritePattern<DimOp> {
  using OpRewritePattern<DimOp>::OpRewritePattern;
  LogicalResult matchAndRewrite(DimOp op, PatternRewriter &rewriter) const override {
    auto maker = op.getSource().template getDefiningOp<MakerOp>();
    std::optional<int64_t> index = op.getConstantIndex();
    if (!maker || !index)
      return rewriter.notifyMatchFailure(op, "expected a known dimension of a value whose sizes were given");
    rewriter.replaceOp(op, getValueOrCreateConstantIndexOp(rewriter, op.getLoc(), sizesOf(maker)[*index]));
    return success();
  }
};

struct ResolveSizesPass : impl::ResolveSizesPassBase<ResolveSizesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    bufferization::ToTensorOp::getCanonicalizationPatterns(patterns, &getContext());
    patterns.add<FoldDimOf<memref::DimOp, memref::ReinterpretCastOp>>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), rewriteConfig())))
      signalPassFailure();
  }
};

} // namespace
} // namespace motion
