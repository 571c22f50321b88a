// Removes what bufferization left over:
//
//   %a = memref.alloc()                          (gone)
//   linalg.generic ... outs(%a)          ->      linalg.generic ... outs(%out)
//   memref.copy %a, %out                         (gone)
//
// copies of a view to itself, and allocs that are only written, with their writers.
#include "compiler/Bufferize/Passes.h"
#include "compiler/Rewrite/Views.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Dominance.h"

using namespace mlir;

namespace motion {
#define GEN_PASS_DEF_REMOVECOPIESPASS
#include "compiler/Bufferize/Passes.h.inc"
namespace {

/// All users of a buffer and of its views, as ops of `block`, views left out.
SmallVector<Operation *> accesses(const BufferViewFlowAnalysis &views, Value buffer, Block *block) {
  SmallVector<Operation *> users;
  for (Value alias : views.resolve(buffer))
    for (Operation *user : alias.getUsers())
      if (!isa<ViewLikeOpInterface, memref::DimOp>(user))
        if (Operation *ancestor = block->findAncestorOpInBlock(*user))
          users.push_back(ancestor);
  return users;
}

/// Whether the copy's source can be its target from the start.
bool canWriteInPlace(memref::CopyOp copy, memref::AllocOp alloc, const BufferViewFlowAnalysis &views) {
  Value target = copy.getTarget(), root = rootBuffer(target);
  Block *block = copy->getBlock();
  if (!alloc || alloc->getBlock() != block || target.getType() != alloc.getType() || !isa<BlockArgument>(root))
    return false;
  Operation *first = copy;
  for (Operation *user : accesses(views, alloc, block)) {
    if (copy->isBeforeInBlock(user))
      return false;
    if (user->isBeforeInBlock(first))
      first = user;
  }
  // Between the first write and the copy nobody else may look at the target or change it.
  for (Operation *user : accesses(views, root, block))
    if (user != copy && !user->isBeforeInBlock(first) && user->isBeforeInBlock(copy))
      return false;
  return DominanceInfo().properlyDominates(target, first);
}

bool writeInPlace(func::FuncOp function) {
  BufferViewFlowAnalysis views(function);
  WalkResult found = function.walk([&](memref::CopyOp copy) {
    auto alloc = copy.getSource().getDefiningOp<memref::AllocOp>();
    if (!canWriteInPlace(copy, alloc, views))
      return WalkResult::advance();
    alloc.replaceAllUsesWith(copy.getTarget());
    alloc.erase();
    copy.erase();
    return WalkResult::interrupt();
  });
  return found.wasInterrupted();
}

/// Users of an alloc that only write to it; empty when anything else uses it.
SmallVector<Operation *> onlyWriters(memref::AllocOp alloc) {
  SmallVector<Operation *> writers;
  for (OpOperand &use : alloc->getUses()) {
    Operation *user = use.getOwner();
    auto fill = dyn_cast<linalg::FillOp>(user);
    auto copy = dyn_cast<memref::CopyOp>(user);
    if (!isa<memref::DeallocOp>(user) && !(fill && fill.isDpsInit(&use)) && !(copy && copy.getTarget() == alloc && copy.getSource() != alloc))
      return {};
    writers.push_back(user);
  }
  return writers;
}

void eraseSelfCopies(func::FuncOp function) {
  function.walk([](memref::CopyOp copy) {
    if (copy.getSource() == copy.getTarget())
      copy.erase();
  });
}

void eraseUnreadAllocs(func::FuncOp function) {
  SmallVector<memref::AllocOp> allocs;
  function.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
  for (memref::AllocOp alloc : allocs) {
    for (Operation *writer : onlyWriters(alloc))
      writer->erase();
    if (alloc->use_empty())
      alloc.erase();
  }
}

struct RemoveCopiesPass : impl::RemoveCopiesPassBase<RemoveCopiesPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    eraseSelfCopies(getOperation());
    eraseUnreadAllocs(getOperation());
    while (writeInPlace(getOperation())) {
    }
  }
};

} // namespace
} // namespace motion
