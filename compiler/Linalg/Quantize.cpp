// QuantizeLinear and DequantizeLinear, per tensor, per index of an axis, or per block of it:
//   y = saturate(round_half_even(x / scale) + zero)     and     y = (x - zero) * scale
#include "compiler/Linalg/Pull.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

/// A number in f32 (f64 stays), exact for all types that are quantised.
static Value toFloat(Scalars &s, Value stored, Type element) {
  Value value = decode(s, stored, element);
  return isFloat(value) ? value : convert(s, value, element, s.getF32Type());
}

namespace {
/// Which elements of scale and zero point belong to an element of the input.
class Granularity {
public:
  static FailureOr<Granularity> get(Node &node, const Tensor &x, const Tensor &scale, const Tensor &zero, int64_t axis, int64_t block) {
    Granularity result;
    result.axis = normaliseAxis(axis, x.rank());
    result.block = block;
    result.isWhole = scale.type().hasStaticShape() && scale.type().getNumElements() == 1;
    if (result.isWhole || fits(node, x, scale, result.axis, block)) {
      const bool onlyOne = zero && zero.type().hasStaticShape() && zero.type().getNumElements() == 1;
      if (!zero || (result.isWhole ? onlyOne : zero.type().getShape() == scale.type().getShape()))
        return result;
      (void)node.refuse("a zero point of the shape of the scale", spell(zero.value.getType()));
      return failure();
    }
    (void)node.refuse("one scale, one per index of axis " + std::to_string(axis) + ", or one per block of it", spell(scale.value.getType()));
    return failure();
  }

  /// The element of scale or zero point for a place in the input, as a float.
  Value elementFor(Scalars &s, const Tensor &parameter, ValueRange place) const {
    SmallVector<Value> at(parameter.rank(), indexConstant(s, 0));
    if (!isWhole && !block)
      at[0] = place[axis];
    if (!isWhole && block) {
      at.assign(place.begin(), place.end());
      at[axis] = arith::DivUIOp::create(s, place[axis], indexConstant(s, block));
    }
    return toFloat(s, elementAt(s, parameter, at), parameter.element);
  }

private:
  static bool fits(Node &node, const Tensor &x, const Tensor &scale, int64_t axis, int64_t block) {
    if (axis < 0 || axis >= x.rank())
      return false;
    const Sizes sizes = node.sizes(x), scales = node.sizes(scale);
    if (!block)
      return scale.rank() == 1 && sameSize(scales[0], sizes[axis]);
    if (scale.rank() != x.rank() || block < 0)
      return false;
    for (int64_t dim = 0; dim < x.rank(); ++dim) {
      auto extent = constantSize(sizes[dim]), count = constantSize(scales[dim]);
      if (dim == axis ? !extent || !count || *count != static_cast<int64_t>(llvm::divideCeil(*extent, block)) : !sameSize(sizes[dim], scales[dim]))
        return false;
    }
    return true;
  }

  int64_t axis = 0, block = 0;
  bool isWhole = false;
};
} // namespace

static Value roundTo(Scalars &s, Value value, Type element) { return isNarrowFloat(element) ? decode(s, encode(s, value, element), element) : value; }

/// A whole number within the range of an integer type; larger types saturate when they are converted to.
static Value saturated(Scalars &s, Value value, Type element) {
  const unsigned width = element.getIntOrFloatBitWidth();
  if (width >= 8)
    return value;
  const double low = isUnsigned(element) ? 0 : -double(1 << (width - 1)), high = isUnsigned(element) ? (1 << width) - 1 : (1 << (width - 1)) - 1;
  return s.min(s.max(value, s.like(value, low)), s.like(value, high));
}

/// The type that the division is made in.
static Type precisionOf(Node &node, onnx::QuantizeLinearOp op, Type scale) {
  switch (op.getPrecision()) {
  case 1: return node.getF32Type();
  case 10: return node.getF16Type();
  case 16: return node.getBF16Type();
  default: return scale;
  }
}

static LogicalResult lowerQuantizeLinear(Node &node, onnx::QuantizeLinearOp op) {
  Tensor x = node.get(op.getX()), scale = node.get(op.getYScale()), zero = node.get(op.getYZeroPoint());
  FailureOr<Granularity> granularity = Granularity::get(node, x, scale, zero, op.getAxis(), op.getBlockSize());
  if (failed(granularity))
    return failure();
  const Type element = getElementTypeOrSelf(op.getY().getType()), precision = precisionOf(node, op, scale.element);
  const bool saturate = op.getSaturate();
  auto identity = AffineMap::getMultiDimIdentityMap(x.rank(), node.getContext());
  Tensor y = pullWith(node, node.sizes(x), element, x, identity, [&](Scalars &s, ValueRange v) {
    ValueRange place = v.drop_back();
    Value dividend = roundTo(s, toFloat(s, v.back(), x.element), precision);
    Value divisor = roundTo(s, granularity->elementFor(s, scale, place), precision);
    Value quotient = roundTo(s, s.div(dividend, divisor), precision);
    if (isa<FloatType>(element))
      return encode(s, quotient, element, saturate);
    Value rounded = math::RoundEvenOp::create(s, quotient);
    if (zero)
      rounded = s.add(rounded, granularity->elementFor(s, zero, place));
    return encode(s, convert(s, saturated(s, rounded, element), s.getF32Type(), element), element);
  });
  return node.set(op.getY(), y);
}

static LogicalResult lowerDequantizeLinear(Node &node, onnx::DequantizeLinearOp op) {
  Tensor x = node.get(op.getX()), scale = node.get(op.getXScale()), zero = node.get(op.getXZeroPoint());
  FailureOr<Granularity> granularity = Granularity::get(node, x, scale, zero, op.getAxis(), op.getBlockSize());
  if (failed(granularity))
    return failure();
  const Type element = getElementTypeOrSelf(op.getY().getType());
  auto identity = AffineMap::getMultiDimIdentityMap(x.rank(), node.getContext());
  Tensor y = pullWith(node, node.sizes(x), element, x, identity, [&](Scalars &s, ValueRange v) {
    ValueRange place = v.drop_back();
    Value value = toFloat(s, v.back(), x.element);
    if (zero && !zero.isFloat())
      value = s.sub(value, granularity->elementFor(s, zero, place));
    return encode(s, s.mul(value, granularity->elementFor(s, scale, place)), element);
  });
  return node.set(op.getY(), y);
}

void addQuantization(OperatorList &list) {
  list.add<onnx::DequantizeLinearOp>(lowerDequantizeLinear);
  list.add<onnx::QuantizeLinearOp>(lowerQuantizeLinear);
}

} // namespace motion
