// TopK: the k largest or smallest along an axis, equal ones by place.
//   scf.for over all other dimensions, scf.for over k: one pass over the axis finds the best element after the one found before.
// Values are compared as integers that order like them (NaN beyond infinity), so that the order is total and every place is found once.
#include "compiler/Linalg/Pull.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace motion {

/// An i64 that orders as the value does.
static Value orderKey(Scalars &s, Value stored, Type element) {
  const Type i64 = s.getI64Type();
  Value value = decode(s, stored, element);
  if (!isFloat(value)) {
    value = convert(s, value, element, isUnsigned(element) ? IntegerType::get(s.getContext(), 64, IntegerType::Unsigned) : i64);
    const bool wide = isUnsigned(element) && element.getIntOrFloatBitWidth() == 64;
    return wide ? arith::XOrIOp::create(s, value, s.integer(i64, std::numeric_limits<int64_t>::min())).getResult() : value;
  }
  // Both zeros are one.
  value = s.select(s.equal(value, s.like(value, 0)), s.like(value, 0), value);
  const Type bitsType = s.getIntegerType(value.getType().getIntOrFloatBitWidth());
  const unsigned width = bitsType.getIntOrFloatBitWidth();
  Value bits = arith::BitcastOp::create(s, bitsType, value);
  Value sign = arith::ShRSIOp::create(s, bits, s.integer(bitsType, width - 1));
  const int64_t magnitude = width == 64 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int32_t>::max();
  Value key = arith::XOrIOp::create(s, bits, arith::AndIOp::create(s, sign, s.integer(bitsType, magnitude)));
  return width == 64 ? key : arith::ExtSIOp::create(s, i64, key).getResult();
}

namespace {
/// A place along the axis and its key.
struct Found {
  Value key, place;
};
} // namespace

/// The best element that comes after `previous` in the order; place -1 if there is none.
static Found findNext(Scalars &s, Found previous, Value extent, llvm::function_ref<Value(Scalars &, Value)> keyAt) {
  Value none = indexConstant(s, -1);
  const auto step = [&](OpBuilder &b, Location loc, Value at, ValueRange best) {
    Scalars t(loc, b);
    Value key = keyAt(t, at);
    Value same = arith::AndIOp::create(t, t.equal(key, previous.key), t.less(previous.place, at));
    Value after = arith::OrIOp::create(t, t.less(key, previous.key), same);
    Value better = arith::OrIOp::create(t, t.less(best[1], indexConstant(t, 0)), t.less(best[0], key));
    Value taken = arith::AndIOp::create(t, after, better);
    scf::YieldOp::create(t, ValueRange{t.select(taken, key, best[0]), t.select(taken, at, best[1])});
  };
  auto loop = scf::ForOp::create(s, indexConstant(s, 0), extent, indexConstant(s, 1), ValueRange{previous.key, none}, step);
  return {loop.getResult(0), loop.getResult(1)};
}

static LogicalResult checkCount(Node &node, const Tensor &x, int64_t axis, OpFoldResult count) {
  auto k = constantSize(count), extent = constantSize(node.sizes(x)[axis]);
  if (k && extent && *k >= 0 && *k <= *extent)
    return success();
  return node.refuse("a constant K up to the size of axis " + std::to_string(axis) + ", which is constant too",
                     (k ? std::to_string(*k) : "an unknown K") + " for " + spell(x.value.getType()));
}

static LogicalResult lowerTopK(Node &node, onnx::TopKOp op) {
  Tensor x = node.get(op.getX());
  const int64_t axis = normaliseAxis(op.getAxis(), x.rank());
  auto declared = cast<RankedTensorType>(op.getValues().getType());
  auto known = node.constants(op.getK());
  OpFoldResult count = known && known->size() == 1 ? node.index(known->front()) : OpFoldResult();
  if (!count && !declared.isDynamicDim(axis))
    count = node.index(declared.getDimSize(axis));
  if (!count || failed(checkCount(node, x, axis, count)))
    return count ? failure() : node.refuse("a constant K", "one that is computed from data");
  const Sizes old = node.sizes(x);
  Sizes sizes = old;
  sizes[axis] = count;
  const Type i64 = node.getI64Type();
  Value extent = node.indexValue(old[axis]), zero = node.indexValue(node.index(0)), one = node.indexValue(node.index(1)), k = node.indexValue(count);
  SmallVector<Value> lower, upper, steps;
  for (int64_t dim = 0; dim < x.rank(); ++dim)
    if (dim != axis) {
      lower.push_back(zero);
      upper.push_back(node.indexValue(old[dim]));
      steps.push_back(one);
    }
  const bool largest = op.getLargest();
  const auto row = [&](OpBuilder &b, Location loc, ValueRange outer, ValueRange results) -> scf::ValueVector {
    Scalars s(loc, b);
    const auto placeOf = [&](Value at) {
      SmallVector<Value> place(outer);
      place.insert(place.begin() + axis, at);
      return place;
    };
    const auto keyAt = [&](Scalars &t, Value at) {
      Value key = orderKey(t, elementAt(t, x, placeOf(at)), x.element);
      return largest ? key : arith::XOrIOp::create(t, key, t.integer(i64, -1)).getResult();
    };
    const auto take = [&](OpBuilder &inner, Location, Value rank, ValueRange carried) {
      Scalars t(loc, inner);
      Found next = findNext(t, {carried[2], carried[3]}, extent, keyAt);
      Value from = clampIndex(t, next.place, extent);
      Value values = tensor::InsertOp::create(t, elementAt(t, x, placeOf(from)), carried[0], placeOf(rank));
      Value indices = tensor::InsertOp::create(t, t.fromIndex(from, i64), carried[1], placeOf(rank));
      scf::YieldOp::create(t, ValueRange{values, indices, next.key, next.place});
    };
    Value most = s.integer(i64, std::numeric_limits<int64_t>::max());
    auto loop = scf::ForOp::create(s, zero, k, one, ValueRange{results[0], results[1], most, indexConstant(s, -1)}, take);
    return {loop.getResult(0), loop.getResult(1)};
  };
  scf::LoopNest nest = scf::buildLoopNest(node, node.getLoc(), lower, upper, steps,
                                          ValueRange{node.empty(sizes, storageType(x.element)), node.empty(sizes, i64)}, row);
  for (Value result : nest.results)
    node.getValues().sizes[result] = sizes;
  if (failed(node.set(op.getValues(), {nest.results[0], x.element})))
    return failure();
  return node.set(op.getIndices(), {nest.results[1], i64});
}

void addTopK(OperatorList &list) { list.add<onnx::TopKOp>(lowerTopK); }

} // namespace motion
