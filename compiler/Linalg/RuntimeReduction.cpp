// A reduction along axes that are known at run time: its result has a fixed number of elements, and each of them runs over the whole input's extents,
// where a step along a kept axis counts once:
//   y[p] = sum over r of (every r_d of a kept axis is 0) ? x[o(p) + r] : 0,   o(p): p split by the kept extents
#include "compiler/Linalg/RuntimeReduction.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace motion {

/// Per dimension of x, as i1: whether it is among the axes.
static SmallVector<Value> reducedFlags(Node &node, ArrayRef<OpFoldResult> axes, int64_t rank) {
  Scalars s(node.getLoc(), node);
  SmallVector<Value> flags;
  for (int64_t d = 0; d < rank; ++d) {
    Value flag = s.integer(s.getI1Type(), 0);
    for (OpFoldResult axis : axes)
      for (int64_t name : {d, d - rank})
        flag = arith::OrIOp::create(s, flag, s.equal(node.indexValue(axis), s.integer(s.getIndexType(), name)));
    flags.push_back(flag);
  }
  return flags;
}

FailureOr<RuntimeReduced> reduceAlongRuntimeAxes(Node &node, const Tensor &x, Value axes, Value onnxResult, Kind kind,
                                                 llvm::function_ref<Value(Scalars &, Value, Value)> before, const Tensor &shift) {
  auto declared = cast<RankedTensorType>(onnxResult.getType());
  std::optional<Sizes> elements = node.scalars(axes);
  if (!elements || elements->empty() || !declared.hasStaticShape() || !x.type().hasStaticShape()) {
    (void)node.refuse("constant axes, or fixed shapes of input and result", "axes that are computed from data");
    return failure();
  }
  const int64_t rank = x.rank(), count = declared.getNumElements();
  Scalars s(node.getLoc(), node);
  SmallVector<Value> flags = reducedFlags(node, *elements, rank), kept;
  Value number = s.integer(s.getIndexType(), 1);
  for (int64_t d = 0; d < rank; ++d) {
    Value size = s.integer(s.getIndexType(), x.type().getDimSize(d)), one = s.integer(s.getIndexType(), 1);
    kept.push_back(s.select(flags[d], one, size));
    number = s.mul(number, s.select(flags[d], size, one));
  }
  const Type element = isNarrowFloat(x.element) ? computeType(x.element) : x.element;
  Value extents = node.empty(node.sizes(x), node.getI8Type());
  Sizes sizes{node.index(count)};
  sizes.append(node.sizes(x));
  SmallVector<int64_t> reduced = llvm::to_vector(llvm::seq<int64_t>(1, rank + 1));
  SmallVector<AffineExpr> exprs;
  for (int64_t d = 0; d < rank; ++d)
    exprs.push_back(node.getAffineDimExpr(1 + d));
  AffineMap window = AffineMap::get(rank + 1, 0, exprs, node.getContext());
  SmallVector<Tensor> inputs{{extents, node.getI8Type()}};
  SmallVector<AffineMap> maps{window};
  if (shift) {
    inputs.push_back(node.reshape(shift, {node.index(count)}));
    maps.push_back(AffineMap::get(rank + 1, 0, node.getAffineDimExpr(0)));
  }
  Tensor sum = reduce(node, element, sizes, reduced, false, inputs, maps, neutral(node, kind, element),
                      [&](Scalars &s, Value accumulator, ValueRange v) {
                        Value rest = linalg::IndexOp::create(s, 0), valid = s.integer(s.getI1Type(), 1), zero = s.integer(s.getIndexType(), 0);
                        SmallVector<Value> at(rank);
                        for (int64_t d = rank - 1; d >= 0; --d) {
                          Value step = linalg::IndexOp::create(s, 1 + d);
                          Value base = arith::RemUIOp::create(s, rest, kept[d]);
                          rest = arith::DivUIOp::create(s, rest, kept[d]);
                          valid = arith::AndIOp::create(s, valid, arith::OrIOp::create(s, flags[d], s.equal(step, zero)));
                          at[d] = s.select(flags[d], step, base);
                        }
                        Value value = decode(s, tensor::ExtractOp::create(s, x.value, at), x.element);
                        Value next = combine(s, kind, accumulator, before ? before(s, value, shift ? v[1] : Value()) : value, isUnsigned(element));
                        return s.select(valid, next, accumulator);
                      });
  return RuntimeReduced{node.reshape(sum, getAsIndexOpFoldResult(node.getContext(), declared.getShape())), number};
}

} // namespace motion
