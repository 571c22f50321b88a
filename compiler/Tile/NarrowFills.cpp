// A fill whose inside is replaced at once fills the borders only: padded images and panels are written once, not twice.
//   %f = linalg.fill ins(%v) outs(%e : tensor<?x29x29x64xf32>)                  %1 = linalg.fill ins(%v) outs(%e1 : tensor<?x1x29x64xf32>)
//   tensor.insert_slice %x into %f[0, 0, 0, 0] [%n, 28, 28, 64]           ->    %2 = tensor.insert_slice %1 into %e[0, 28, 0, 0] [%n, 1, 29, 64]
//                                                                               the same for [0, 0, 28, 0] [%n, 28, 1, 64], then %x as before
#include "compiler/Rewrite/Config.h"
#include "compiler/Tile/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"

namespace motion {
#define GEN_PASS_DEF_NARROWFILLSPASS
#include "compiler/Tile/Passes.h.inc"

using namespace mlir;

namespace {

/// Elements before and after the inside along one dimension.
struct Border {
  int64_t before = 0, after = 0;
};

/// The borders around a slice of a tensor of sizes `whole`; nothing where they are not known when compiling.
std::optional<SmallVector<Border>> bordersOf(tensor::InsertSliceOp inside, ArrayRef<OpFoldResult> whole) {
  SmallVector<Border> borders;
  for (auto [offset, size, step, full] : llvm::zip(inside.getMixedOffsets(), inside.getMixedSizes(), inside.getMixedStrides(), whole)) {
    std::optional<int64_t> before = getConstantIntValue(offset), extent = getConstantIntValue(size), all = getConstantIntValue(full);
    if (!before || getConstantIntValue(step) != 1)
      return std::nullopt;
    if (*before == 0 && isEqualConstantIntOrValue(size, full))
      borders.push_back({});
    else if (extent && all)
      borders.push_back({*before, *all - *before - *extent});
    else
      return std::nullopt;
  }
  return borders;
}

struct NarrowFill : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::InsertSliceOp op, PatternRewriter &rewriter) const override {
    auto fill = op.getDest().getDefiningOp<linalg::FillOp>();
    auto empty = fill ? fill.getDpsInits()[0].getDefiningOp<tensor::EmptyOp>() : nullptr;
    if (!empty || !fill->hasOneUse() || op.getSourceType().getRank() != op.getDestType().getRank())
      return rewriter.notifyMatchFailure(op, "expected an insertion into a fresh fill of its rank");
    const SmallVector<OpFoldResult> whole = empty.getMixedSizes();
    std::optional<SmallVector<Border>> borders = bordersOf(op, whole);
    if (!borders)
      return rewriter.notifyMatchFailure(op, "expected borders of known width");
    // Where the fill was: destinations are looked for in front of whoever makes the inside.
    rewriter.setInsertionPoint(fill);
    SmallVector<OpFoldResult> offsets(whole.size(), rewriter.getIndexAttr(0)), sizes(whole), steps(whole.size(), rewriter.getIndexAttr(1));
    Value result = empty;
    const auto slab = [&](unsigned dim, int64_t offset, int64_t size) {
      if (size == 0)
        return;
      SmallVector<OpFoldResult> at(offsets), extent(sizes);
      at[dim] = rewriter.getIndexAttr(offset), extent[dim] = rewriter.getIndexAttr(size);
      Value part = tensor::EmptyOp::create(rewriter, fill.getLoc(), extent, op.getDestType().getElementType());
      part = linalg::FillOp::create(rewriter, fill.getLoc(), fill.getInputs(), ValueRange{part}).getResult(0);
      result = tensor::InsertSliceOp::create(rewriter, fill.getLoc(), part, result, at, extent, steps);
    };
    for (auto [dim, border, inside] : llvm::enumerate(*borders, op.getMixedSizes())) {
      slab(dim, 0, border.before);
      if (border.after)
        slab(dim, border.before + *getConstantIntValue(inside), border.after);
      // The other dimensions' borders begin where these end.
      offsets[dim] = rewriter.getIndexAttr(border.before), sizes[dim] = inside;
    }
    rewriter.modifyOpInPlace(op, [&] { op.getDestMutable().assign(result); });
    rewriter.eraseOp(fill);
    return success();
  }
};

struct NarrowFillsPass : impl::NarrowFillsPassBase<NarrowFillsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<NarrowFill>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), rewriteConfig())))
      signalPassFailure();
  }
};

} // namespace
} // namespace motion
