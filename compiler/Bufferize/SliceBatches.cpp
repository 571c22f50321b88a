// Runs of ops that treat the elements of a batch one by one go over a few elements at a time, so that what one op leaves is still in the second-level
// cache when the next one reads it:
//
//   %c = memref.alloc(%n) : memref<?x29x29x64xf32>              %c = memref.alloc() : memref<2x29x29x64xf32>
//   kernel.contract ins(%x, %w) outs(%c)                        scf.for %i = 0 to %n step 2 {
//   linalg.generic ins(%c) outs(%y : memref<?x14x14x64xf32>)      %m = min(2, %n - %i)
//                                                         ->      kernel.contract ins(%x[%i : %m], %w) outs(%c[0 : %m])
//                                                                 linalg.generic ins(%c[0 : %m]) outs(%y[%i : %m])
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

/// A reshape that leaves dimension 0 as it is.
template <typename ReshapeOp> bool keepsBatch(ReshapeOp reshape) {
  SmallVector<ReassociationIndices> groups = reshape.getReassociationIndices();
  return !groups.empty() && groups[0].size() == 1;
}

/// The buffer under a view whose dimension 0 is the buffer's own: views in between leave it whole. Null when it does not stay.
Value batchRoot(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto subview = dyn_cast<memref::SubViewOp>(op)) {
      const auto whole = cast<MemRefType>(subview.getSource().getType());
      if (whole.getRank() == 0 || subview.getType().getRank() != whole.getRank() || getConstantIntValue(subview.getMixedOffsets()[0]) != 0 ||
          getConstantIntValue(subview.getMixedStrides()[0]) != 1)
        return {};
      value = subview.getSource();
    } else if (auto reshape = dyn_cast<memref::ExpandShapeOp>(op)) {
      if (!keepsBatch(reshape))
        return {};
      value = reshape.getSrc();
    } else if (auto reshape = dyn_cast<memref::CollapseShapeOp>(op)) {
      if (!keepsBatch(reshape))
        return {};
      value = reshape.getSrc();
    } else if (auto cast = dyn_cast<memref::CastOp>(op)) {
      value = cast.getSource();
    } else {
      break;
    }
  }
  return value;
}

/// An op of a run and how it uses its operands.
struct Member {
  Operation *op = nullptr;
  OpFoldResult size;                       ///< of the batch
  SmallVector<OpOperand *> sliced, whole;
  int64_t sliceBytes = 0;                  ///< of an element of the batch, in all sliced operands
  int64_t wholeBytes = 0;                  ///< of the others, which are read again for every slice
};

/// Whether a map uses `dim` as its first result and nowhere else; nothing when it uses it in another way.
std::optional<bool> slicedBy(AffineMap map, unsigned dim) {
  const bool first = map.getNumResults() > 0 && map.getResult(0) == getAffineDimExpr(dim, map.getContext());
  for (AffineExpr expr : map.getResults().drop_front(first))
    if (expr.isFunctionOfDim(dim))
      return std::nullopt;
  return first;
}

/// The loop that is the init's first dimension; null when there is none.
AffineDimExpr batchDim(AffineMap init) {
  return init.getNumResults() ? dyn_cast<AffineDimExpr>(init.getResult(0)) : AffineDimExpr(nullptr);
}

/// Bytes of a memref without its first dimension, or of all of it; nothing when they are not known.
std::optional<int64_t> bytesOf(Value view, bool ofElement) {
  auto type = cast<MemRefType>(view.getType());
  int64_t count = 1;
  for (int64_t size : type.getShape().drop_front(ofElement)) {
    if (ShapedType::isDynamic(size))
      return std::nullopt;
    count *= size;
  }
  return count * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

/// The batch is a parallel loop of `maps`, dimension 0 of all inits: whether every operand is sliced by it or does not know it, with known bytes.
bool classify(Member &member, ArrayRef<std::pair<OpOperand *, AffineMap>> operands, AffineMap init) {
  AffineDimExpr dim = batchDim(init);
  if (!dim)
    return false;
  for (auto [operand, map] : operands) {
    std::optional<bool> sliced = slicedBy(map, dim.getPosition());
    if (!sliced)
      return false;
    if (!isa<MemRefType>(operand->get().getType()))
      continue;
    std::optional<int64_t> bytes = bytesOf(operand->get(), /*ofElement=*/*sliced);
    if (!bytes)
      return false;
    (*sliced ? member.sliced : member.whole).push_back(operand);
    (*sliced ? member.sliceBytes : member.wholeBytes) += *bytes;
  }
  return true;
}

/// The size of dimension 0 of a view that has a `batchRoot`; null when it is not known.
OpFoldResult sizeOfBatch(Value view) {
  while (Operation *op = view.getDefiningOp()) {
    if (auto subview = dyn_cast<memref::SubViewOp>(op))
      return subview.getMixedSizes()[0];
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      return alloc.getMixedSizes()[0];
    if (auto cast = dyn_cast<memref::ReinterpretCastOp>(op))
      return cast.getMixedSizes()[0];
    if (auto reshape = dyn_cast<memref::ExpandShapeOp>(op))
      view = reshape.getSrc();
    else if (auto reshape = dyn_cast<memref::CollapseShapeOp>(op))
      view = reshape.getSrc();
    else if (auto cast = dyn_cast<memref::CastOp>(op))
      view = cast.getSource();
    else
      break;
  }
  return {};
}

/// The op as a member of a run; nothing when it does not treat a batch element by element.
std::optional<Member> memberOf(Operation *op) {
  Member member;
  member.op = op;
  SmallVector<std::pair<OpOperand *, AffineMap>> operands;
  AffineMap init;
  if (auto contract = dyn_cast<kernel::ContractOp>(op)) {
    for (OpOperand &operand : op->getOpOperands())
      if (AffineMap map = contract.getMap(operand))
        operands.push_back({&operand, map});
    init = contract.getMap(contract.getInitsMutable()[0]);
    if (contract.getPadding() && contract.getPadding()->front() >= 0)
      return std::nullopt;
  } else if (auto linalg = dyn_cast<linalg::LinalgOp>(op)) {
    for (OpOperand &operand : op->getOpOperands())
      operands.push_back({&operand, linalg.getMatchingIndexingMap(&operand)});
    init = linalg.getMatchingIndexingMap(linalg.getDpsInitOperand(0));
    const bool knowsPlace = op->walk([&](Operation *inner) {
      const bool pure = inner == op || (isMemoryEffectFree(inner) && !isa<linalg::IndexOp>(inner));
      return pure ? WalkResult::advance() : WalkResult::interrupt();
    }).wasInterrupted();
    AffineDimExpr dim = batchDim(init);
    if (knowsPlace || !dim || linalg.getIteratorTypesArray()[dim.getPosition()] != utils::IteratorType::parallel)
      return std::nullopt;
  } else {
    return std::nullopt;
  }
  if (!classify(member, operands, init) || op->getNumResults() != 0)
    return std::nullopt;
  for (OpOperand *operand : member.sliced) {
    OpFoldResult size = batchRoot(operand->get()) ? sizeOfBatch(operand->get()) : OpFoldResult();
    if (!size || (member.size && !isEqualConstantIntOrValue(size, member.size)))
      return std::nullopt;
    member.size = size;
  }
  return member;
}

/// Ops that follow each other, over one batch. What they have in common is kept as they come: runs are as long as models.
class Run {
public:
  SmallVector<Member> members;

  /// Elements of the batch whose slices fit into the cache, for the op with the largest ones.
  int64_t elements(int64_t cached) const {
    int64_t largest = 1;
    for (const Member &member : members)
      largest = std::max(largest, member.sliceBytes);
    return elementsWithin(cached, largest);
  }

  /// Whether one more op may belong to the run.
  bool admits(const Member &member, int64_t cached) const {
    if (!members.empty() && !isEqualConstantIntOrValue(members.front().size, member.size))
      return false;
    return isBalanced(member, cached) && isIndependent(member);
  }

  void add(const Member &member) {
    members.push_back(member);
    largestSlice = std::max(largestSlice, member.sliceBytes);
    fewestElements = std::max(fewestElements, fewestFor(member));
    for (OpOperand *operand : member.sliced) {
      Value memory = rootBuffer(operand->get()), root = batchRoot(operand->get());
      if (auto [it, isNew] = sliced.try_emplace(memory, root); !isNew && it->second != root)
        it->second = Value();
      if (isWritten(operand))
        written[memory] = root;
    }
    for (OpOperand *operand : member.whole)
      whole.insert(rootBuffer(operand->get()));
  }

  /// One op reads what another one has written.
  bool passesData() const {
    llvm::SmallPtrSet<Value, 8> written;
    for (const Member &member : members) {
      for (OpOperand *operand : member.sliced)
        if (!isWritten(operand) && written.contains(batchRoot(operand->get())))
          return true;
      for (OpOperand *operand : member.sliced)
        if (isWritten(operand) && !isa<linalg::FillOp>(member.op))
          written.insert(batchRoot(operand->get()));
    }
    return false;
  }

private:
  static bool isWritten(OpOperand *operand) { return cast<DestinationStyleOpInterface>(operand->getOwner()).isDpsInit(operand); }

  /// What is read whole (weights) comes again for every slice: it may weigh twice as much as the slice.
  static int64_t fewestFor(const Member &member) {
    return member.sliceBytes ? llvm::divideCeil(member.wholeBytes, 2 * member.sliceBytes) : member.wholeBytes ? INT64_MAX : 0;
  }

  static int64_t elementsWithin(int64_t cached, int64_t sliceBytes) { return std::max<int64_t>(1, cached / sliceBytes); }

  bool isBalanced(const Member &member, int64_t cached) const {
    return elementsWithin(cached, std::max(largestSlice, member.sliceBytes)) >= std::max(fewestElements, fewestFor(member));
  }

  /// A slice may be read only where it was written: what the run writes is sliced wherever the run uses it, as the same buffer.
  bool isIndependent(const Member &member) const {
    llvm::SmallDenseMap<Value, Value, 4> writes;
    for (OpOperand *operand : member.sliced)
      if (isWritten(operand)) {
        Value memory = rootBuffer(operand->get()), root = batchRoot(operand->get());
        auto before = sliced.find(memory);
        if (writes.try_emplace(memory, root).first->second != root || whole.contains(memory) || (before != sliced.end() && before->second != root))
          return false;
      }
    const auto isOther = [](const auto &map, Value memory, Value root) {
      auto it = map.find(memory);
      return it != map.end() && it->second != root;
    };
    for (OpOperand *operand : member.sliced) {
      Value memory = rootBuffer(operand->get()), root = batchRoot(operand->get());
      if (isOther(written, memory, root) || isOther(writes, memory, root))
        return false;
    }
    return llvm::none_of(member.whole, [&](OpOperand *operand) {
      Value memory = rootBuffer(operand->get());
      return written.contains(memory) || writes.contains(memory);
    });
  }

  int64_t largestSlice = 1, fewestElements = 0;
  llvm::DenseMap<Value, Value> sliced, written; ///< memory -> buffer; null in `sliced`: several
  llvm::DenseSet<Value> whole;                  ///< memory
};

/// Values that depend on arguments alone and touch no memory.
bool isAddressing(Operation *op) {
  return op->getNumRegions() == 0 && (isa<memref::AllocOp>(op) || isMemoryEffectFree(op));
}

/// Turns runs into loops over slices.
class Slicer {
public:
  Slicer(Block &block, int64_t cached) : block(block), cached(cached), b(block.getParentOp()->getContext()) {}

  void run() {
    std::vector<Run> runs;
    Run current;
    // Fills at the end are for the ops that follow.
    const auto close = [&] {
      SmallVector<Member> fills;
      while (!current.members.empty() && isa<linalg::FillOp>(current.members.back().op))
        fills.insert(fills.begin(), current.members.pop_back_val());
      if (current.passesData() && current.elements(cached) <= mostElements)
        runs.push_back(std::move(current));
      current = Run();
      for (const Member &fill : fills)
        current.add(fill);
    };
    for (Operation &op : block) {
      if (isAddressing(&op))
        continue;
      std::optional<Member> member = memberOf(&op);
      if (!member) {
        close();
        current = Run();
        continue;
      }
      if (!extend(current, *member)) {
        close();
        if (!extend(current, *member))
          current = Run();
      }
    }
    close();
    for (Run &run : runs)
      slice(run);
  }

private:
  bool extend(Run &run, const Member &member) {
    if (!run.admits(member, cached))
      return false;
    run.add(member);
    return true;
  }

  void slice(Run &run) {
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
    for (Member &member : run.members) {
      IRMapping mapping;
      for (OpOperand *operand : member.sliced)
        if (!mapping.contains(operand->get()))
          mapping.map(operand->get(), sliceOf(operand->get(), loop.getInductionVar(), extent));
      b.clone(*member.op, mapping);
    }
    for (Member &member : llvm::reverse(run.members))
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
  void narrowBuffers(const Run &run, int64_t step) {
    llvm::SmallPtrSet<Operation *, 8> members;
    for (const Member &member : run.members)
      members.insert(member.op);
    for (const Member &member : run.members)
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
