// Pooling: a window slides over the spatial dimensions and combines what it sees.
//   onnx.MaxPool 2x2 (%x)  ->  fill -inf, linalg.generic (b, c, h, w, i, j) {(b, c, 2h + i, 2w + j) -> (b, c, h, w)} {maximumf}
// Padding is a copy with the neutral element around it.
#include "compiler/Linalg/Accumulate.h"
#include "compiler/Linalg/Border.h"
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace motion {

template <typename Op> static FailureOr<Window> windowOf(Node &node, const Tensor &x, Op op) {
  WindowAttributes attributes = windowAttributes(op, op.getKernelShape());
  attributes.ceil = op.getCeilMode();
  if (x.rank() < 3)
    return node.refuse("data of rank 3 or more", spell(x.value.getType()));
  return makeWindow(node, ArrayRef<OpFoldResult>(node.sizes(x)).drop_front(2), attributes);
}

/// Combines the elements of each window of `x`, of which `border` surrounds it.
static Tensor slide(Node &node, const Tensor &x, const Window &window, Value border, Value start, AccumulateBody body) {
  WindowLoops loops(node, x, window);
  return accumulate(node, {surround(node, x, window, border), loops.shape}, {loops.input, loops.kernel}, loops.sizes, loops.output, start, body);
}

/// What padding is filled with, as stored.
static Value stored(Node &node, Value computed, Type element) {
  Scalars s(node.getLoc(), node);
  return encode(s, computed, element);
}

// ---- MaxPool ----

/// An accumulated tensor as one of `element`, of which it holds compute values.
static Tensor asElement(Node &node, const Tensor &accumulated, Type element) {
  return isNarrowFloat(element) ? convertTensor(node, accumulated, element) : Tensor{accumulated.value, element};
}

/// Row-major position of the element that a window's loops point at, and whether it is in the input; `columnMajor` turns the order of the spatial
/// dimensions round.
static Value position(Scalars &s, const Window &window, Value channels, bool columnMajor, Value &inside) {
  const Type index = s.getIndexType();
  const int64_t spatial = window.size();
  Value flat = s.add(s.mul(linalg::IndexOp::create(s, 0), channels), linalg::IndexOp::create(s, 1));
  for (int64_t i = 0; i < spatial; ++i) {
    const int64_t dim = columnMajor ? spatial - 1 - i : i;
    const WindowAxis &axis = window[dim];
    Value output = linalg::IndexOp::create(s, 2 + dim), tap = linalg::IndexOp::create(s, 2 + spatial + dim);
    Value at = s.sub(s.add(s.mul(output, s.integer(index, axis.stride)), s.mul(tap, s.integer(index, axis.dilation))), s.integer(index, axis.before));
    Value extent = getValueOrCreateConstantIndexOp(s, s.getLoc(), axis.input), here = s.less(at, extent, /*isUnsigned=*/true);
    inside = inside ? arith::AndIOp::create(s, inside, here).getResult() : here;
    flat = s.add(s.mul(flat, extent), at);
  }
  return s.fromIndex(flat, s.getI64Type());
}

/// Maximum and its first position; a NaN wins.
static LogicalResult lowerMaxPoolWithIndices(Node &node, onnx::MaxPoolOp op, const Tensor &x, const Window &window) {
  const bool positive = isUnsigned(x.element), columnMajor = op.getStorageOrder();
  WindowLoops loops(node, x, window);
  Value least = leastValue(node, x.element), none = scalarConstant(node, node.getI64Type(), -1), channels = node.indexValue(loops.sizes[1]);
  SmallVector<Value> inputs{surround(node, x, window, stored(node, least, x.element)).value, loops.shape.value};
  SmallVector<Value> inits{node.filled(loops.sizes, least), node.filled(loops.sizes, none)};
  SmallVector<AffineMap> maps{loops.input, loops.kernel, loops.output, loops.output};
  SmallVector<utils::IteratorType> iterators(loops.input.getNumDims(), utils::IteratorType::parallel);
  std::fill_n(iterators.rbegin(), window.size(), utils::IteratorType::reduction);
  auto generic = linalg::GenericOp::create(node, ValueRange(inits).getTypes(), inputs, inits, maps, iterators, [&](OpBuilder &b, Location loc, ValueRange values) {
    Scalars s(loc, b);
    Value value = decode(s, values[0], x.element), best = values[2], index = values[3], inside;
    Value better = arith::OrIOp::create(s, s.less(best, value, positive), s.less(index, s.like(index, 0)));
    if (isFloat(value)) {
      Value isNan = arith::CmpFOp::create(s, arith::CmpFPredicate::UNO, value, value), known = s.equal(best, best);
      better = arith::OrIOp::create(s, better, arith::AndIOp::create(s, isNan, known));
    }
    Value here = position(s, window, channels, columnMajor, inside);
    better = arith::AndIOp::create(s, better, inside);
    linalg::YieldOp::create(s, ValueRange{s.select(better, value, best), s.select(better, here, index)});
  });
  if (failed(node.set(op.getY(), asElement(node, {generic.getResult(0), computeType(x.element)}, x.element))))
    return failure();
  return node.set(op.getIndices(), {generic.getResult(1), node.getI64Type()});
}

static LogicalResult lowerMaxPool(Node &node, onnx::MaxPoolOp op) {
  Tensor x = node.get(op.getX());
  FailureOr<Window> window = windowOf(node, x, op);
  if (failed(window))
    return failure();
  if (op.getIndices() && !op.getIndices().use_empty())
    return lowerMaxPoolWithIndices(node, op, x, *window);
  const bool positive = isUnsigned(x.element);
  Value least = leastValue(node, x.element);
  Tensor y = slide(node, x, *window, stored(node, least, x.element), least, [&](Scalars &s, ValueRange v, Value best) { return s.max(best, v[0], positive); });
  return node.set(op.getY(), asElement(node, y, x.element));
}

// ---- AveragePool, LpPool ----

/// How many taps of the window at `output` lie between `before` elements ahead of the input and `after` behind it, as index.
static Value tapsInside(Scalars &s, const WindowAxis &axis, Value output, int64_t before, int64_t after) {
  const auto number = [&](int64_t value) { return s.integer(s.getIndexType(), value); };
  Value first = s.sub(s.mul(output, number(axis.stride)), number(axis.before));
  Value end = s.add(getValueOrCreateConstantIndexOp(s, s.getLoc(), axis.input), number(after));
  // Taps ahead of a place: ceil((place - first) / dilation), from 0 to all.
  const auto tapsAhead = [&](Value place) {
    Value up = s.add(s.sub(place, first), number(axis.dilation - 1));
    Value taps = axis.dilation == 1 ? up : arith::DivSIOp::create(s, up, number(axis.dilation)).getResult();
    return s.min(s.max(taps, number(0)), number(axis.kernel));
  };
  return s.sub(tapsAhead(end), tapsAhead(number(-before)));
}

static LogicalResult lowerAveragePool(Node &node, onnx::AveragePoolOp op) {
  Tensor x = node.get(op.getX());
  FailureOr<Window> window = windowOf(node, x, op);
  if (failed(window))
    return failure();
  // Padding that counts as part of the input.
  SmallVector<std::pair<int64_t, int64_t>> counted;
  bool even = true;
  for (auto [i, axis] : llvm::enumerate(*window)) {
    int64_t after = axis.after;
    if (op.getAutoPad() == "NOTSET")
      after = op.getPads() && !op.getPads()->empty() ? (*op.getPads())[window->size() + i] : 0;
    counted.push_back(op.getCountIncludePad() ? std::pair(axis.before, after) : std::pair<int64_t, int64_t>(0, 0));
    even &= counted.back() == std::pair(axis.before, axis.after);
  }
  const Type type = computeType(x.element);
  Value zero = scalarConstant(node, type, 0);
  Tensor sum = slide(node, x, *window, stored(node, zero, x.element), zero, [](Scalars &s, ValueRange v, Value total) { return s.add(total, v[0]); });
  int64_t all = 1;
  for (const WindowAxis &axis : *window)
    all *= axis.kernel;
  AffineMap identity = AffineMap::getMultiDimIdentityMap(x.rank(), node.getContext());
  Tensor y = pointwise(node, x.element, node.sizes(sum), {sum}, {identity}, [&](Scalars &s, ValueRange v) -> Value {
    if (even)
      return s.div(v[0], s.like(v[0], all));
    Value count;
    for (auto [i, axis] : llvm::enumerate(*window)) {
      Value taps = tapsInside(s, axis, linalg::IndexOp::create(s, 2 + i), counted[i].first, counted[i].second);
      count = count ? s.mul(count, taps) : taps;
    }
    return s.div(v[0], s.fromIndex(count, type));
  });
  return node.set(op.getY(), y);
}

/// |x|^p, or its sum's p-th root when `root`.
static Value power(Scalars &s, Value x, int64_t p, bool root) {
  if (p == 1)
    return root ? x : s.abs(x);
  if (p == 2)
    return root ? s.sqrt(x) : s.mul(x, x);
  return math::PowFOp::create(s, root ? x : s.abs(x), s.like(x, root ? 1.0 / p : p));
}

static Tensor rootOf(Node &node, const Tensor &sum, int64_t p, Type element) {
  AffineMap identity = AffineMap::getMultiDimIdentityMap(sum.rank(), node.getContext());
  return pointwise(node, element, node.sizes(sum), {sum}, {identity}, [&](Scalars &s, ValueRange v) { return power(s, v[0], p, true); });
}

static LogicalResult lowerLpPool(Node &node, onnx::LpPoolOp op) {
  Tensor x = node.get(op.getX());
  FailureOr<Window> window = windowOf(node, x, op);
  if (failed(window))
    return failure();
  Value zero = scalarConstant(node, computeType(x.element), 0);
  Tensor sum = slide(node, x, *window, stored(node, zero, x.element), zero, [&](Scalars &s, ValueRange v, Value total) {
    return s.add(total, power(s, v[0], op.getP(), false));
  });
  return node.set(op.getY(), rootOf(node, sum, op.getP(), x.element));
}

// ---- Global pooling ----

static SmallVector<int64_t> spatialAxes(const Tensor &x) { return llvm::to_vector(llvm::seq<int64_t>(2, x.rank())); }

/// Batch and channels as [batch, channels, 1, ...].
static LogicalResult setGlobal(Node &node, Value result, const Tensor &x, const Tensor &y) {
  Sizes sizes = node.sizes(x);
  std::fill(sizes.begin() + 2, sizes.end(), node.index(1));
  return node.set(result, node.reshape(y, sizes));
}

static LogicalResult lowerGlobalMaxPool(Node &node, onnx::GlobalMaxPoolOp op) {
  Tensor x = node.get(op.getX());
  Tensor y = accumulateAxes(node, x, spatialAxes(x), leastValue(node, x.element), [](Scalars &s, ValueRange v, Value best) { return s.max(best, v[0]); });
  return setGlobal(node, op.getY(), x, asElement(node, y, x.element));
}

static LogicalResult lowerGlobalAveragePool(Node &node, onnx::GlobalAveragePoolOp op) {
  Tensor x = node.get(op.getX());
  Type type = computeType(x.element);
  Tensor sum = accumulateAxes(node, x, spatialAxes(x), scalarConstant(node, type, 0), [](Scalars &s, ValueRange v, Value total) { return s.add(total, v[0]); });
  Value count = node.indexValue(node.product(ArrayRef<OpFoldResult>(node.sizes(x)).drop_front(2)));
  AffineMap identity = AffineMap::getMultiDimIdentityMap(2, node.getContext());
  Tensor y = pointwise(node, x.element, node.sizes(sum), {sum}, {identity}, [&](Scalars &s, ValueRange v) { return s.div(v[0], s.fromIndex(count, type)); });
  return setGlobal(node, op.getY(), x, y);
}

static LogicalResult lowerGlobalLpPool(Node &node, onnx::GlobalLpPoolOp op) {
  Tensor x = node.get(op.getX());
  Tensor sum = accumulateAxes(node, x, spatialAxes(x), scalarConstant(node, computeType(x.element), 0), [&](Scalars &s, ValueRange v, Value total) {
    return s.add(total, power(s, v[0], op.getP(), false));
  });
  return setGlobal(node, op.getY(), x, rootOf(node, sum, op.getP(), x.element));
}

void addPooling(OperatorList &list) {
  list.add<onnx::AveragePoolOp>(lowerAveragePool);
  list.add<onnx::GlobalAveragePoolOp>(lowerGlobalAveragePool);
  list.add<onnx::GlobalLpPoolOp>(lowerGlobalLpPool);
  list.add<onnx::GlobalMaxPoolOp>(lowerGlobalMaxPool);
  list.add<onnx::LpPoolOp>(lowerLpPool);
  list.add<onnx::MaxPoolOp>(lowerMaxPool);
}

} // namespace motion
