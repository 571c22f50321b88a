// An op belongs to a run when every operand is either sliced along the batch or does not know it. Ops of a run may be interleaved element by element: none
// reads what another one writes for another element.
#include "compiler/Bufferize/BatchRuns.h"
#include "compiler/Rewrite/Views.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace motion {
namespace {

/// A reshape that leaves dimension 0 as it is.
template <typename ReshapeOp> bool keepsBatch(ReshapeOp reshape) {
  SmallVector<ReassociationIndices> groups = reshape.getReassociationIndices();
  return !groups.empty() && groups[0].size() == 1;
}

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
bool classify(BatchMember &member, ArrayRef<std::pair<OpOperand *, AffineMap>> operands, AffineMap init) {
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

bool isWritten(OpOperand *operand) { return cast<DestinationStyleOpInterface>(operand->getOwner()).isDpsInit(operand); }

/// What is read whole (weights) comes again for every slice: it may weigh twice as much as the slice.
int64_t fewestFor(const BatchMember &member) {
  return member.sliceBytes ? llvm::divideCeil(member.wholeBytes, 2 * member.sliceBytes) : member.wholeBytes ? INT64_MAX : 0;
}

int64_t elementsWithin(int64_t cached, int64_t sliceBytes) { return std::max<int64_t>(1, cached / sliceBytes); }

} // namespace

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

std::optional<BatchMember> memberOf(Operation *op) {
  BatchMember member;
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

int64_t BatchRun::elements(int64_t cached) const {
  int64_t largest = 1;
  for (const BatchMember &member : members)
    largest = std::max(largest, member.sliceBytes);
  return elementsWithin(cached, largest);
}

bool BatchRun::admits(const BatchMember &member, int64_t cached) const {
  if (!members.empty() && !isEqualConstantIntOrValue(members.front().size, member.size))
    return false;
  return isBalanced(member, cached) && isIndependent(member);
}

void BatchRun::add(const BatchMember &member) {
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

bool BatchRun::passesData() const {
  llvm::SmallPtrSet<Value, 8> written;
  for (const BatchMember &member : members) {
    for (OpOperand *operand : member.sliced)
      if (!isWritten(operand) && written.contains(batchRoot(operand->get())))
        return true;
    for (OpOperand *operand : member.sliced)
      if (isWritten(operand) && !isa<linalg::FillOp>(member.op))
        written.insert(batchRoot(operand->get()));
  }
  return false;
}

bool BatchRun::isBalanced(const BatchMember &member, int64_t cached) const {
  return elementsWithin(cached, std::max(largestSlice, member.sliceBytes)) >= std::max(fewestElements, fewestFor(member));
}

/// A slice may be read only where it was written: what the run writes is sliced wherever the run uses it, as the same buffer.
bool BatchRun::isIndependent(const BatchMember &member) const {
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

} // namespace motion
