// A tensor given by a rule per element, of a size that data decides, is never built where single elements of it are read only:
//   %p = linalg.generic outs(%e : ?xf32) { %i = linalg.index 0; ... yield f(%i) };  linalg.generic { %v = tensor.extract %p[%j] }
//     ->  linalg.generic { %v = f(%j) }
// It would have no place in a workspace whose size is known before the run.
#include "compiler/Fuse/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"

namespace motion {
#define GEN_PASS_DEF_FUSEEXTRACTSPASS
#include "compiler/Fuse/Passes.h.inc"

using namespace mlir;

namespace {

/// Whether an index is computed from elements of tensors.
bool dependsOnData(Value index) {
  SmallVector<Value> open{index};
  llvm::SmallDenseSet<Value> seen;
  while (!open.empty()) {
    Value value = open.pop_back_val();
    Operation *op = seen.insert(value).second ? value.getDefiningOp() : nullptr;
    if (!op)
      continue;
    if (isa<tensor::ExtractOp>(op))
      return true;
    llvm::append_range(open, op->getOperands());
  }
  return false;
}

/// The rule of a tensor that takes nothing but places; null for another tensor.
linalg::GenericOp ruleOf(Value tensor) {
  auto generic = tensor.getDefiningOp<linalg::GenericOp>();
  if (!generic || generic.getNumDpsInputs() || generic.getNumDpsInits() != 1 || generic.getNumParallelLoops() != generic.getNumLoops() ||
      !generic.getIndexingMapsArray().front().isIdentity() || !generic.getBody()->getArgument(0).use_empty())
    return {};
  // Places are renamed at the top of the body only.
  WalkResult nested = generic.getBody()->walk(
      [&](linalg::IndexOp index) { return index->getBlock() == generic.getBody() ? WalkResult::advance() : WalkResult::interrupt(); });
  return nested.wasInterrupted() ? linalg::GenericOp() : generic;
}

struct InlineRuleIntoExtract : OpRewritePattern<tensor::ExtractOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(tensor::ExtractOp op, PatternRewriter &rewriter) const override {
    linalg::GenericOp rule = ruleOf(op.getTensor());
    auto empty = rule ? rule.getDpsInits().front().getDefiningOp<tensor::EmptyOp>() : nullptr;
    if (!empty || !llvm::any_of(empty.getDynamicSizes(), dependsOnData))
      return rewriter.notifyMatchFailure(op, "expected an element of a tensor that is given by a rule and sized by data");
    IRMapping values;
    for (Operation &inner : rule.getBody()->without_terminator()) {
      if (auto index = dyn_cast<linalg::IndexOp>(inner))
        values.map(index.getResult(), op.getIndices()[index.getDim()]);
      else
        rewriter.clone(inner, values);
    }
    rewriter.replaceOp(op, values.lookupOrDefault(rule.getBody()->getTerminator()->getOperand(0)));
    return success();
  }
};

struct FuseExtractsPass : impl::FuseExtractsPassBase<FuseExtractsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<InlineRuleIntoExtract>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), rewriteConfig())))
      signalPassFailure();
  }
};

} // namespace
} // namespace motion
