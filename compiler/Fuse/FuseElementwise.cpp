// Merges pointwise producers into their consumer, where that repeats no work:
//   %a = linalg.generic {exp} ins(%x);  %b = linalg.generic {addf} ins(%a, %y)   ->   one linalg.generic {exp, addf} ins(%x, %y)
#include "compiler/Fuse/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

namespace motion {
#define GEN_PASS_DEF_FUSEELEMENTWISEPASS
#include "compiler/Fuse/Passes.h.inc"

using namespace mlir;

namespace {

/// Few operations, none of them long: cheaper to repeat than to store.
bool isCheap(linalg::GenericOp op) {
  unsigned count = 0;
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (isa<math::MathDialect>(inner.getDialect()) || inner.getNumRegions() || isa<arith::DivFOp, arith::DivSIOp, arith::DivUIOp>(inner))
      return false;
    ++count;
  }
  return count <= 2;
}

/// True if each element of the producer is read about once.
bool shouldFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer)
    return false;
  if (isCheap(producer) && producer.getNumDpsInputs() <= 2)
    return true;
  return operand->get().hasOneUse() && consumer.getMatchingIndexingMap(operand).isPermutation();
}

struct FuseElementwisePass : impl::FuseElementwisePassBase<FuseElementwisePass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), rewriteConfig())))
      signalPassFailure();
  }
};

} // namespace
} // namespace motion
