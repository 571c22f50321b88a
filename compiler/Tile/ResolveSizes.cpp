// Sizes that tiling asked of tensors are answered by whoever made the tensor, down to the function's arguments:
//   %d = tensor.dim %y, 0   (%y: linalg.generic outs(tensor.empty(%batch)))   ->   %batch
//   %d = memref.dim %m, 0   (%m: memref.reinterpret_cast sizes: [%batch, 4])   ->   %batch
#include "compiler/Tile/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace motion {
#define GEN_PASS_DEF_RESOLVESIZESPASS
#include "compiler/Tile/Passes.h.inc"

using namespace mlir;

namespace {

struct FoldDimOfReinterpretCast : OpRewritePattern<memref::DimOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(memref::DimOp op, PatternRewriter &rewriter) const override {
    auto cast = op.getSource().getDefiningOp<memref::ReinterpretCastOp>();
    std::optional<int64_t> index = op.getConstantIndex();
    if (!cast || !index)
      return failure();
    rewriter.replaceOp(op, getValueOrCreateConstantIndexOp(rewriter, op.getLoc(), cast.getMixedSizes()[*index]));
    return success();
  }
};

struct FoldDimOfExpandShape : OpRewritePattern<tensor::DimOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::DimOp op, PatternRewriter &rewriter) const override {
    auto expand = op.getSource().getDefiningOp<tensor::ExpandShapeOp>();
    std::optional<int64_t> index = op.getConstantIndex();
    if (!expand || !index)
      return failure();
    rewriter.replaceOp(op, getValueOrCreateConstantIndexOp(rewriter, op.getLoc(), expand.getMixedOutputShape()[*index]));
    return success();
  }
};

struct ResolveSizesPass : impl::ResolveSizesPassBase<ResolveSizesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    bufferization::ToTensorOp::getCanonicalizationPatterns(patterns, &getContext());
    patterns.add<FoldDimOfExpandShape, FoldDimOfReinterpretCast>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace motion
