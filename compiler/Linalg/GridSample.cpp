// GridSample: elements interpolated at coordinates that are data, in any number of spatial dimensions.
// Formulas as in the standard's reference implementation (onnx/reference/ops/op_grid_sample.py).
#include "compiler/Linalg/Pull.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {
namespace {

enum class Border { Zeros, Edge, Reflection };

struct GridMode {
  Border border = Border::Zeros;
  int64_t radius = 0; ///< 0: nearest, 1: linear, 2: cubic
  bool alignCorners = false;
};

/// A source element along one dimension: where, with which weight, and whether it exists (null: it does).
struct Tap {
  Value place, weight, exists;
};

Value product(Scalars &s, Value a, Value b) { return arith::MulFOp::create(s, a, b); }

/// From [-1, 1] to places, without fused operations: what is half-way must stay half-way.
Value denormalise(Scalars &s, Value x, Value extent, bool alignCorners) {
  Value one = s.like(x, 1), length = s.fromIndex(extent, x.getType()), up = arith::AddFOp::create(s, x, one);
  if (alignCorners)
    return product(s, product(s, up, s.like(x, 0.5)), arith::SubFOp::create(s, length, one));
  return product(s, arith::SubFOp::create(s, product(s, up, length), one), s.like(x, 0.5));
}

/// Mirrored at `low` and `high` until it is between them.
Value reflect(Scalars &s, Value x, Value low, Value high) {
  Value range = s.max(s.sub(high, low), s.like(x, 1e-30)), below = s.less(x, low), above = s.less(high, x);
  Value distance = s.select(below, s.sub(low, x), s.sub(x, high));
  Value times = math::FloorOp::create(s, s.div(distance, range));
  Value rest = arith::SubFOp::create(s, distance, product(s, times, range)), half = product(s, times, s.like(x, 0.5));
  Value even = s.equal(half, math::FloorOp::create(s, half));
  Value fromLow = s.add(low, rest), fromHigh = s.sub(high, rest);
  Value mirrored = s.select(arith::CmpIOp::create(s, arith::CmpIPredicate::eq, below, even), fromLow, fromHigh);
  return s.select(arith::OrIOp::create(s, below, above), mirrored, x);
}

/// The taps along one dimension for a coordinate in [-1, 1]; weights in type `type`.
SmallVector<Tap> tapsAt(Scalars &s, Value coordinate, Value extent, const GridMode &mode, Type type) {
  Value x = denormalise(s, coordinate, extent, mode.alignCorners), zero = s.like(x, 0), length = s.fromIndex(extent, x.getType());
  Value last = s.sub(length, s.like(x, 1));
  Value low = mode.alignCorners ? zero : s.like(x, -0.5), high = mode.alignCorners ? last : s.sub(length, s.like(x, 0.5));
  if (mode.radius == 0)
    x = math::RoundEvenOp::create(s, x);
  Value outside = arith::OrIOp::create(s, s.less(x, low), s.less(high, x));
  if (mode.border == Border::Edge)
    x = s.select(outside, s.min(s.max(x, zero), last), x);
  if (mode.border == Border::Reflection)
    x = reflect(s, x, low, high);
  Value first = mode.radius ? Value(math::FloorOp::create(s, x)) : x, fraction = s.sub(x, first);
  SmallVector<Tap> taps;
  for (int64_t i = mode.radius ? 1 - mode.radius : 0; i <= mode.radius; ++i) {
    Tap tap;
    Value at = s.add(first, s.like(x, i));
    if (mode.border == Border::Reflection)
      at = reflect(s, at, low, high);
    Value place = wholePlace(s, at), d = s.abs(s.sub(fraction, s.like(x, i))), one = s.like(x, 1);
    if (mode.border == Border::Zeros)
      tap.exists = isInside(s, place, extent);
    tap.place = clampIndex(s, place, extent);
    if (mode.radius == 1)
      tap.weight = s.sub(one, d);
    if (mode.radius == 2) {
      const double a = -0.75;
      Value near = s.add(s.mul(s.mul(s.sub(s.mul(s.like(d, a + 2), d), s.like(d, a + 3)), d), d), one);
      Value far = s.sub(s.mul(s.add(s.mul(s.sub(s.mul(s.like(d, a), d), s.like(d, 5 * a)), d), s.like(d, 8 * a)), d), s.like(d, 4 * a));
      tap.weight = s.select(s.lessEqual(d, one), near, far);
    }
    if (tap.weight)
      tap.weight = convert(s, tap.weight, x.getType(), type);
    taps.push_back(tap);
  }
  return taps;
}

/// Sum of weights times elements over all dimensions from `dims.front()` on.
Value interpolate(Scalars &s, const Tensor &x, Type type, SmallVector<Value> &place, Value exists, ArrayRef<SmallVector<Tap>> dims) {
  if (dims.empty()) {
    Value stored = elementAt(s, x, place);
    Value element = type ? convert(s, decode(s, stored, x.element), x.element, type) : stored;
    return exists ? s.select(exists, element, s.like(element, 0)) : element;
  }
  Value sum;
  for (const Tap &tap : dims.front()) {
    Value here = exists && tap.exists ? Value(arith::AndIOp::create(s, exists, tap.exists)) : exists ? exists : tap.exists;
    place.push_back(tap.place);
    Value part = interpolate(s, x, type, place, here, dims.drop_front());
    place.pop_back();
    if (tap.weight)
      part = s.mul(tap.weight, part);
    sum = sum ? s.add(sum, part) : part;
  }
  return sum;
}

FailureOr<GridMode> modeOf(Node &node, onnx::GridSampleOp op) {
  GridMode mode;
  const StringRef kind = op.getMode(), border = op.getPaddingMode();
  mode.radius = kind == "cubic" || kind == "bicubic" ? 2 : kind == "linear" || kind == "bilinear" ? 1 : 0;
  mode.border = border == "border" ? Border::Edge : border == "reflection" ? Border::Reflection : Border::Zeros;
  mode.alignCorners = op.getAlignCorners();
  if ((mode.radius == 0 && kind != "nearest") || (mode.border == Border::Zeros && border != "zeros")) {
    (void)node.refuse("mode linear, nearest or cubic, and padding_mode zeros, border or reflection", kind + " and " + border);
    return failure();
  }
  return mode;
}

LogicalResult lowerGridSample(Node &node, onnx::GridSampleOp op) {
  Tensor x = node.get(op.getX()), grid = node.get(op.getGrid());
  FailureOr<GridMode> mode = modeOf(node, op);
  if (failed(mode))
    return failure();
  const int64_t spatial = x.rank() - 2;
  const Sizes sizes = node.sizes(x), points = node.sizes(grid);
  if (spatial < 1 || grid.rank() != x.rank() || constantSize(points.back()) != spatial || !sameSize(sizes[0], points[0]))
    return node.refuse("a grid of the input's rank and batch, with a coordinate per spatial dimension",
                       spell(grid.value.getType()) + " for " + spell(x.value.getType()));
  if (llvm::is_contained(x.type().getShape(), 0))
    return node.refuse("an input with elements", spell(x.value.getType()));
  Sizes result{sizes[0], sizes[1]};
  llvm::append_range(result, ArrayRef(points).drop_front().drop_back());
  SmallVector<Value> extents = indexValues(node, sizes);
  // Nearest copies bits; all else is computed in floats.
  const Type type = mode->radius == 0 ? Type() : isa<FloatType>(x.element) ? computeType(x.element) : node.getF64Type();
  Tensor y = pull(node, result, x.element, [&](Scalars &s, ValueRange v) {
    SmallVector<Value> point{v[0]};
    llvm::append_range(point, v.drop_front(2));
    point.push_back({});
    SmallVector<SmallVector<Tap>> dims;
    for (int64_t dim = 0; dim < spatial; ++dim) {
      point.back() = indexConstant(s, spatial - 1 - dim);
      Value coordinate = decode(s, elementAt(s, grid, point), grid.element);
      dims.push_back(tapsAt(s, coordinate, extents[2 + dim], *mode, type));
    }
    SmallVector<Value> place{v[0], v[1]};
    Value sum = interpolate(s, x, type, place, {}, dims);
    return type ? encode(s, convert(s, sum, type, x.element), x.element) : sum;
  });
  return node.set(op.getY(), y);
}

} // namespace

void addGridSample(OperatorList &list) { list.add<onnx::GridSampleOp>(lowerGridSample); }

} // namespace motion
