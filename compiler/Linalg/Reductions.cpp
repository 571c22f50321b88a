// The operators Reduce*, ArgMax and ArgMin:
//   onnx.ReduceMean(%x : ?x8x4, axes [1])  ->  linalg.fill 0, linalg.generic (parallel, reduction, parallel) {addf}, a pointwise product with 1/8
// Axes may be values that are known at run time only (RuntimeReduction.cpp).
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Reduction.h"
#include "compiler/Linalg/RuntimeReduction.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

namespace {

/// How one operator differs from the others.
struct Form {
  Kind kind;
  Value (*before)(Scalars &, Value) = nullptr;
  /// From the reduced value and the number of elements to the result.
  Value (*after)(Scalars &, Value, Value count) = nullptr;
};

Value square(Scalars &s, Value x) { return s.mul(x, x); }
Value squareRoot(Scalars &s, Value x, Value) {
  if (isFloat(x))
    return s.sqrt(x);
  return convert(s, s.sqrt(convert(s, x, x.getType(), s.getF64Type())), s.getF64Type(), x.getType());
}
Value logarithm(Scalars &s, Value x, Value) {
  if (isFloat(x))
    return s.log(x);
  return convert(s, s.log(convert(s, x, x.getType(), s.getF64Type())), s.getF64Type(), x.getType());
}
Value mean(Scalars &s, Value x, Value count) { return s.div(x, count); }

using Before = llvm::function_ref<Value(Scalars &, Value)>;
/// A null pointer is no function: a function_ref to it would be.
Before beforeOf(const Form &form) { return form.before ? Before(form.before) : Before(nullptr); }

/// The axes that are reduced; nothing where they are known at run time only.
std::optional<SmallVector<int64_t>> axesOf(Node &node, Value operand, int64_t rank, bool noop) {
  SmallVector<int64_t> axes;
  if (operand) {
    auto type = cast<RankedTensorType>(operand.getType());
    std::optional<SmallVector<int64_t>> known = node.constants(operand);
    if (!known && !(type.hasStaticShape() && type.getNumElements() == 0))
      return std::nullopt;
    for (int64_t axis : known.value_or(SmallVector<int64_t>{}))
      axes.push_back(normaliseAxis(axis, rank));
  }
  if (axes.empty() && !noop)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  return axes;
}

/// `after`, applied element by element, and the rounding to the operator's element type.
Tensor finish(Node &node, const Tensor &reduced, Type element, OpFoldResult count, const Form &form) {
  if (!form.after)
    return convertTensor(node, reduced, element);
  AffineMap identity = AffineMap::getMultiDimIdentityMap(reduced.rank(), node.getContext());
  Value captured = constantSize(count) ? Value() : node.indexValue(count);
  return pointwise(node, element, node.sizes(reduced), {reduced}, {identity}, [&](Scalars &s, ValueRange v) {
    const Type type = v[0].getType();
    Value number = captured ? s.fromIndex(captured, type) : s.constant(type, *constantSize(count));
    return form.after(s, v[0], number);
  });
}

/// Leaves infinities out of a shift: exp(x - inf) has no meaning.
Value finite(Scalars &s, Value v) {
  Value isFinite = s.less(s.abs(v), s.like(v, std::numeric_limits<double>::infinity()));
  return s.select(isFinite, v, s.like(v, 0));
}

/// log(sum(exp(x))), with the largest element taken out so that nothing overflows.
Tensor logSumExp(Node &node, const Tensor &x, ArrayRef<int64_t> axes, bool keepDims, Type element) {
  Tensor largest = reduce(node, x, axes, false, Kind::Max);
  AffineMap identity = AffineMap::getMultiDimIdentityMap(x.rank(), node.getContext()), out = withoutAxes(node, x.rank(), axes);
  const Type type = largest.element;
  Tensor sum = reduce(node, type, node.sizes(x), axes, false, {x, largest}, {identity, out}, neutral(node, Kind::Sum, type),
                      [&](Scalars &s, Value accumulator, ValueRange v) { return s.add(accumulator, s.exp(s.sub(v[0], finite(s, v[1])))); });
  AffineMap all = AffineMap::getMultiDimIdentityMap(sum.rank(), node.getContext());
  Tensor y = pointwise(node, element, node.sizes(sum), {sum, largest}, {all, all},
                       [&](Scalars &s, ValueRange v) { return s.add(s.log(v[0]), finite(s, v[1])); });
  if (!keepDims)
    return y;
  Sizes kept = node.sizes(x);
  for (int64_t axis : axes)
    kept[axis] = node.index(1);
  return node.reshape(y, kept);
}

/// Axes that are known at run time only.
template <typename Op> LogicalResult lowerRuntimeReduction(Node &node, Op op, const Form &form) {
  Tensor x = node.get(op.getData());
  const auto along = [&](Kind kind, llvm::function_ref<Value(Scalars &, Value, Value)> before, const Tensor &shift = {}) {
    return reduceAlongRuntimeAxes(node, x, op.getAxes(), op.getReduced(), kind, before, shift);
  };
  if constexpr (std::is_same_v<Op, onnx::ReduceLogSumExpOp>) {
    FailureOr<RuntimeReduced> largest = along(Kind::Max, nullptr);
    if (failed(largest))
      return failure();
    FailureOr<RuntimeReduced> sum =
        along(Kind::Sum, [](Scalars &s, Value v, Value shift) { return s.exp(s.sub(v, finite(s, shift))); }, largest->tensor);
    if (failed(sum))
      return failure();
    AffineMap all = AffineMap::getMultiDimIdentityMap(sum->tensor.rank(), node.getContext());
    return node.set(op.getReduced(), pointwise(node, x.element, node.sizes(sum->tensor), {sum->tensor, largest->tensor}, {all, all},
                                               [](Scalars &s, ValueRange v) { return s.add(s.log(v[0]), finite(s, v[1])); }));
  }
  const auto before = [&](Scalars &s, Value v, Value) { return form.before ? form.before(s, v) : v; };
  FailureOr<RuntimeReduced> reduced = along(form.kind, before);
  return failed(reduced) ? failure() : node.set(op.getReduced(), finish(node, reduced->tensor, x.element, reduced->count, form));
}

template <typename Op> LogicalResult lowerReduction(Node &node, Op op, const Form &form) {
  Tensor x = node.get(op.getData());
  std::optional<SmallVector<int64_t>> axes = axesOf(node, op.getAxes(), x.rank(), op.getNoopWithEmptyAxes());
  const bool keepDims = op.getKeepdims();
  if (!axes)
    return lowerRuntimeReduction(node, op, form);
  for (int64_t axis : *axes)
    if (axis < 0 || axis >= x.rank())
      return node.refuse("axes of a tensor of rank " + std::to_string(x.rank()), spell(*axes));
  if (axes->empty() && op.getNoopWithEmptyAxes())
    return node.set(op.getReduced(), x);
  if (std::is_same_v<Op, onnx::ReduceLogSumExpOp>) {
    if (!x.isFloat())
      return node.refuse("floating-point elements", spell(x.element));
    return node.set(op.getReduced(), logSumExp(node, x, *axes, keepDims, x.element));
  }
  Sizes sizes = node.sizes(x), reducedSizes;
  for (int64_t axis : *axes)
    reducedSizes.push_back(sizes[axis]);
  Tensor reduced = reduce(node, x, *axes, keepDims, form.kind, beforeOf(form));
  return node.set(op.getReduced(), finish(node, reduced, x.element, node.product(reducedSizes), form));
}

template <typename Op> void addReduction(OperatorList &list, Form form) {
  list.add<Op>([form](Node &node, Op op) { return lowerReduction(node, op, form); });
}

template <typename Op> LogicalResult lowerArg(Node &node, Op op) {
  Tensor x = node.get(op.getData());
  const int64_t axis = normaliseAxis(op.getAxis(), x.rank());
  if (axis < 0 || axis >= x.rank())
    return node.refuse("an axis of a tensor of rank " + std::to_string(x.rank()), std::to_string(op.getAxis()));
  Tensor place = argMax(node, x, axis, std::is_same_v<Op, onnx::ArgMinOp>, op.getSelectLastIndex());
  if (!op.getKeepdims())
    return node.set(op.getReduced(), place);
  Sizes kept = node.sizes(x);
  kept[axis] = node.index(1);
  return node.set(op.getReduced(), node.reshape(place, kept));
}

} // namespace

void addReductions(OperatorList &list) {
  addReduction<onnx::ReduceL1Op>(list, {Kind::Sum, [](Scalars &s, Value x) { return s.abs(x); }});
  addReduction<onnx::ReduceL2Op>(list, {Kind::Sum, square, squareRoot});
  addReduction<onnx::ReduceLogSumOp>(list, {Kind::Sum, nullptr, logarithm});
  addReduction<onnx::ReduceLogSumExpOp>(list, {Kind::Sum});
  addReduction<onnx::ReduceMaxOp>(list, {Kind::Max});
  addReduction<onnx::ReduceMeanOp>(list, {Kind::Sum, nullptr, mean});
  addReduction<onnx::ReduceMinOp>(list, {Kind::Min});
  addReduction<onnx::ReduceProdOp>(list, {Kind::Product});
  addReduction<onnx::ReduceSumOp>(list, {Kind::Sum});
  addReduction<onnx::ReduceSumSquareOp>(list, {Kind::Sum, square});
  list.add<onnx::ArgMaxOp>(lowerArg<onnx::ArgMaxOp>);
  list.add<onnx::ArgMinOp>(lowerArg<onnx::ArgMinOp>);
}

} // namespace motion
