// Runs of ops that treat the elements of a batch one by one go over a few elements at a time, so that what one op leaves is still in the second-level
// cache when the next one reads it:
//
//   %c = memref.alloc(%n) : memref<?x29x29x64xf32>              %c = memref.alloc() : memref<2x29x29x64xf32>
//   kernel.contract ins(%x, %w) outs(%c)                        scf.for %i = 0 to %n step 2 {
//   linalg.generic ins(%c) outs(%y : memref<?x14x14x64xf32>)      %m = min(2, %n - %i)
//                                                         ->      kernel.contract ins(%x[%i : %m], %w) outs(%c[0 : %m])
//                                                                 linalg.generic ins(%c[0 : %m]) outs(%y[%i : %m])
#include "compiler/Bufferize/BatchRuns.h"
#include "compiler/Bufferize/Passes.h"
#include "compiler/Rewrite/Views.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace motion {
#define GEN_PASS_DEF_SLICEBATCHESPASS
#include "compiler/Bufferize/Passes.h.inc"
namespace {

/// Slices of more elements than this save nothing: models of that size stay in the cache anyway.
constexpr int64_t mostElements = 64;

/// Values that depend on arguments alone and touch no memory.
bool isAddressing(Operation *op) {
  return op->getNumRegions() == 0 && (isa<memref::AllocOp>(op) || isMemoryEffectFree(op));
}

/// Turns runs into loops over slices.
class Slicer {
public:
  Slicer(Block &block, int64_t cached) : block(block), cached(cached), b(block.getParentOp()->getContext()) {}

  void run() {
    std::vector<BatchRun> runs;
    BatchRun current;
    // Fills at the end are for the ops that follow.
    const auto close = [&] {
      SmallVector<BatchMember> fills;
      while (!current.members.empty() && isa<linalg::FillOp>(current.members.back().op))
        fills.insert(fills.begin(), current.members.pop_back_val());
      if (current.passesData() && current.elements(cached) <= mostElements)
        runs.push_back(std::move(current));
      current = BatchRun();
      for (const BatchMember &fill : fills)
        current.add(fill);
    };
    for (Operation &op : block) {
      if (isAddressing(&op))
        continue;
      std::optional<BatchMember> member = memberOf(&op);
      if (!member) {
        close();
        current = BatchRun();
        continue;
      }
      if (!extend(current, *member)) {
        close();
        if (!extend(current, *member))
          current = BatchRun();
      }
    }
    close();
    for (BatchRun &run : runs)
      slice(run);
  }

private:
  bool extend(BatchRun &run, const BatchMember &member) {
    if (!run.admits(member, cached))
      return false;
    run.add(member);
    return true;
  }

  void slice(BatchRun &run) {
    const OpFoldResult size = run.members.front().size;
    const int64_t step = run.elements(cached);
    if (auto count = getConstantIntValue(size); count && *count <= step)
      return;
    Operation *first = run.members.front().op;
    for (Operation &op : llvm::make_early_inc_range(llvm::make_range(first->getIterator(), run.members.back().op->getIterator())))
      if (isAddressing(&op))
        op.moveBefore(first);
    b.setInsertionPoint(first);
    const Location loc = first->getLoc();
    narrowBuffers(run, step);
    Value zero = arith::ConstantIndexOp::create(b, loc, 0), width = arith::ConstantIndexOp::create(b, loc, step);
    auto loop = scf::ForOp::create(b, loc, zero, getValueOrCreateConstantIndexOp(b, loc, size), width);
    b.setInsertionPointToStart(loop.getBody());
    AffineExpr place = b.getAffineDimExpr(0), all = b.getAffineSymbolExpr(0);
    AffineMap rest = AffineMap::get(1, 1, {b.getAffineConstantExpr(step), all - place}, b.getContext());
    OpFoldResult extent = b.getIndexAttr(step);
    if (auto count = getConstantIntValue(size); step > 1 && !(count && *count % step == 0))
      extent = affine::makeComposedFoldedAffineMin(b, loc, rest, {OpFoldResult(loop.getInductionVar()), size});
    for (BatchMember &member : run.members) {
      IRMapping mapping;
      for (OpOperand *operand : member.sliced)
        if (!mapping.contains(operand->get()))
          mapping.map(operand->get(), sliceOf(operand->get(), loop.getInductionVar(), extent));
      b.clone(*member.op, mapping);
    }
    for (BatchMember &member : llvm::reverse(run.members))
      member.op->erase();
    for (Value buffer : narrowed)
      eraseViews(buffer);
    narrowed.clear();
    narrow.clear();
  }

  static void eraseViews(Value value) {
    for (Operation *user : llvm::make_early_inc_range(value.getUsers()))
      eraseViews(user->getResult(0));
    value.getDefiningOp()->erase();
  }

  /// Buffers that nobody outside the run uses hold one slice.
  void narrowBuffers(const BatchRun &run, int64_t step) {
    llvm::SmallPtrSet<Operation *, 8> members;
    for (const BatchMember &member : run.members)
      members.insert(member.op);
    for (const BatchMember &member : run.members)
      for (OpOperand *operand : member.sliced)
        if (auto alloc = batchRoot(operand->get()).getDefiningOp<memref::AllocOp>(); alloc && !narrow.contains(alloc) && usedOnlyBy(alloc, members)) {
          narrow.map(alloc.getResult(), memref::AllocOp::create(b, alloc.getLoc(), withBatch(alloc.getType(), step)).getResult());
          narrowed.push_back(alloc);
        }
  }

  static MemRefType withBatch(MemRefType type, int64_t size) {
    SmallVector<int64_t> shape(type.getShape());
    shape[0] = size;
    return MemRefType::get(shape, type.getElementType());
  }

  static bool usedOnlyBy(memref::AllocOp alloc, const llvm::SmallPtrSetImpl<Operation *> &members) {
    if (!alloc.getType().getLayout().isIdentity() || llvm::any_of(alloc.getType().getShape().drop_front(), ShapedType::isDynamic))
      return false;
    SmallVector<Value> views{alloc};
    while (!views.empty())
      for (Operation *user : views.pop_back_val().getUsers()) {
        if (members.contains(user))
          continue;
        if (!isa<memref::SubViewOp, memref::ExpandShapeOp, memref::CollapseShapeOp, memref::CastOp>(user))
          return false;
        views.push_back(user->getResult(0));
      }
    return true;
  }

  /// The view of the elements [place, place + extent) of the batch.
  Value sliceOf(Value view, Value place, OpFoldResult extent) {
    Value root = batchRoot(view);
    const bool isNarrow = narrow.contains(root);
    Value whole = isNarrow ? narrowView(view) : view;
    auto type = cast<MemRefType>(whole.getType());
    SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0)), steps(type.getRank(), b.getIndexAttr(1));
    SmallVector<OpFoldResult> sizes = memref::getMixedSizes(b, view.getLoc(), whole);
    offsets[0] = isNarrow ? OpFoldResult(b.getIndexAttr(0)) : OpFoldResult(place);
    sizes[0] = extent;
    return memref::SubViewOp::create(b, view.getLoc(), whole, offsets, sizes, steps);
  }

  /// The same view of the buffer that holds one slice.
  Value narrowView(Value view) {
    if (Value made = narrow.lookupOrNull(view))
      return made;
    Operation *op = view.getDefiningOp();
    Value source = narrowView(op->getOperand(0));
    const int64_t step = cast<MemRefType>(source.getType()).getDimSize(0);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfterValue(source);
    Value made;
    if (auto subview = dyn_cast<memref::SubViewOp>(op)) {
      SmallVector<OpFoldResult> sizes = subview.getMixedSizes();
      sizes[0] = b.getIndexAttr(step);
      made = memref::SubViewOp::create(b, op->getLoc(), source, subview.getMixedOffsets(), sizes, subview.getMixedStrides());
    } else if (auto expand = dyn_cast<memref::ExpandShapeOp>(op)) {
      SmallVector<int64_t> shape(expand.getType().getShape());
      shape[0] = step;
      made = memref::ExpandShapeOp::create(b, op->getLoc(), shape, source, expand.getReassociationIndices());
    } else if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op)) {
      made = memref::CollapseShapeOp::create(b, op->getLoc(), source, collapse.getReassociationIndices());
    } else {
      made = source; // a cast
    }
    narrow.map(view, made);
    return made;
  }

  Block &block;
  int64_t cached;   ///< bytes
  OpBuilder b;
  SmallVector<Value> narrowed;   ///< buffers that have one for a slice instead
  IRMapping narrow;   ///< buffers and views -> those that hold one slice
};

struct SliceBatchesPass : impl::SliceBatchesPassBase<SliceBatchesPass> {
  using Base::Base;
  void runOnOperation() override {
    if (!getOperation().isExternal())
      Slicer(getOperation().front(), cacheBytes).run();
  }
};

} // namespace
} // namespace motion
