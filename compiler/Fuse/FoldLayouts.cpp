// Transposes and flattenings become indexing maps, and what follows a channels-last contraction stays channels-last:
//   %t = linalg.transpose ins(%nhwc) permutation = [0, 3, 1, 2];  linalg.generic (b, c, h, w) -> (b, c, h, w) ins(%t)
//   -> linalg.generic reading %nhwc and writing channels-last, then the transpose: it sinks until something absorbs it
//   %f = tensor.collapse_shape %t [[0], [1, 2, 3]];  kernel.contract (m, n, k) ins(%f, %w)
//   -> kernel.contract (m, n, c, h, w) reading %nhwc, with the weight's columns seen in the same order
#include "compiler/Fuse/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace motion {
#define GEN_PASS_DEF_FOLDLAYOUTSPASS
#include "compiler/Fuse/Passes.h.inc"

using namespace mlir;

namespace {

/// Dimension i of a transpose's result is dimension permutation[i] of its input: the same, in the order of the input.
template <typename T> SmallVector<T> inInputOrder(ArrayRef<T> values, ArrayRef<int64_t> permutation) {
  SmallVector<T> result(values.begin(), values.end());
  for (auto [i, p] : llvm::enumerate(permutation))
    result[p] = values[i];
  return result;
}

AffineMap readThrough(AffineMap map, linalg::TransposeOp transpose) {
  return AffineMap::get(map.getNumDims(), map.getNumSymbols(), inInputOrder(map.getResults(), transpose.getPermutation()), map.getContext());
}

struct FoldTransposeIntoContract : OpRewritePattern<kernel::ContractOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(kernel::ContractOp op, PatternRewriter &rewriter) const override {
    for (unsigned i = 0; i < 2 + op.getExtras().size(); ++i) {
      auto transpose = op->getOperand(i).getDefiningOp<linalg::TransposeOp>();
      if (!transpose)
        continue;
      SmallVector<AffineMap> maps = op.getMaps();
      maps[i] = readThrough(maps[i], transpose);
      rewriter.modifyOpInPlace(op, [&] {
        op->setOperand(i, transpose.getInput());
        op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
        if (i != 0 || !op.getPadding())
          return;
        op.setPadding(inInputOrder(*op.getPadding(), transpose.getPermutation()));
        SmallVector<Value> origin(op.getOrigin());
        op.getOriginMutable().assign(inInputOrder<Value>(origin, transpose.getPermutation()));
      });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is a transpose");
  }
};

struct FoldTransposeIntoGeneric : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    for (OpOperand *operand : op.getDpsInputOperands()) {
      auto transpose = operand->get().getDefiningOp<linalg::TransposeOp>();
      if (!transpose)
        continue;
      SmallVector<AffineMap> maps = op.getIndexingMapsArray();
      maps[operand->getOperandNumber()] = readThrough(maps[operand->getOperandNumber()], transpose);
      rewriter.modifyOpInPlace(op, [&] {
        operand->set(transpose.getInput());
        op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
      });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is a transpose");
  }
};

/// Sizes of a tensor that an op writes only: a tensor.empty, or a fill of one.
std::optional<SmallVector<OpFoldResult>> freshSizes(Value init) {
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    init = fill.getDpsInits()[0];
  if (auto empty = init.getDefiningOp<tensor::EmptyOp>())
    return empty.getMixedSizes();
  return std::nullopt;
}

/// Padding around a transposed tensor: the padded tensor is made in the order of the input, and the transpose follows.
struct SinkTransposeThroughPadding : OpRewritePattern<tensor::InsertSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::InsertSliceOp op, PatternRewriter &rewriter) const override {
    auto transpose = op.getSource().getDefiningOp<linalg::TransposeOp>();
    auto fill = op.getDest().getDefiningOp<linalg::FillOp>();
    std::optional<SmallVector<OpFoldResult>> sizes = freshSizes(op.getDest());
    if (!transpose || !fill || !sizes || op.getSourceType().getRank() != op.getDestType().getRank())
      return rewriter.notifyMatchFailure(op, "expected a transpose that is inserted into a fresh fill of its rank");
    Location loc = op.getLoc();
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    const auto reordered = [&](const SmallVector<OpFoldResult> &values) { return inInputOrder<OpFoldResult>(values, permutation); };
    Type element = op.getDestType().getElementType();
    Value empty = tensor::EmptyOp::create(rewriter, loc, reordered(*sizes), element);
    Value border = linalg::FillOp::create(rewriter, loc, fill.getInputs(), ValueRange{empty}).getResult(0);
    Value padded = tensor::InsertSliceOp::create(rewriter, loc, transpose.getInput(), border, reordered(op.getMixedOffsets()),
                                                 reordered(op.getMixedSizes()), reordered(op.getMixedStrides()));
    Value result = tensor::EmptyOp::create(rewriter, loc, *sizes, element);
    rewriter.replaceOpWithNewOp<linalg::TransposeOp>(op, padded, result, permutation);
    return success();
  }
};

/// A generic op writes in the order in which its main operand is stored, and a transpose after it restores the order that was asked for.
struct RelayoutGeneric : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  /// Order of the output's dimensions after the operand's, or failure when it does not follow from it.
  static FailureOr<SmallVector<int64_t>> orderOf(AffineMap input, AffineMap output) {
    SmallVector<std::pair<unsigned, int64_t>> order;
    for (auto [position, expr] : llvm::enumerate(output.getResults())) {
      std::optional<unsigned> place;
      for (auto [index, read] : llvm::enumerate(input.getResults()))
        if (read.isFunctionOfDim(cast<AffineDimExpr>(expr).getPosition())) {
          if (place)
            return failure();
          place = index;
        }
      if (!place)
        return failure();
      order.push_back({*place, position});
    }
    llvm::sort(order);
    SmallVector<int64_t> result;
    for (auto [place, position] : order)
      result.push_back(position);
    return result;
  }

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    if (op.getNumDpsInits() != 1 || op.getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "expected one result");
    OpOperand *init = op.getDpsInitOperand(0);
    AffineMap output = op.getMatchingIndexingMap(init);
    std::optional<SmallVector<OpFoldResult>> sizes = freshSizes(init->get());
    if (!output.isProjectedPermutation() || !sizes)
      return rewriter.notifyMatchFailure(op, "expected a fresh destination, written in some order of the loops");
    for (OpOperand *operand : op.getDpsInputOperands()) {
      if (!isa_and_nonnull<kernel::ContractOp, linalg::GenericOp, tensor::InsertSliceOp>(operand->get().getDefiningOp()))
        continue;
      FailureOr<SmallVector<int64_t>> order = orderOf(op.getMatchingIndexingMap(operand), output);
      if (failed(order))
        continue;
      // The first such operand decides, whatever the order of the others: two of them must not take turns.
      if (llvm::is_sorted(*order))
        return rewriter.notifyMatchFailure(op, "the result has its main operand's order");
      rewrite(op, *order, *sizes, rewriter);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand decides an order");
  }

  static void rewrite(linalg::GenericOp op, ArrayRef<int64_t> order, ArrayRef<OpFoldResult> sizes, PatternRewriter &rewriter) {
    Location loc = op.getLoc();
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    auto type = cast<RankedTensorType>(op.getResult(0).getType());
    SmallVector<OpFoldResult> newSizes;
    SmallVector<AffineExpr> results;
    SmallVector<int64_t> back(order.size());
    for (auto [index, position] : llvm::enumerate(order)) {
      newSizes.push_back(sizes[position]);
      results.push_back(maps.back().getResult(position));
      back[position] = index;
    }
    maps.back() = AffineMap::get(maps.back().getNumDims(), 0, results, op.getContext());
    Value init = tensor::EmptyOp::create(rewriter, loc, newSizes, type.getElementType());
    if (auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>())
      init = linalg::FillOp::create(rewriter, loc, fill.getInputs(), ValueRange{init}).getResult(0);
    auto relaid = linalg::GenericOp::create(rewriter, loc, init.getType(), op.getInputs(), init, maps, op.getIteratorTypesArray());
    rewriter.inlineRegionBefore(op.getRegion(), relaid.getRegion(), relaid.getRegion().begin());
    relaid->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    Value empty = tensor::EmptyOp::create(rewriter, loc, sizes, type.getElementType());
    rewriter.replaceOpWithNewOp<linalg::TransposeOp>(op, relaid.getResult(0), empty, back);
  }
};

/// A flattened operand of a contraction is read unflattened, if a transpose then folds: its reduction becomes several.
struct FoldCollapseIntoContract : OpRewritePattern<kernel::ContractOp> {
  using OpRewritePattern::OpRewritePattern;

  /// The one reduction that a collapsed group of `a` is, with its position in b; failure when the group is anything else.
  static FailureOr<std::pair<unsigned, unsigned>> reductionOf(kernel::ContractOp op, unsigned position) {
    SmallVector<AffineMap> maps = op.getMaps();
    auto dim = dyn_cast<AffineDimExpr>(maps[0].getResult(position));
    if (!dim || op.getParallelDims()[dim.getPosition()])
      return failure();
    std::optional<unsigned> inB;
    for (auto [index, expr] : llvm::enumerate(maps[1].getResults()))
      if (expr.isFunctionOfDim(dim.getPosition())) {
        if (inB || expr != dim)
          return failure();
        inB = index;
      }
    for (auto [index, expr] : llvm::enumerate(maps[0].getResults()))
      if (index != position && expr.isFunctionOfDim(dim.getPosition()))
        return failure();
    if (!inB)
      return failure();
    return std::pair(dim.getPosition(), *inB);
  }

  LogicalResult matchAndRewrite(kernel::ContractOp op, PatternRewriter &rewriter) const override {
    auto collapse = op.getA().getDefiningOp<tensor::CollapseShapeOp>();
    if (!collapse || op.getPadding() || !collapse.getSrc().getDefiningOp<linalg::TransposeOp>())
      return rewriter.notifyMatchFailure(op, "expected an unpadded, flattened transpose as first operand");
    RankedTensorType source = collapse.getSrcType();
    SmallVector<std::pair<unsigned, unsigned>> reductions(op.getMaps()[0].getNumResults());
    for (auto [position, group] : llvm::enumerate(collapse.getReassociationIndices())) {
      if (group.size() == 1)
        continue;
      FailureOr<std::pair<unsigned, unsigned>> reduction = reductionOf(op, position);
      if (failed(reduction) || llvm::any_of(group, [&](int64_t d) { return source.isDynamicDim(d); }))
        return rewriter.notifyMatchFailure(op, "expected static reductions in the flattened dimensions");
      reductions[position] = *reduction;
    }
    rewrite(op, collapse, reductions, rewriter);
    return success();
  }

  static void rewrite(kernel::ContractOp op, tensor::CollapseShapeOp collapse, ArrayRef<std::pair<unsigned, unsigned>> reductions,
                      PatternRewriter &rewriter) {
    MLIRContext *context = op.getContext();
    SmallVector<AffineMap> maps = op.getMaps();
    auto bType = cast<RankedTensorType>(op.getB().getType());
    unsigned loops = op.getNumLoops();
    SmallVector<AffineExpr> a;
    SmallVector<SmallVector<AffineExpr>> b;
    SmallVector<SmallVector<int64_t>> bSizes;
    for (auto [index, expr] : llvm::enumerate(maps[1].getResults())) {
      b.push_back({expr});
      bSizes.push_back({bType.getDimSize(index)});
    }
    for (auto [position, group] : llvm::enumerate(collapse.getReassociationIndices())) {
      a.push_back(maps[0].getResult(position));
      if (group.size() == 1)
        continue;
      auto &inB = b[reductions[position].second];
      auto &sizes = bSizes[reductions[position].second];
      sizes = {collapse.getSrcType().getDimSize(group.front())};
      for (int64_t d : ArrayRef<int64_t>(group).drop_front()) {
        a.push_back(getAffineDimExpr(loops++, context));
        inB.push_back(a.back());
        sizes.push_back(collapse.getSrcType().getDimSize(d));
      }
    }
    SmallVector<ReassociationIndices> reassociation;
    SmallVector<int64_t> shape;
    SmallVector<AffineExpr> bResults;
    for (auto [exprs, sizes] : llvm::zip(b, bSizes)) {
      ReassociationIndices &group = reassociation.emplace_back();
      for (auto [expr, size] : llvm::zip(exprs, sizes)) {
        group.push_back(shape.size());
        shape.push_back(size);
        bResults.push_back(expr);
      }
    }
    for (AffineMap &map : maps)
      map = AffineMap::get(loops, 0, map.getResults(), context);
    maps[0] = AffineMap::get(loops, 0, a, context);
    maps[1] = AffineMap::get(loops, 0, bResults, context);
    Value expanded = tensor::ExpandShapeOp::create(rewriter, op.getLoc(), RankedTensorType::get(shape, bType.getElementType()), op.getB(), reassociation);
    rewriter.modifyOpInPlace(op, [&] {
      op.getAMutable().assign(collapse.getSrc());
      op.getBMutable().assign(expanded);
      op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
    });
  }
};

struct FoldLayoutsPass : impl::FoldLayoutsPassBase<FoldLayoutsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldTransposeIntoContract, FoldTransposeIntoGeneric, RelayoutGeneric, SinkTransposeThroughPadding,
                 FoldCollapseIntoContract>(&getContext());
    linalg::TransposeOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), rewriteConfig())))
      signalPassFailure();
  }
};

} // namespace
} // namespace motion
