// Elements by indices that are data: Gather, GatherElements, GatherND, ReverseSequence.
//   onnx.Gather(%x, %i)  ->  linalg.generic ins(%i) outs(%e) { %v = tensor.extract %x[%at, %j] }   with %at inside of %x, whatever %i holds
#include "compiler/Linalg/Pull.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

/// Nothing may be read from a dimension without elements.
static LogicalResult checkReadable(Node &node, const Tensor &x, ArrayRef<OpFoldResult> result) {
  const bool readsNothing = llvm::any_of(result, [](OpFoldResult size) { return constantSize(size) == 0; });
  if (readsNothing || !llvm::is_contained(x.type().getShape(), 0))
    return success();
  return node.refuse("a tensor with elements to read from", spell(x.value.getType()));
}

/// Index `index` of dimension `axis` as a view.
static Tensor pick(Node &node, const Tensor &x, int64_t axis, int64_t index) {
  Sizes sizes = node.sizes(x), offsets(x.rank(), node.index(0)), strides(x.rank(), node.index(1));
  offsets[axis] = index < 0 ? node.add(sizes[axis], node.index(index)) : node.index(index);
  sizes[axis] = node.index(1);
  Tensor part{tensor::ExtractSliceOp::create(node, x.value, offsets, sizes, strides), x.element};
  node.getValues().sizes[part.value] = sizes;
  sizes.erase(sizes.begin() + axis);
  return node.reshape(part, sizes);
}

static LogicalResult lowerGather(Node &node, onnx::GatherOp op) {
  Tensor x = node.get(op.getData());
  const int64_t axis = normaliseAxis(op.getAxis(), x.rank());
  const Sizes sizes = node.sizes(x);
  auto constants = node.constants(op.getIndices());
  const auto extent = constantSize(sizes[axis]);
  const int64_t places = cast<RankedTensorType>(op.getIndices().getType()).getRank();
  if (constants && places == 0 && extent && constants->front() >= -*extent && constants->front() < *extent)
    return node.set(op.getOutput(), pick(node, x, axis, constants->front()));
  Tensor indices = node.get(op.getIndices());
  Sizes result(ArrayRef(sizes).take_front(axis));
  llvm::append_range(result, node.sizes(indices));
  llvm::append_range(result, ArrayRef(sizes).drop_front(axis + 1));
  if (failed(checkReadable(node, x, result)) || failed(checkIndices(node, op.getIndices(), sizes[axis])))
    return failure();
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < places; ++i)
    exprs.push_back(node.getAffineDimExpr(axis + i));
  auto map = AffineMap::get(result.size(), 0, exprs, node.getContext());
  Value size = node.indexValue(sizes[axis]);
  Tensor y = pullWith(node, result, x.element, indices, map, [&](Scalars &s, ValueRange v) {
    SmallVector<Value> from(v.take_front(axis));
    from.push_back(insideIndex(s, toIndex(s, v.back(), indices.element), size));
    llvm::append_range(from, v.drop_back().drop_front(axis + places));
    return elementAt(s, x, from);
  });
  return node.set(op.getOutput(), y);
}

static LogicalResult lowerGatherElements(Node &node, onnx::GatherElementsOp op) {
  Tensor x = node.get(op.getData()), indices = node.get(op.getIndices());
  const int64_t axis = normaliseAxis(op.getAxis(), x.rank());
  const Sizes result = node.sizes(indices), sizes = node.sizes(x);
  if (failed(checkReadable(node, x, result)) || failed(checkIndices(node, op.getIndices(), sizes[axis])))
    return failure();
  SmallVector<Value> extents = indexValues(node, sizes);
  auto map = AffineMap::getMultiDimIdentityMap(x.rank(), node.getContext());
  Tensor y = pullWith(node, result, x.element, indices, map, [&](Scalars &s, ValueRange v) {
    SmallVector<Value> from(v.drop_back());
    for (auto [dim, at] : llvm::enumerate(from))
      if (!sameSize(result[dim], sizes[dim]))
        at = clampIndex(s, at, extents[dim]);
    from[axis] = insideIndex(s, toIndex(s, v.back(), indices.element), extents[axis]);
    return elementAt(s, x, from);
  });
  return node.set(op.getOutput(), y);
}

static LogicalResult lowerGatherND(Node &node, onnx::GatherNDOp op) {
  Tensor x = node.get(op.getData()), indices = node.get(op.getIndices());
  const int64_t batches = op.getBatchDims();
  const Sizes sizes = node.sizes(x), places = node.sizes(indices);
  const auto length = constantSize(places.back());
  if (!length || batches + *length > x.rank())
    return node.refuse("indices whose last dimension is known and at most " + std::to_string(x.rank() - batches), spell(indices.value.getType()));
  Sizes result(ArrayRef(places).drop_back());
  llvm::append_range(result, ArrayRef(sizes).drop_front(batches + *length));
  if (failed(checkReadable(node, x, result)) || failed(checkIndices(node, op.getIndices(), ArrayRef(sizes).slice(batches, *length))))
    return failure();
  SmallVector<Value> extents = indexValues(node, sizes);
  const size_t outer = places.size() - 1;
  Tensor y = pull(node, result, x.element, [&](Scalars &s, ValueRange place) {
    SmallVector<Value> from(place.take_front(batches)), at(place.take_front(outer));
    at.push_back({});
    for (int64_t i = 0; i < *length; ++i) {
      at.back() = indexConstant(s, i);
      from.push_back(insideIndex(s, toIndex(s, elementAt(s, indices, at), indices.element), extents[batches + i]));
    }
    llvm::append_range(from, place.drop_front(outer));
    return elementAt(s, x, from);
  });
  return node.set(op.getOutput(), y);
}

/// The first `length` steps of each sequence backwards, the rest as it is.
static LogicalResult lowerReverseSequence(Node &node, onnx::ReverseSequenceOp op) {
  Tensor x = node.get(op.getInput()), lengths = node.get(op.getSequenceLens());
  const int64_t batch = normaliseAxis(op.getBatchAxis(), x.rank()), time = normaliseAxis(op.getTimeAxis(), x.rank());
  const Sizes sizes = node.sizes(x);
  if (!sameSize(sizes[batch], node.sizes(lengths).front()))
    return node.refuse("one length per sequence", spell(lengths.value.getType()) + " for " + spell(x.value.getType()));
  auto map = AffineMap::get(x.rank(), 0, node.getAffineDimExpr(batch), node.getContext());
  Value extent = node.indexValue(sizes[time]);
  Tensor y = pullWith(node, sizes, x.element, lengths, map, [&](Scalars &s, ValueRange v) {
    SmallVector<Value> from(v.drop_back());
    Value length = toIndex(s, v.back(), lengths.element);
    Value mirrored = clampIndex(s, s.sub(s.sub(length, indexConstant(s, 1)), from[time]), extent);
    from[time] = s.select(s.less(from[time], length), mirrored, from[time]);
    return elementAt(s, x, from);
  });
  return node.set(op.getY(), y);
}

void addGathers(OperatorList &list) {
  list.add<onnx::GatherOp>(lowerGather);
  list.add<onnx::GatherElementsOp>(lowerGatherElements);
  list.add<onnx::GatherNDOp>(lowerGatherND);
  list.add<onnx::ReverseSequenceOp>(lowerReverseSequence);
}

} // namespace motion
