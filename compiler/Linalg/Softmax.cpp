// Softmax and LogSoftmax along one axis:
//   m = max(x);  e = exp(x - m);  s = sum(e);  y = e / s            (largest element taken out: nothing overflows)
// e and s of Softmax are rounded to x's element type, as the nodes of the standard's function are: f16 results of Attention depend on it.
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Reduction.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

static FailureOr<int64_t> axisOf(Node &node, int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) {
    (void)node.refuse("an axis of a tensor of rank " + std::to_string(rank), std::to_string(axis));
    return failure();
  }
  return normaliseAxis(axis, rank);
}

static LogicalResult lowerSoftmax(Node &node, onnx::SoftmaxOp op) {
  Tensor x = node.get(op.getInput());
  FailureOr<int64_t> axis = axisOf(node, op.getAxis(), x.rank());
  if (failed(axis))
    return failure();
  const Sizes sizes = node.sizes(x);
  AffineMap all = AffineMap::getMultiDimIdentityMap(x.rank(), node.getContext()), rows = withoutAxes(node, x.rank(), {*axis});
  Tensor largest = reduce(node, x, {*axis}, false, Kind::Max);
  Tensor e = pointwise(node, x.element, sizes, {x, largest}, {all, rows}, [](Scalars &s, ValueRange v) { return s.exp(s.sub(v[0], v[1])); });
  Tensor sum = convertTensor(node, reduce(node, e, {*axis}, false, Kind::Sum), x.element);
  return node.set(op.getOutput(), pointwise(node, x.element, sizes, {e, sum}, {all, rows}, [](Scalars &s, ValueRange v) { return s.div(v[0], v[1]); }));
}

static Tensor logSoftmax(Node &node, const Tensor &x, int64_t axis) {
  AffineMap all = AffineMap::getMultiDimIdentityMap(x.rank(), node.getContext()), rows = withoutAxes(node, x.rank(), {axis});
  Tensor largest = reduce(node, x, {axis}, false, Kind::Max);
  const Type type = largest.element;
  Tensor sum = reduce(node, type, node.sizes(x), {axis}, false, {x, largest}, {all, rows}, neutral(node, Kind::Sum, type),
                      [](Scalars &s, Value accumulator, ValueRange v) { return s.add(accumulator, s.exp(s.sub(v[0], v[1]))); });
  AffineMap row = AffineMap::getMultiDimIdentityMap(sum.rank(), node.getContext());
  Tensor logarithm = pointwise(node, type, node.sizes(sum), {sum}, {row}, [](Scalars &s, ValueRange v) { return s.log(v[0]); });
  return pointwise(node, x.element, node.sizes(x), {x, largest, logarithm}, {all, rows, rows},
                   [](Scalars &s, ValueRange v) { return s.sub(s.sub(v[0], v[1]), v[2]); });
}

static LogicalResult lowerLogSoftmax(Node &node, onnx::LogSoftmaxOp op) {
  Tensor x = node.get(op.getInput());
  FailureOr<int64_t> axis = axisOf(node, op.getAxis(), x.rank());
  return failed(axis) ? failure() : node.set(op.getOutput(), logSoftmax(node, x, *axis));
}

void addSoftmaxOperators(OperatorList &list) {
  list.add<onnx::LogSoftmaxOp>(lowerLogSoftmax);
  list.add<onnx::SoftmaxOp>(lowerSoftmax);
}

} // namespace motion
