// Resize, one axis after the other (interpolation is separable). Each axis first makes small tables of places and weights, in f64:
//   %at, %w = linalg.generic outs(tensor<OUTxTAPSxi32>), outs(tensor<OUTxTAPSxf32>)
//   linalg.generic outs(%e) { sum over taps of %w[%o, t] * %x[..., %at[%o, t], ...] }
// Formulas as in the standard's reference implementation (onnx/reference/ops/op_resize.py): taps lie around ceil(x) - 1, so that a source
// coordinate x that is whole takes its left neighbour with weight 0.
#include "compiler/Linalg/Resize.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

static Value floorOf(Scalars &s, Value x) { return math::FloorOp::create(s, x); }
static Value ceilOf(Scalars &s, Value x) { return math::CeilOp::create(s, x); }

Value resizeScale(Scalars &s, const ResizeAxis &axis, const ResizeMode &mode) {
  const Type f64 = s.getF64Type();
  const auto requested = [&](int64_t i, Value extent) {
    Value size = toIndex(s, elementAt(s, mode.sizes, indexConstant(s, i)), mode.sizes.element);
    return s.div(s.fromIndex(size, f64), s.fromIndex(extent, f64));
  };
  if (mode.scales)
    return convert(s, elementAt(s, mode.scales, indexConstant(s, axis.operand)), mode.scales.element, f64);
  if (mode.aspect == "stretch")
    return s.div(s.fromIndex(axis.newExtent, f64), s.fromIndex(axis.extent, f64));
  Value scale;
  for (auto [i, extent] : llvm::enumerate(mode.extents)) {
    Value other = requested(i, extent);
    scale = !scale ? other : mode.aspect == "not_larger" ? s.min(scale, other) : s.max(scale, other);
  }
  return scale;
}

/// The source coordinate of place `at`; `outside` becomes the condition for the extrapolation value, where the mode has one.
static Value sourceOf(Scalars &s, const ResizeAxis &axis, const ResizeMode &mode, Value at, Value &outside) {
  const Type f64 = s.getF64Type();
  Value y = s.fromIndex(at, f64), in = s.fromIndex(axis.extent, f64), scale = resizeScale(s, axis, mode), width = s.mul(scale, in);
  Value one = s.constant(f64, 1), half = s.constant(f64, 0.5), isOne = s.equal(width, one);
  Value halfPixel = s.sub(s.div(s.add(y, half), scale), half);
  Value steps = s.sub(s.select(isOne, s.constant(f64, 2), width), one), last = s.sub(in, one);
  if (mode.coordinates == "align_corners")
    return s.select(isOne, s.constant(f64, 0), s.div(s.mul(y, last), steps));
  if (mode.coordinates == "asymmetric")
    return s.div(y, scale);
  if (mode.coordinates == "pytorch_half_pixel")
    return s.select(isOne, s.constant(f64, -0.5), halfPixel);
  if (mode.coordinates == "half_pixel_symmetric") {
    Value adjustment = s.div(s.fromIndex(axis.newExtent, f64), width);
    return s.add(s.mul(s.mul(in, half), s.sub(one, adjustment)), halfPixel);
  }
  if (mode.coordinates != "tf_crop_and_resize")
    return halfPixel;
  const auto roi = [&](int64_t i) { return convert(s, decode(s, elementAt(s, mode.roi, indexConstant(s, i)), mode.roi.element), mode.roi.element, f64); };
  Value from = roi(axis.operand), to = roi(mode.extents.size() + axis.operand), span = s.sub(to, from);
  Value middle = s.mul(s.mul(span, last), half);
  Value x = s.add(s.select(isOne, middle, s.div(s.mul(s.mul(y, span), last), steps)), s.mul(from, last));
  outside = arith::OrIOp::create(s, s.less(x, s.constant(f64, 0)), s.less(last, x));
  return x;
}

/// The interpolation kernel at a distance from the sample.
static Value kernelAt(Scalars &s, const ResizeMode &mode, Value distance) {
  Value d = s.abs(distance), zero = s.like(d, 0), one = s.like(d, 1);
  if (!mode.cubic)
    return s.max(s.sub(one, d), zero);
  const double a = mode.cubicA;
  Value square = s.mul(d, d), cube = s.mul(square, d);
  Value near = s.add(s.sub(s.mul(s.like(d, a + 2), cube), s.mul(s.like(d, a + 3), square)), one);
  Value far = s.sub(s.add(s.sub(s.mul(s.like(d, a), cube), s.mul(s.like(d, 5 * a), square)), s.mul(s.like(d, 8 * a), d)), s.like(d, 4 * a));
  return s.select(s.lessEqual(d, one), near, s.select(s.less(d, s.like(d, 2)), far, zero));
}

static Value nearestPlace(Scalars &s, StringRef rounding, Value x) {
  Value low = floorOf(s, x), fraction = s.sub(x, low), half = s.like(x, 0.5);
  if (rounding == "floor")
    return low;
  if (rounding == "ceil")
    return ceilOf(s, x);
  Value down = rounding == "round_prefer_floor" ? s.lessEqual(fraction, half) : s.less(fraction, half);
  return s.select(down, low, s.add(low, s.like(x, 1)));
}

/// (new place, tap) -> place in the source, -1 where the extrapolation value stands.
static Tensor placeTable(Node &node, const ResizeAxis &axis, const ResizeMode &mode) {
  const Type i32 = node.getI32Type();
  return pull(node, {axis.newSize, node.index(axis.taps)}, i32, [&](Scalars &s, ValueRange v) {
    Value outside, x = sourceOf(s, axis, mode, v[0], outside);
    Value place;
    if (mode.nearest) {
      place = wholePlace(s, nearestPlace(s, mode.rounding, x));
    } else {
      Value first = s.add(ceilOf(s, x), s.like(x, -axis.taps / 2));
      place = s.add(wholePlace(s, first), v[1]);
    }
    place = s.fromIndex(clampIndex(s, place, axis.extent), i32);
    return outside ? s.select(outside, s.integer(i32, -1), place) : place;
  });
}

/// (new place, tap) -> weight.
static Tensor weightTable(Node &node, const ResizeAxis &axis, const ResizeMode &mode, Type type) {
  return pull(node, {axis.newSize, node.index(axis.taps)}, type, [&](Scalars &s, ValueRange v) {
    const Type f64 = s.getF64Type();
    Value outside, x = sourceOf(s, axis, mode, v[0], outside);
    Value place = s.add(s.add(ceilOf(s, x), s.like(x, -axis.taps / 2)), s.fromIndex(v[1], f64));
    Value distance = s.sub(place, x);
    if (mode.antialias)
      distance = s.mul(distance, s.min(resizeScale(s, axis, mode), s.constant(f64, 1)));
    Value weight = kernelAt(s, mode, distance);
    if (mode.excludeOutside) {
      Value last = s.sub(s.fromIndex(axis.extent, f64), s.constant(f64, 1)), zero = s.constant(f64, 0);
      Value inside = arith::AndIOp::create(s, s.lessEqual(zero, place), s.lessEqual(place, last));
      weight = s.select(inside, weight, zero);
    }
    return type.isF64() ? weight : arith::TruncFOp::create(s, type, weight).getResult();
  });
}

Tensor resizeAxis(Node &node, const Tensor &x, const ResizeAxis &axis, const ResizeMode &mode) {
  Sizes sizes = node.sizes(x);
  sizes[axis.dim] = axis.newSize;
  Tensor places = placeTable(node, axis, mode), weights;
  if (!mode.nearest)
    weights = weightTable(node, axis, mode, x.element);
  return pull(node, sizes, x.element, [&](Scalars &s, ValueRange v) {
    SmallVector<Value> from(v);
    Value sum, total, outside;
    for (int64_t tap = 0; tap < axis.taps; ++tap) {
      SmallVector<Value> entry{v[axis.dim], indexConstant(s, tap)};
      Value place = toIndex(s, elementAt(s, places, entry), places.element);
      if (mode.coordinates == "tf_crop_and_resize" && !outside)
        outside = s.less(place, indexConstant(s, 0));
      from[axis.dim] = clampIndex(s, place, axis.extent);
      Value element = elementAt(s, x, from);
      if (mode.nearest) {
        sum = element;
        break;
      }
      Value weight = elementAt(s, weights, entry), term = s.mul(weight, element);
      sum = sum ? s.add(sum, term) : term;
      total = total ? s.add(total, weight) : weight;
    }
    if (mode.excludeOutside || mode.antialias)
      sum = s.div(sum, s.select(s.equal(total, s.like(total, 0)), s.like(total, 1), total));
    if (!outside)
      return sum;
    Value around = s.constant(computeType(mode.element), mode.extrapolation);
    return s.select(outside, mode.nearest ? encode(s, around, mode.element) : s.constant(x.element, mode.extrapolation), sum);
  });
}

} // namespace motion
