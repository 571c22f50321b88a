// A pointwise consumer of a contraction becomes its epilogue; the consumer's other operands become extras:
//   %c = kernel.contract ins(%x, %w) outs(%e) {yield acc};  %r = linalg.generic {addf, maximumf} ins(%c, %bias) outs(%d)
//   -> %r = kernel.contract ins(%x, %w) extra(%bias) outs(%d) {acc + bias, max; yield}
#include "compiler/Fuse/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"

namespace motion {
#define GEN_PASS_DEF_FUSEEPILOGUESPASS
#include "compiler/Fuse/Passes.h.inc"

using namespace mlir;

namespace {

/// Every operation works lane by lane, and what comes from outside is a constant.
bool isPointwise(linalg::GenericOp op) {
  for (Operation &inner : op.getBody()->without_terminator())
    if (!isa<arith::ConstantOp>(inner) && !OpTrait::hasElementwiseMappableTraits(&inner))
      return false;
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op.getRegion(), captured);
  return llvm::all_of(captured, [](Value value) { return matchPattern(value, m_Constant()); });
}

struct FuseConsumerIntoContract : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    if (op.getNumResults() != 1 || op.getNumParallelLoops() != op.getNumLoops() || !isPointwise(op))
      return rewriter.notifyMatchFailure(op, "expected a pointwise op with one result");
    if (op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
      return rewriter.notifyMatchFailure(op, "expected a destination that is only written");
    for (OpOperand *operand : op.getDpsInputOperands()) {
      auto contract = operand->get().getDefiningOp<kernel::ContractOp>();
      if (!contract || !operand->get().hasOneUse() || contract.getNumResults() != 1)
        continue;
      if (succeeded(fuse(op, operand, contract, rewriter)))
        return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is a contraction that nothing else reads");
  }

  static LogicalResult fuse(linalg::GenericOp op, OpOperand *fused, kernel::ContractOp contract, PatternRewriter &rewriter) {
    AffineMap read = op.getMatchingIndexingMap(fused), output = op.getIndexingMapsArray().back();
    if (!read.isPermutation() || !output.isPermutation())
      return rewriter.notifyMatchFailure(op, "expected every loop to be a dimension of the contraction's result");
    Type element = getElementTypeOrSelf(op.getResult(0));
    if (element != getElementTypeOrSelf(contract.getInits()[0]))
      return rewriter.notifyMatchFailure(op, "expected the element type of the accumulator");
    // Loop of the consumer -> dimension of the contraction.
    const unsigned loops = contract.getNumLoops(), extras = contract.getExtras().size();
    SmallVector<AffineMap> maps = contract.getMaps();
    SmallVector<AffineExpr> dimension(op.getNumLoops());
    for (auto [index, expr] : llvm::enumerate(read.getResults()))
      dimension[cast<AffineDimExpr>(expr).getPosition()] = maps[2 + extras].getResult(index);
    const auto translate = [&](AffineMap map) { return map.replaceDimsAndSymbols(dimension, {}, loops, 0); };
    AffineMap init = translate(output);
    if (init.getResults().back() != maps[2 + extras].getResults().back())
      return rewriter.notifyMatchFailure(op, "expected the contraction's layout");
    for (OpOperand *operand : op.getDpsInputOperands())
      if (operand != fused && !isa<RankedTensorType>(operand->get().getType()))
        return rewriter.notifyMatchFailure(op, "expected tensors");
    SmallVector<Value> operands(contract.getExtras());
    SmallVector<AffineMap> newMaps(maps.begin(), maps.begin() + 2 + extras);
    for (OpOperand *operand : op.getDpsInputOperands())
      if (operand != fused) {
        operands.push_back(operand->get());
        newMaps.push_back(translate(op.getMatchingIndexingMap(operand)));
      }
    newMaps.push_back(init);
    rewrite(op, fused, contract, operands, newMaps, rewriter);
    return success();
  }

  static void rewrite(linalg::GenericOp op, OpOperand *fused, kernel::ContractOp contract, ArrayRef<Value> extras, ArrayRef<AffineMap> maps,
                      PatternRewriter &rewriter) {
    const unsigned before = contract.getExtras().size();
    SmallVector<Location> locations{contract.getLoc(), op.getLoc()};
    auto result = kernel::ContractOp::create(
        rewriter, rewriter.getFusedLoc(locations), contract.getA(), contract.getB(), extras, op.getDpsInits(), maps,
        contract.getPadding().value_or(ArrayRef<int64_t>()), [&](OpBuilder &b, Location loc, ValueRange arguments) -> Value {
          IRMapping map;
          map.map(contract.getEpilogue().getArguments(), arguments.take_front(1 + before));
          for (Operation &inner : contract.getEpilogue().front().without_terminator())
            b.clone(inner, map);
          Value accumulator = map.lookup(contract.getEpilogue().front().getTerminator()->getOperand(0));
          unsigned next = 1 + before;
          for (OpOperand *operand : op.getDpsInputOperands())
            map.map(op.getMatchingBlockArgument(operand), operand == fused ? accumulator : arguments[next++]);
          llvm::SetVector<Value> captured;
          getUsedValuesDefinedAbove(op.getRegion(), captured);
          for (Value value : captured)
            map.map(value, b.clone(*value.getDefiningOp())->getResult(0));
          for (Operation &inner : op.getBody()->without_terminator())
            b.clone(inner, map);
          return map.lookup(op.getBody()->getTerminator()->getOperand(0));
        });
    if (contract.getPadding())
      result.getOriginMutable().assign(contract.getOrigin());
    result->setDiscardableAttrs(contract->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, result->getResults());
    rewriter.eraseOp(contract);
  }
};

struct FuseEpiloguesPass : impl::FuseEpiloguesPassBase<FuseEpiloguesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseConsumerIntoContract>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), rewriteConfig())))
      signalPassFailure();
  }
};

} // namespace
} // namespace motion
