// Tensors by a rule per element:
//   linalg.generic outs(%e) { %i = linalg.index 0; %v = tensor.extract %x[...]; linalg.yield %v }
#include "compiler/Linalg/Pull.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace motion {

static Tensor pullFrom(Node &node, ArrayRef<OpFoldResult> sizes, Type element, ValueRange inputs, ArrayRef<AffineMap> inputMaps, ElementRule rule) {
  Value init = node.empty(sizes, storageType(element));
  SmallVector<AffineMap> maps(inputMaps);
  maps.push_back(AffineMap::getMultiDimIdentityMap(sizes.size(), node.getContext()));
  SmallVector<utils::IteratorType> iterators(sizes.size(), utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(node, init.getType(), inputs, init, maps, iterators, [&](OpBuilder &b, Location loc, ValueRange arguments) {
    Scalars s(loc, b);
    SmallVector<Value> place;
    for (size_t i = 0; i < sizes.size(); ++i)
      place.push_back(linalg::IndexOp::create(s, i));
    llvm::append_range(place, arguments.drop_back());
    linalg::YieldOp::create(s, ValueRange{rule(s, place)});
  });
  return {generic.getResult(0), element};
}

Tensor pull(Node &node, ArrayRef<OpFoldResult> sizes, Type element, ElementRule rule) { return pullFrom(node, sizes, element, {}, {}, rule); }

Tensor pullWith(Node &node, ArrayRef<OpFoldResult> sizes, Type element, const Tensor &input, AffineMap map, ElementRule rule) {
  return pullFrom(node, sizes, element, input.value, map, rule);
}

Value elementAt(Scalars &s, const Tensor &tensor, ValueRange place) { return tensor::ExtractOp::create(s, tensor.value, place); }

SmallVector<Value> indexValues(Node &node, ArrayRef<OpFoldResult> sizes) {
  return llvm::map_to_vector(sizes, [&](OpFoldResult size) { return node.indexValue(size); });
}

LogicalResult checkIndices(Node &node, Value onnxIndices, ArrayRef<OpFoldResult> extents) {
  const std::optional<SmallVector<int64_t>> indices = node.constants(onnxIndices);
  for (size_t i = 0; indices && i < indices->size(); ++i) {
    const int64_t index = (*indices)[i];
    const std::optional<int64_t> extent = constantSize(extents[i % extents.size()]);
    if (extent && (index < -*extent || index >= *extent))
      return node.refuse("indices of " + std::to_string(-*extent) + " to " + std::to_string(*extent - 1), std::to_string(index));
  }
  return success();
}

Value indexConstant(Scalars &s, int64_t value) { return arith::ConstantIndexOp::create(s, value); }

Value clampIndex(Scalars &s, Value index, Value size) {
  Value last = s.sub(size, indexConstant(s, 1));
  return s.max(s.min(index, last), indexConstant(s, 0));
}

Value insideIndex(Scalars &s, Value index, Value size) {
  Value negative = s.less(index, indexConstant(s, 0));
  return clampIndex(s, s.select(negative, s.add(index, size), index), size);
}

Value isInside(Scalars &s, Value index, Value size) { return s.less(index, size, /*isUnsigned=*/true); }

Value toIndex(Scalars &s, Value integer, Type element) {
  if (integer.getType().isIndex())
    return integer;
  if (isUnsigned(element))
    return arith::IndexCastUIOp::create(s, s.getIndexType(), integer);
  return arith::IndexCastOp::create(s, s.getIndexType(), integer);
}

Value wholePlace(Scalars &s, Value number) {
  Value limited = s.min(s.max(number, s.like(number, -1e9)), s.like(number, 1e9));
  limited = s.select(s.equal(number, number), limited, s.like(number, 0));
  Value whole = arith::FPToSIOp::create(s, s.getI32Type(), limited);
  return arith::IndexCastOp::create(s, s.getIndexType(), whole);
}

std::optional<Sizes> declaredSizes(Node &node, Value onnxResult) {
  auto type = dyn_cast<RankedTensorType>(onnxResult.getType());
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  return getAsIndexOpFoldResult(node.getContext(), type.getShape());
}

} // namespace motion
