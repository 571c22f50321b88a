// Arranges tensors in destination form so that one-shot bufferization needs no copies:
//
//   %e = tensor.empty(%m)                                       %m = ...                                  (moved to the head)
//   %a = linalg.generic ... outs(%e)                            %v = memref.collapse_shape %out           (moved to the head)
//   %b = linalg.generic ... outs(%e)                            %e0 = tensor.empty(%m)
//   %r = tensor.expand_shape %b                           ->    %a = linalg.generic ... outs(%e0)
//   bufferization.materialize_in_destination %r in %out         %e1 = tensor.empty(%m)
//                                                               %b = linalg.generic ... outs(%e1)
//                                                               bufferization.materialize_in_destination %b in %v
#include "compiler/Bufferize/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"

using namespace mlir;
using bufferization::MaterializeInDestinationOp;

namespace motion {
#define GEN_PASS_DEF_PREPAREDESTINATIONSPASS
#include "compiler/Bufferize/Passes.h.inc"
namespace {

/// `tensor.dim` of an input becomes the size that its memref was made with.
struct ResolveInputDim : OpRewritePattern<tensor::DimOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(tensor::DimOp dim, PatternRewriter &rewriter) const override {
    auto toTensor = dim.getSource().getDefiningOp<bufferization::ToTensorOp>();
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!toTensor || !index)
      return rewriter.notifyMatchFailure(dim, "expected a known dimension of an input");
    Value buffer = toTensor.getBuffer();
    while (auto cast = buffer.getDefiningOp<memref::CastOp>())
      buffer = cast.getSource();
    auto view = buffer.getDefiningOp<memref::ReinterpretCastOp>();
    if (!view || *index >= view.getType().getRank() || !isa<Value>(view.getMixedSizes()[*index]))
      return rewriter.notifyMatchFailure(dim, "expected an input made by reinterpret_cast");
    rewriter.replaceOp(dim, cast<Value>(view.getMixedSizes()[*index]));
    return success();
  }
};

/// Expresses every `tensor.dim` by arguments of the function, where it can.
LogicalResult resolveDims(func::FuncOp function) {
  RewritePatternSet patterns(function.getContext());
  patterns.add<ResolveInputDim>(function.getContext());
  tensor::DimOp::getCanonicalizationPatterns(patterns, function.getContext());
  tensor::EmptyOp::getCanonicalizationPatterns(patterns, function.getContext());
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
  memref::populateResolveShapedTypeResultDimsPatterns(patterns);
  return applyPatternsGreedily(function, std::move(patterns), rewriteConfig());
}

/// Whether an op may stand at the head of the function: pure scalar arithmetic, and views of arguments.
bool belongsAtHead(Operation *op) {
  if (op->getNumRegions() != 0 || op->getNumResults() == 0 || !isPure(op))
    return false;
  if (op->hasTrait<OpTrait::ConstantLike>() && op->getResult(0).getType().isIntOrIndexOrFloat())
    return true;
  const auto isScalarOrMemref = [](Type type) { return type.isIntOrIndex() || isa<MemRefType>(type); };
  return llvm::all_of(op->getOperandTypes(), isScalarOrMemref) && llvm::all_of(op->getResultTypes(), isScalarOrMemref);
}

/// Moves what only depends on arguments to the head of the function, in the order it has.
void hoistToHead(func::FuncOp function) {
  Block &entry = function.front();
  llvm::SmallPtrSet<Operation *, 32> atHead;
  Operation *last = nullptr;
  for (Operation &op : llvm::make_early_inc_range(entry)) {
    const bool ready = llvm::all_of(op.getOperands(), [&](Value operand) {
      return isa<BlockArgument>(operand) || atHead.contains(operand.getDefiningOp());
    });
    if (!ready || !belongsAtHead(&op))
      continue;
    if (last)
      op.moveAfter(last);
    else
      op.moveBefore(&entry, entry.begin());
    last = &op;
    atHead.insert(&op);
  }
}

/// A view of `destination` with the shape of `source`, when `result` is a reshape of it; null when it is none.
Value reshapeDestination(OpBuilder &b, Value result, Value destination, Value &source) {
  Location loc = destination.getLoc();
  if (auto expand = result.getDefiningOp<tensor::ExpandShapeOp>()) {
    source = expand.getSrc();
    return memref::CollapseShapeOp::create(b, loc, destination, expand.getReassociationIndices());
  }
  if (auto collapse = result.getDefiningOp<tensor::CollapseShapeOp>()) {
    source = collapse.getSrc();
    auto type = cast<RankedTensorType>(source.getType());
    return memref::ExpandShapeOp::create(b, loc, type.getShape(), destination, collapse.getReassociationIndices(),
                                         tensor::getMixedSizes(b, loc, source));
  }
  return {};
}

/// An empty tensor or a fill that several ops take as destination: each gets its own.
void splitDestinations(func::FuncOp function) {
  SmallVector<OpOperand *> uses;
  const auto collect = [&](Operation *op) {
    for (OpOperand &use : llvm::drop_begin(op->getUses()))
      uses.push_back(&use);
  };
  function.walk([&](linalg::FillOp fill) {
    if (isa<RankedTensorType>(fill.getOutputs()[0].getType()) && llvm::all_of(fill->getUses(), [](OpOperand &use) {
          auto destinationStyle = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
          return destinationStyle && destinationStyle.isDpsInit(&use);
        }))
      collect(fill);
  });
  const auto cloneForUses = [&] {
    for (OpOperand *use : uses) {
      OpBuilder b(use->getOwner());
      use->set(b.clone(*use->get().getDefiningOp())->getResult(0));
    }
    uses.clear();
  };
  cloneForUses();
  function.walk([&](tensor::EmptyOp empty) { collect(empty); });
  cloneForUses();
}

/// An output that is a reshaped result: the result is written through a reshaped view of the output.
void moveReshapesToOutputs(func::FuncOp function) {
  SmallVector<MaterializeInDestinationOp> outputs;
  function.walk([&](MaterializeInDestinationOp op) {
    if (isa<MemRefType>(op.getDest().getType()))
      outputs.push_back(op);
  });
  for (MaterializeInDestinationOp output : outputs) {
    Value source = output.getSource(), destination = output.getDest(), next;
    OpBuilder b(output);
    while (source.hasOneUse()) {
      Value view = reshapeDestination(b, source, destination, next);
      if (!view)
        break;
      Operation *reshape = source.getDefiningOp();
      output.getSourceMutable().assign(next);
      output.getDestMutable().assign(view);
      reshape->erase();
      source = next;
      destination = view;
    }
  }
}

/// An output made by inserting parts into an empty tensor: the parts are inserted into the output, so that their producers write there.
/// (Empty-tensor elimination sees one use of the empty at a time, and leaves the first part in a buffer of its own.)
void insertIntoOutputs(func::FuncOp function) {
  DominanceInfo dominance(function);
  function.walk([&](MaterializeInDestinationOp output) {
    Value part = output.getSource(), destination = output.getDest();
    while (auto insert = part.getDefiningOp<tensor::InsertSliceOp>())
      part = insert.getDest();
    auto empty = part.getDefiningOp<tensor::EmptyOp>();
    if (!empty || part == output.getSource() || !isa<MemRefType>(destination.getType()) || !dominance.properlyDominates(destination, empty))
      return;
    OpBuilder b(output);
    b.setInsertionPointAfterValue(destination); // in front of the producers of the parts
    auto whole = bufferization::ToTensorOp::create(b, empty.getLoc(), empty.getType(), destination, /*restrict=*/true, /*writable=*/true);
    empty.replaceAllUsesWith(whole.getResult());
    empty.erase();
    output.setRestrict(false);
  });
}

/// Whether `op` may write over `old`, element by element where it reads it itself, and nothing reads it later.
bool isLastReader(linalg::GenericOp op, Value old) {
  AffineMap written = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (OpOperand &use : old.getUses()) {
    if (use.getOwner() == op) {
      if (op.getNumParallelLoops() != op.getNumLoops() || op.getMatchingIndexingMap(&use) != written)
        return false;
    } else if (use.getOwner()->getBlock() != op->getBlock() || op->isBeforeInBlock(use.getOwner())) {
      return false;
    }
  }
  return true;
}

/// What a loop carries has one place: the new value is written over the old one, where that is not read any more, or is copied there at the end.
void carryInPlace(scf::ForOp loop) {
  auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
  for (auto [operand, argument] : llvm::zip(yield->getOpOperands(), loop.getRegionIterArgs())) {
    Value value = operand.get(), root = value;
    if (!isa<RankedTensorType>(value.getType()))
      continue;
    while (Operation *op = root.getDefiningOp())
      if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
        root = insert.getDest();
      else if (auto style = dyn_cast<DestinationStyleOpInterface>(op))
        root = style.getTiedOpOperand(cast<OpResult>(root))->get();
      else
        break;
    auto generic = value.getDefiningOp<linalg::GenericOp>();
    if (!root.getDefiningOp<tensor::EmptyOp>() || value.getParentBlock() != loop.getBody())
      continue;
    if (generic && generic.getNumResults() == 1 && generic.getDpsInits()[0] == root && root.getType() == argument.getType() && isLastReader(generic, argument)) {
      generic.getDpsInitsMutable()[0].set(argument);
      continue;
    }
    OpBuilder b(yield);
    operand.set(linalg::CopyOp::create(b, yield.getLoc(), value, argument).getResult(0));
  }
}

struct PrepareDestinationsPass : impl::PrepareDestinationsPassBase<PrepareDestinationsPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    moveReshapesToOutputs(function);
    if (failed(resolveDims(function)))
      return signalPassFailure();
    splitDestinations(function);
    function.walk(carryInPlace);
    hoistToHead(function);
    insertIntoOutputs(function);
  }
};

} // namespace
} // namespace motion
