// Compress and NonZero: the elements, or the places, that a condition holds at. How many these are is known when running only, and so the model must
// declare the result's sizes:
//   %p = scf.for i over the condition (%places, their count at the end) { insert i into %places[count]; count += condition[i] }
//   y  = linalg.generic { tensor.extract %x[%p[j]] }
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Pull.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace motion {
namespace {

using Condition = llvm::function_ref<Value(Scalars &, Value)>;

/// The first `count` of the places below `length` where `holds`, as i64, and one element more: their number. Where there are fewer, some other place.
Tensor placesWhere(Node &node, OpFoldResult length, OpFoldResult count, Condition holds) {
  const Type i64 = node.getI64Type();
  const Sizes sizes{node.add(count, node.index(1))};
  Value first = node.filled(sizes, Scalars(node.getLoc(), node).integer(i64, 0)), last = node.indexValue(count);
  const auto write = [&](OpBuilder &b, Location loc, Value i, ValueRange places) {
    Scalars s(loc, b);
    Value known = tensor::ExtractOp::create(s, places[0], last), at = s.min(toIndex(s, known, i64), last);
    // Written at every step; the next one that holds overwrites what does not.
    Value next = tensor::InsertOp::create(s, s.fromIndex(i, i64), places[0], at);
    Value more = s.add(known, arith::ExtUIOp::create(s, i64, holds(s, i)));
    scf::YieldOp::create(s, ValueRange{tensor::InsertOp::create(s, more, next, last)});
  };
  auto loop = scf::ForOp::create(node, node.indexValue(node.index(0)), node.indexValue(length), node.indexValue(node.index(1)), ValueRange{first}, write);
  node.getValues().sizes[loop.getResult(0)] = sizes;
  return {loop.getResult(0), i64};
}

LogicalResult refuseUnknownCount(Node &node, Value result) {
  return node.refuse("a result whose sizes the model declares", spell(result.getType()) + ", of which data decides");
}

LogicalResult lowerCompress(Node &node, onnx::CompressOp op) {
  Tensor x = node.get(op.getInput()), condition = node.get(op.getCondition());
  std::optional<Sizes> sizes = declaredSizes(node, op.getOutput());
  if (!sizes)
    return refuseUnknownCount(node, op.getOutput());
  if (!op.getAxis())
    x = node.reshape(x, {node.product(node.sizes(x))});
  const int64_t axis = op.getAxis() ? normaliseAxis(*op.getAxis(), x.rank()) : 0;
  if (axis < 0 || axis >= x.rank() || condition.rank() != 1 || llvm::is_contained(x.type().getShape(), 0))
    return node.refuse("a condition of rank 1 for one axis of a tensor with elements", spell(condition.value.getType()) + " for " + spell(x.value.getType()));
  Tensor places = placesWhere(node, node.sizes(condition)[0], (*sizes)[axis], [&](Scalars &s, Value i) { return elementAt(s, condition, i); });
  Value extent = node.indexValue(node.sizes(x)[axis]);
  Tensor y = pull(node, *sizes, x.element, [&](Scalars &s, ValueRange place) {
    SmallVector<Value> from(place);
    from[axis] = clampIndex(s, toIndex(s, elementAt(s, places, place[axis]), places.element), extent);
    return elementAt(s, x, from);
  });
  return node.set(op.getOutput(), y);
}

/// Places as columns: one row per dimension.
LogicalResult lowerNonZero(Node &node, onnx::NonZeroOp op) {
  Tensor x = node.get(op.getX());
  std::optional<Sizes> result = declaredSizes(node, op.getY());
  if (!result)
    return refuseUnknownCount(node, op.getY());
  if (x.rank() == 0)
    return node.refuse("a tensor of rank 1 or more", spell(x.value.getType()));
  const Sizes sizes = node.sizes(x);
  Tensor flat = node.reshape(x, {node.product(sizes)});
  Tensor places = placesWhere(node, node.sizes(flat)[0], result->back(), [&](Scalars &s, Value i) {
    Value element = decode(s, elementAt(s, flat, i), x.element);
    return s.notEqual(element, s.like(element, 0));
  });
  SmallVector<Value> extents = indexValues(node, sizes);
  Tensor y = pull(node, *result, node.getI64Type(), [&](Scalars &s, ValueRange place) {
    Value rest = toIndex(s, elementAt(s, places, place[1]), places.element), coordinate;
    for (int64_t d = x.rank() - 1; d >= 0; --d) {
      Value here = d ? Value(arith::RemUIOp::create(s, rest, extents[d])) : rest;
      coordinate = coordinate ? s.select(s.equal(place[0], indexConstant(s, d)), here, coordinate) : here;
      if (d)
        rest = arith::DivUIOp::create(s, rest, extents[d]);
    }
    return s.fromIndex(coordinate, node.getI64Type());
  });
  return node.set(op.getY(), y);
}

} // namespace

void addCompress(OperatorList &list) {
  list.add<onnx::CompressOp>(lowerCompress);
  list.add<onnx::NonZeroOp>(lowerNonZero);
}

} // namespace motion
