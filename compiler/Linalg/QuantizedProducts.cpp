// Products of quantised tensors: zero points are subtracted first, sums are exact in i32, and the result is requantised once:
//   y = saturate(round_half_even(sum * a_scale * b_scale / y_scale) + y_zero_point)
#include "compiler/Linalg/Contraction.h"
#include "compiler/Linalg/Convolution.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

namespace {

/// A vector of more than one element as a tensor of rank `rank` along `axis`; anything else as it is.
Tensor along(Node &node, const Tensor &vector, int64_t rank, int64_t axis) {
  if (!vector || vector.rank() != 1 || vector.type().getDimSize(0) == 1)
    return vector;
  Sizes sizes(rank, node.index(1));
  sizes[axis] = node.sizes(vector)[0];
  return node.reshape(vector, sizes);
}

/// x - zero point: i32 for integers, f32 for floats.
FailureOr<Tensor> centre(Node &node, const Tensor &x, const Tensor &zeroPoint) {
  const Type wide = x.isFloat() ? Type(node.getF32Type()) : Type(node.getI32Type());
  if (!zeroPoint)
    return convertTensor(node, x, wide);
  const auto widened = [&](Scalars &s, Value v, const Tensor &t) { return x.isFloat() ? v : convert(s, v, t.element, wide); };
  return elementwise(node, wide, {x, zeroPoint}, [&](Scalars &s, ValueRange v) { return s.sub(widened(s, v[0], x), widened(s, v[1], zeroPoint)); });
}

/// What turns a sum into a quantised value; everything broadcasts to the sum.
struct Requantisation {
  Tensor aScale, bScale, yScale, yZeroPoint;
};

/// A rounded float in `element`, whose range it is clamped to.
Value saturate(Scalars &s, Value rounded, Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer)
    return rounded;
  const double most = std::ldexp(1.0, isUnsigned(integer) ? integer.getWidth() : integer.getWidth() - 1) - 1, least = isUnsigned(integer) ? 0 : -most - 1;
  Value inside = s.max(s.min(rounded, s.like(rounded, most)), s.like(rounded, least));
  return convert(s, inside, rounded.getType(), element);
}

FailureOr<Tensor> requantise(Node &node, const Tensor &sum, const Requantisation &by, Type element) {
  SmallVector<Tensor> inputs{sum, by.aScale, by.bScale, by.yScale};
  if (by.yZeroPoint)
    inputs.push_back(by.yZeroPoint);
  return elementwise(node, element, inputs, [&](Scalars &s, ValueRange v) {
    const Type f32 = s.getF32Type();
    Value scale = s.div(s.mul(v[1], v[2]), v[3]);
    Value scaled = s.mul(convert(s, v[0], sum.element, f32), scale);
    if (!isa<IntegerType>(element))
      return by.yZeroPoint ? s.add(scaled, v[4]) : scaled;
    Value rounded = math::RoundEvenOp::create(s, scaled);
    return saturate(s, by.yZeroPoint ? s.add(rounded, convert(s, v[4], by.yZeroPoint.element, f32)) : rounded, element);
  }, /*saturate=*/true);
}

LogicalResult lowerQLinearMatMul(Node &node, onnx::QLinearMatMulOp op) {
  Tensor a = node.get(op.getA()), b = node.get(op.getB());
  const auto rows = [&](Value value) { return along(node, node.get(value), 2, 0); };
  FailureOr<Tensor> left = centre(node, a, rows(op.getAZeroPoint())), right = centre(node, b, node.get(op.getBZeroPoint()));
  if (failed(left) || failed(right))
    return failure();
  FailureOr<Tensor> sum = matmul(node, *left, *right, left->element);
  if (failed(sum))
    return failure();
  Requantisation by{rows(op.getAScale()), node.get(op.getBScale()), rows(op.getYScale()), rows(op.getYZeroPoint())};
  FailureOr<Tensor> y = requantise(node, *sum, by, getElementTypeOrSelf(op.getY().getType()));
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

LogicalResult lowerConvInteger(Node &node, onnx::ConvIntegerOp op) {
  Tensor x = node.get(op.getX()), w = node.get(op.getW());
  FailureOr<Tensor> data = centre(node, x, node.get(op.getXZeroPoint())), weights = centre(node, w, along(node, node.get(op.getWZeroPoint()), w.rank(), 0));
  if (failed(data) || failed(weights))
    return failure();
  FailureOr<Tensor> y = convolve(node, op, *data, *weights, {});
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

LogicalResult lowerQLinearConv(Node &node, onnx::QLinearConvOp op) {
  Tensor x = node.get(op.getX()), w = node.get(op.getW());
  FailureOr<Tensor> data = centre(node, x, node.get(op.getXZeroPoint())), weights = centre(node, w, along(node, node.get(op.getWZeroPoint()), w.rank(), 0));
  if (failed(data) || failed(weights))
    return failure();
  FailureOr<Tensor> sum = convolve(node, op, *data, *weights, {});
  if (succeeded(sum) && op.getB())
    sum = elementwise(node, sum->element, {*sum, along(node, node.get(op.getB()), x.rank(), 1)}, [](Scalars &s, ValueRange v) { return s.add(v[0], v[1]); });
  if (failed(sum))
    return failure();
  Requantisation by{node.get(op.getXScale()), along(node, node.get(op.getWScale()), x.rank(), 1), node.get(op.getYScale()), node.get(op.getYZeroPoint())};
  FailureOr<Tensor> y = requantise(node, *sum, by, getElementTypeOrSelf(op.getY().getType()));
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

} // namespace

void addQuantizedProducts(OperatorList &list) {
  list.add<onnx::ConvIntegerOp>(lowerConvInteger);
  list.add<onnx::QLinearConvOp>(lowerQLinearConv);
  list.add<onnx::QLinearMatMulOp>(lowerQLinearMatMul);
}

} // namespace motion
