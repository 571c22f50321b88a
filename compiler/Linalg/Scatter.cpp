// Elements written at places that are data: ScatterElements, ScatterND, MaxUnpool; TensorScatter, which writes a range.
//   onnx.ScatterND(%x, %i, %u)  ->  %c = linalg.copy ins(%x) outs(%e), scf.for over %u { tensor.insert into %c }   in order, inside of %x whatever %i holds
#include "compiler/Linalg/Pull.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace motion {

namespace {
using PlaceRule = llvm::function_ref<SmallVector<Value>(Scalars &, ValueRange)>;
using Reduction = Value (*)(Scalars &, Value, Value, bool);
} // namespace

static FailureOr<Reduction> reductionOf(Node &node, StringRef name) {
  if (name == "none")
    return Reduction(nullptr);
  if (name == "add")
    return Reduction([](Scalars &s, Value a, Value b, bool) { return s.add(a, b); });
  if (name == "mul")
    return Reduction([](Scalars &s, Value a, Value b, bool) { return s.mul(a, b); });
  if (name == "max")
    return Reduction([](Scalars &s, Value a, Value b, bool isUnsigned) { return s.max(a, b, isUnsigned); });
  if (name == "min")
    return Reduction([](Scalars &s, Value a, Value b, bool isUnsigned) { return s.min(a, b, isUnsigned); });
  (void)node.refuse("reduction none, add, mul, max or min", name);
  return failure();
}

/// A copy of `x` into which every element of `updates`, in order, is written where `placeOf` its own place says.
static Tensor scatter(Node &node, const Tensor &x, const Tensor &updates, Reduction reduction, PlaceRule placeOf) {
  const Sizes sizes = node.sizes(x), counts = node.sizes(updates);
  Value copy = linalg::CopyOp::create(node, ValueRange{x.value}, ValueRange{node.empty(sizes, storageType(x.element))}).getResult(0);
  const Type element = x.element;
  const auto write = [&](OpBuilder &b, Location loc, ValueRange at, ValueRange written) -> scf::ValueVector {
    Scalars s(loc, b);
    SmallVector<Value> place = placeOf(s, at);
    Value update = elementAt(s, updates, at);
    if (reduction) {
      Value old = decode(s, tensor::ExtractOp::create(s, written[0], place), element);
      update = encode(s, reduction(s, old, decode(s, update, element), isUnsigned(element)), element);
    }
    return {tensor::InsertOp::create(s, update, written[0], place)};
  };
  Value zero = node.indexValue(node.index(0)), one = node.indexValue(node.index(1));
  SmallVector<Value> lower(counts.size(), zero), steps(counts.size(), one), upper = indexValues(node, counts);
  scf::LoopNest nest = scf::buildLoopNest(node, node.getLoc(), lower, upper, steps, ValueRange{copy}, write);
  node.getValues().sizes[nest.results[0]] = sizes;
  return {nest.results[0], element};
}

/// Nothing may be written to a dimension without elements.
static LogicalResult checkWritable(Node &node, const Tensor &x, const Tensor &updates) {
  if (llvm::is_contained(updates.type().getShape(), 0) || !llvm::is_contained(x.type().getShape(), 0))
    return success();
  return node.refuse("a tensor with elements to write to", spell(x.value.getType()));
}

static LogicalResult lowerScatterElements(Node &node, onnx::ScatterElementsOp op) {
  Tensor x = node.get(op.getData()), indices = node.get(op.getIndices()), updates = node.get(op.getUpdates());
  FailureOr<Reduction> reduction = reductionOf(node, op.getReduction());
  if (failed(reduction) || failed(checkWritable(node, x, updates)))
    return failure();
  const int64_t axis = normaliseAxis(op.getAxis(), x.rank());
  const Sizes sizes = node.sizes(x), counts = node.sizes(updates);
  if (!llvm::equal(counts, node.sizes(indices), sameSize))
    return node.refuse("indices and updates of one shape", spell(indices.value.getType()) + " and " + spell(updates.value.getType()));
  if (failed(checkIndices(node, op.getIndices(), sizes[axis])))
    return failure();
  SmallVector<Value> extents = indexValues(node, sizes);
  Tensor y = scatter(node, x, updates, *reduction, [&](Scalars &s, ValueRange at) {
    SmallVector<Value> place(at);
    for (auto [dim, index] : llvm::enumerate(place))
      if (!sameSize(counts[dim], sizes[dim]))
        index = clampIndex(s, index, extents[dim]);
    place[axis] = insideIndex(s, toIndex(s, elementAt(s, indices, at), indices.element), extents[axis]);
    return place;
  });
  return node.set(op.getOutput(), y);
}

static LogicalResult lowerScatterND(Node &node, onnx::ScatterNDOp op) {
  Tensor x = node.get(op.getData()), indices = node.get(op.getIndices()), updates = node.get(op.getUpdates());
  FailureOr<Reduction> reduction = reductionOf(node, op.getReduction());
  if (failed(reduction) || failed(checkWritable(node, x, updates)))
    return failure();
  const Sizes sizes = node.sizes(x), places = node.sizes(indices);
  const auto length = constantSize(places.back());
  if (!length || *length > x.rank())
    return node.refuse("indices whose last dimension is known and at most " + std::to_string(x.rank()), spell(indices.value.getType()));
  Sizes expected(ArrayRef(places).drop_back());
  llvm::append_range(expected, ArrayRef(sizes).drop_front(*length));
  if (!llvm::equal(expected, node.sizes(updates), sameSize))
    return node.refuse("updates of the shape of indices without its last dimension and data without its first " + std::to_string(*length),
                       spell(updates.value.getType()));
  if (failed(checkIndices(node, op.getIndices(), ArrayRef(sizes).take_front(*length))))
    return failure();
  SmallVector<Value> extents = indexValues(node, sizes);
  const size_t outer = places.size() - 1;
  Tensor y = scatter(node, x, updates, *reduction, [&](Scalars &s, ValueRange at) {
    SmallVector<Value> place, from(at.take_front(outer));
    from.push_back({});
    for (int64_t i = 0; i < *length; ++i) {
      from.back() = indexConstant(s, i);
      place.push_back(insideIndex(s, toIndex(s, elementAt(s, indices, from), indices.element), extents[i]));
    }
    llvm::append_range(place, at.drop_front(outer));
    return place;
  });
  return node.set(op.getOutput(), y);
}

/// New steps of a cache, from a place per batch on; `circular`: they go on at the start.
static LogicalResult lowerTensorScatter(Node &node, onnx::TensorScatterOp op) {
  Tensor past = node.get(op.getPastCache()), update = node.get(op.getUpdate()), starts = node.get(op.getWriteIndices());
  const int64_t axis = normaliseAxis(op.getAxis(), past.rank());
  if (axis <= 0 || axis >= past.rank() || update.rank() != past.rank())
    return node.refuse("an axis after the batch, and an update of the cache's rank", std::to_string(op.getAxis()) + " and " + spell(update.value.getType()));
  const Sizes sizes = node.sizes(past), steps = node.sizes(update);
  for (int64_t dim = 0; dim < past.rank(); ++dim)
    if (dim != axis && !sameSize(sizes[dim], steps[dim]))
      return node.refuse("an update that differs from the cache in axis " + std::to_string(axis) + " only", spell(update.value.getType()));
  if (starts && !sameSize(node.sizes(starts).front(), sizes.front()))
    return node.refuse("one write index per batch", spell(starts.value.getType()));
  const bool circular = op.getMode() == "circular";
  Value extent = node.indexValue(sizes[axis]), count = node.indexValue(steps[axis]);
  auto identity = AffineMap::getMultiDimIdentityMap(past.rank(), node.getContext());
  Tensor y = pullWith(node, sizes, past.element, past, identity, [&](Scalars &s, ValueRange v) {
    SmallVector<Value> from(v.drop_back());
    Value start = starts ? toIndex(s, elementAt(s, starts, from.front()), starts.element) : indexConstant(s, 0);
    Value step = s.sub(from[axis], start);
    if (circular)
      step = s.select(s.less(step, indexConstant(s, 0)), s.add(step, extent), step);
    Value isNew = isInside(s, step, count);
    from[axis] = clampIndex(s, step, count);
    return s.select(isNew, elementAt(s, update, from), v.back());
  });
  return node.set(op.getPresentCache(), y);
}

/// What MaxPool made of the sizes of `x`, which its indices count in; nothing where that is no size.
static std::optional<Sizes> unpooledSizes(Node &node, onnx::MaxUnpoolOp op, const Tensor &x) {
  const ArrayRef<int64_t> kernel = op.getKernelShape();
  const auto entry = [&](std::optional<ArrayRef<int64_t>> given, size_t i, int64_t otherwise) { return given && i < given->size() ? (*given)[i] : otherwise; };
  Sizes sizes = node.sizes(x);
  if (sizes.size() != kernel.size() + 2)
    return std::nullopt;
  for (auto [i, length] : llvm::enumerate(kernel)) {
    const int64_t stride = entry(op.getStrides(), i, 1), rest = length - stride - entry(op.getPads(), i, 0) - entry(op.getPads(), kernel.size() + i, 0);
    OpFoldResult &size = sizes[2 + i];
    size = node.add(node.mul(size, node.index(stride)), node.index(rest));
    if (stride < 1 || constantSize(size).value_or(stride + rest) < 1) // of one element where there may be any number
      return std::nullopt;
  }
  return sizes;
}

/// Every element at the place that its index names, row-major in what was pooled; a larger result has that in its first corner.
static LogicalResult lowerMaxUnpool(Node &node, onnx::MaxUnpoolOp op) {
  Tensor x = node.get(op.getX()), indices = node.get(op.getI());
  std::optional<Sizes> pooled = unpooledSizes(node, op, x);
  if (!pooled || !llvm::equal(node.sizes(x), node.sizes(indices), sameSize))
    return node.refuse("data and indices of one shape, and a window that fits kernel_shape, strides and pads",
                       spell(x.value.getType()) + " and " + spell(indices.value.getType()));
  std::optional<Sizes> sizes = op.getOutputShape() ? declaredSizes(node, op.getOutput()) : pooled;
  if (op.getOutputShape() && !sizes)
    sizes = node.knownScalars(op.getOutputShape());
  if (!sizes || sizes->size() != pooled->size())
    return node.refuse("an output_shape that follows from constants and dimensions", "one that is computed from data");
  Tensor zeros{node.filled(*sizes, arith::ConstantOp::create(node, cast<TypedAttr>(node.getZeroAttr(storageType(x.element))))), x.element};
  if (failed(checkWritable(node, zeros, x)))
    return failure();
  SmallVector<Value> counted = indexValues(node, *pooled), extents = indexValues(node, *sizes);
  Tensor y = scatter(node, zeros, x, nullptr, [&](Scalars &s, ValueRange at) {
    Value rest = toIndex(s, elementAt(s, indices, at), indices.element);
    SmallVector<Value> place(at.size());
    for (size_t dim = at.size(); dim-- > 0;) {
      place[dim] = clampIndex(s, dim ? Value(arith::RemUIOp::create(s, rest, counted[dim])) : rest, extents[dim]);
      rest = arith::DivUIOp::create(s, rest, counted[dim]);
    }
    return place;
  });
  return node.set(op.getOutput(), y);
}

void addScatters(OperatorList &list) {
  list.add<onnx::MaxUnpoolOp>(lowerMaxUnpool);
  list.add<onnx::ScatterElementsOp>(lowerScatterElements);
  list.add<onnx::ScatterNDOp>(lowerScatterND);
  list.add<onnx::TensorScatterOp>(lowerTensorScatter);
}

} // namespace motion
