// CumSum and CumProd: y[i] is the reduction of x[j] over j <= i (j < i when exclusive, from the end when reversed), written as one reduction with a
// condition. The axis may be a value of an input: then each axis is computed and the one that is asked for chosen.
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Reduction.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace motion {

static Tensor accumulate(Node &node, const Tensor &x, int64_t axis, bool exclusive, bool reverse, Kind kind) {
  const int64_t rank = x.rank();
  Sizes loops = node.sizes(x);
  loops.push_back(loops[axis]);
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < rank; ++i)
    exprs.push_back(node.getAffineDimExpr(i == axis ? rank : i));
  AffineMap map = AffineMap::get(rank + 1, 0, exprs, node.getContext());
  const Type element = isNarrowFloat(x.element) ? computeType(x.element) : x.element;
  Tensor y = reduce(node, element, loops, {rank}, false, {x}, {map}, neutral(node, kind, element), [&](Scalars &s, Value accumulator, ValueRange v) {
    Value to = linalg::IndexOp::create(s, axis), from = linalg::IndexOp::create(s, rank);
    if (reverse)
      std::swap(to, from);
    Value counts = exclusive ? s.less(from, to) : s.lessEqual(from, to);
    return s.select(counts, combine(s, kind, accumulator, v[0]), accumulator);
  });
  return convertTensor(node, y, x.element);
}

template <typename Op> static LogicalResult lowerCumulative(Node &node, Op op, Kind kind) {
  Tensor x = node.get(op.getX());
  std::optional<Sizes> given = node.scalars(op.getAxis());
  if (!given || given->size() != 1 || x.rank() == 0)
    return node.refuse("one axis", spell(op.getAxis().getType()));
  const auto along = [&](int64_t axis) { return accumulate(node, x, axis, op.getExclusive(), op.getReverse(), kind); };
  if (auto axis = constantSize((*given)[0])) {
    if (*axis < -x.rank() || *axis >= x.rank())
      return node.refuse("an axis of a tensor of rank " + std::to_string(x.rank()), std::to_string(*axis));
    return node.set(op.getY(), along(normaliseAxis(*axis, x.rank())));
  }
  Value axis = node.indexValue((*given)[0]);
  Tensor y = along(0);
  AffineMap identity = AffineMap::getMultiDimIdentityMap(x.rank(), node.getContext());
  for (int64_t i = 1; i < x.rank(); ++i)
    y = pointwise(node, x.element, node.sizes(x), {y, along(i)}, {identity, identity}, [&](Scalars &s, ValueRange v) {
      Value chosen = arith::OrIOp::create(s, s.equal(axis, s.integer(s.getIndexType(), i)), s.equal(axis, s.integer(s.getIndexType(), i - x.rank())));
      return s.select(chosen, v[1], v[0]);
    });
  return node.set(op.getY(), y);
}

void addCumulative(OperatorList &list) {
  list.add<onnx::CumProdOp>([](Node &node, onnx::CumProdOp op) { return lowerCumulative(node, op, Kind::Product); });
  list.add<onnx::CumSumOp>([](Node &node, onnx::CumSumOp op) { return lowerCumulative(node, op, Kind::Sum); });
}

} // namespace motion
