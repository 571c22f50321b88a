// The building blocks of reductions.
#include "compiler/Linalg/Reduction.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace motion {

Value neutral(Node &node, Kind kind, Type element) {
  Scalars s(node.getLoc(), node);
  const Type type = computeType(element);
  if (kind == Kind::Sum || kind == Kind::Product)
    return s.constant(type, kind == Kind::Product);
  if (kind == Kind::Max)
    return leastValue(node, element);
  if (isa<FloatType>(type))
    return s.constant(type, std::numeric_limits<double>::infinity());
  const unsigned width = type.getIntOrFloatBitWidth();
  return arith::ConstantOp::create(node, IntegerAttr::get(type, isUnsigned(element) ? APInt::getMaxValue(width) : APInt::getSignedMaxValue(width)));
}

Value combine(Scalars &s, Kind kind, Value accumulator, Value value, bool isUnsigned) {
  switch (kind) {
  case Kind::Sum: return s.add(accumulator, value);
  case Kind::Product: return s.mul(accumulator, value);
  case Kind::Max: return s.max(accumulator, value, isUnsigned);
  case Kind::Min: return s.min(accumulator, value, isUnsigned);
  }
  llvm_unreachable("all kinds are handled");
}

Tensor reduce(Node &node, Type element, ArrayRef<OpFoldResult> sizes, ArrayRef<int64_t> axes, bool keepDims, ArrayRef<Tensor> inputs,
              ArrayRef<AffineMap> maps, Value start, ReductionBody body) {
  Sizes left, kept;
  for (auto [i, size] : llvm::enumerate(sizes)) {
    const bool reduced = llvm::is_contained(axes, static_cast<int64_t>(i));
    kept.push_back(reduced ? node.index(1) : size);
    if (!reduced)
      left.push_back(size);
  }
  const auto inOrder = [&](Scalars &s, ValueRange values, Value accumulator) { return body(s, accumulator, values); };
  Tensor result{accumulate(node, inputs, maps, left, withoutAxes(node, sizes.size(), axes), start, inOrder).value, element};
  return keepDims ? node.reshape(result, kept) : result;
}

Tensor reduce(Node &node, const Tensor &x, ArrayRef<int64_t> axes, bool keepDims, Kind kind, llvm::function_ref<Value(Scalars &, Value)> before) {
  const Type element = isNarrowFloat(x.element) ? computeType(x.element) : x.element;
  AffineMap identity = AffineMap::getMultiDimIdentityMap(x.rank(), node.getContext());
  return reduce(node, element, node.sizes(x), axes, keepDims, {x}, {identity}, neutral(node, kind, element), [&](Scalars &s, Value accumulator, ValueRange v) {
    return combine(s, kind, accumulator, before ? before(s, v[0]) : v[0], isUnsigned(element));
  });
}

Tensor argMax(Node &node, const Tensor &x, int64_t axis, bool least, bool last) {
  const Sizes sizes = node.sizes(x);
  Sizes left = sizes;
  left.erase(left.begin() + axis);
  const Type i64 = node.getI64Type();
  Value best = node.filled(left, neutral(node, least ? Kind::Min : Kind::Max, x.element));
  Value place = node.filled(left, Scalars(node.getLoc(), node).integer(i64, 0));
  AffineMap identity = AffineMap::getMultiDimIdentityMap(x.rank(), node.getContext()), out = withoutAxes(node, x.rank(), {axis});
  SmallVector<utils::IteratorType> iterators(x.rank(), utils::IteratorType::parallel);
  iterators[axis] = utils::IteratorType::reduction;
  const bool positive = isUnsigned(x.element);
  auto generic = linalg::GenericOp::create(
      node, TypeRange{best.getType(), place.getType()}, ValueRange{x.value}, ValueRange{best, place}, ArrayRef<AffineMap>{identity, out, out}, iterators,
      [&](OpBuilder &b, Location loc, ValueRange v) {
        Scalars s(loc, b);
        Value value = decode(s, v[0], x.element), known = v[1];
        Value better = least ? s.less(value, known, positive) : s.less(known, value, positive);
        if (last)
          better = arith::OrIOp::create(s, better, s.equal(value, known));
        if (isFloat(value)) {
          // The first NaN wins.
          Value isNan = arith::CmpFOp::create(s, arith::CmpFPredicate::UNO, value, value);
          Value wasNan = arith::CmpFOp::create(s, arith::CmpFPredicate::UNO, known, known);
          Value was = arith::XOrIOp::create(s, wasNan, s.integer(s.getI1Type(), 1));
          better = arith::OrIOp::create(s, better, arith::AndIOp::create(s, isNan, was));
        }
        Value index = s.fromIndex(linalg::IndexOp::create(s, axis), i64);
        linalg::YieldOp::create(s, ValueRange{s.select(better, value, known), s.select(better, index, v[2])});
      });
  return {generic.getResult(1), i64};
}

} // namespace motion
