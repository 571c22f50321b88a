// Combining work:
//   row sums of %x : ?x256  ->  fill 0, linalg.generic {(i, j) -> (i, j), (i, j) -> (i)} ins(%x) outs(%zeros) {arith.addf}
#include "compiler/Linalg/Accumulate.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace motion {

Tensor accumulate(Node &node, ArrayRef<Tensor> inputs, ArrayRef<AffineMap> maps, ArrayRef<OpFoldResult> resultSizes, AffineMap resultMap, Value start,
                  AccumulateBody body) {
  SmallVector<Value> operands;
  SmallVector<AffineMap> operandMaps(maps);
  for (const Tensor &input : inputs)
    operands.push_back(input.value);
  operandMaps.push_back(resultMap);
  SmallVector<utils::IteratorType> iterators(resultMap.getNumDims(), utils::IteratorType::reduction);
  for (AffineExpr expr : resultMap.getResults())
    iterators[cast<AffineDimExpr>(expr).getPosition()] = utils::IteratorType::parallel;
  Value init = node.filled(resultSizes, start);
  auto generic = linalg::GenericOp::create(node, init.getType(), operands, init, operandMaps, iterators, [&](OpBuilder &b, Location loc, ValueRange arguments) {
    Scalars s(loc, b);
    SmallVector<Value> scalars;
    for (auto [input, argument] : llvm::zip(inputs, arguments))
      scalars.push_back(decode(s, argument, input.element));
    linalg::YieldOp::create(s, ValueRange{body(s, scalars, arguments.back())});
  });
  return {generic.getResult(0), start.getType()};
}

AffineMap withoutAxes(Node &node, int64_t rank, ArrayRef<int64_t> axes) {
  SmallVector<AffineExpr> kept;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(axes, axis))
      kept.push_back(node.getAffineDimExpr(axis));
  return AffineMap::get(rank, 0, kept, node.getContext());
}

Tensor accumulateAxes(Node &node, const Tensor &input, ArrayRef<int64_t> axes, Value start, AccumulateBody body) {
  Sizes kept;
  for (auto [axis, size] : llvm::enumerate(node.sizes(input)))
    if (!llvm::is_contained(axes, static_cast<int64_t>(axis)))
      kept.push_back(size);
  AffineMap identity = AffineMap::getMultiDimIdentityMap(input.rank(), node.getContext());
  return accumulate(node, {input}, {identity}, kept, withoutAxes(node, input.rank(), axes), start, body);
}

Value scalarConstant(Node &node, Type type, double value) {
  Scalars s(node.getLoc(), node);
  return s.constant(type, value);
}

Value leastValue(Node &node, Type element) {
  Type type = computeType(element);
  if (isa<FloatType>(type))
    return scalarConstant(node, type, -std::numeric_limits<double>::infinity());
  const unsigned width = element.getIntOrFloatBitWidth(), stored = type.getIntOrFloatBitWidth();
  const APInt least = isUnsigned(element) ? APInt::getZero(stored) : APInt::getSignedMinValue(width).sext(stored);
  return arith::ConstantOp::create(node, IntegerAttr::get(type, least));
}

} // namespace motion
