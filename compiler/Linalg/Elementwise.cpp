// Pointwise work:
//   onnx.Add(%x : ?x256, %b : 256)  ->  linalg.generic {(i, j) -> (i, j), (i, j) -> (j), (i, j) -> (i, j)} ins(%x, %b) outs(%e) {arith.addf}
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/SizeRanges.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace motion {

static std::string describe(ArrayRef<Tensor> inputs) {
  std::string text;
  for (const Tensor &input : inputs)
    text += (text.empty() ? "" : " and ") + spell(input.value.getType());
  return text;
}

FailureOr<Sizes> broadcastSizes(Node &node, ArrayRef<Tensor> inputs) {
  int64_t rank = 0;
  for (const Tensor &input : inputs)
    rank = std::max(rank, input.rank());
  Sizes result(rank, node.index(1));
  for (const Tensor &input : inputs) {
    const int64_t missing = rank - input.rank();
    for (auto [i, size] : llvm::enumerate(node.sizes(input))) {
      OpFoldResult &known = result[missing + i];
      if (constantSize(size) == 1)
        continue;
      if (constantSize(known) != 1 && !mustBeEqual(size, known)) {
        (void)node.refuse("dimensions that are equal or 1", describe(inputs) + ", whose dimensions at " + std::to_string(static_cast<int64_t>(i) - input.rank()) +
                                                                " have no common name: give them the same name, or fix or bound them with --dim");
        return failure();
      }
      if (constantSize(known) == 1 || isa_and_nonnull<BlockArgument>(dyn_cast<Value>(size)))
        known = size;
    }
  }
  return result;
}

AffineMap broadcastMap(Node &node, ArrayRef<OpFoldResult> input, ArrayRef<OpFoldResult> loops) {
  SmallVector<AffineExpr> exprs;
  const size_t missing = loops.size() - input.size();
  for (auto [i, size] : llvm::enumerate(input)) {
    const bool repeated = constantSize(size) == 1 && constantSize(loops[missing + i]) != 1;
    exprs.push_back(repeated ? node.getAffineConstantExpr(0) : node.getAffineDimExpr(missing + i));
  }
  return AffineMap::get(loops.size(), 0, exprs, node.getContext());
}

Value uniformScalar(Value tensor) {
  auto from = tensor.getDefiningOp<tensor::FromElementsOp>();
  return from && llvm::all_equal(from.getElements()) ? from.getElements().front() : Value();
}

Tensor pointwise(Node &node, Type element, ArrayRef<OpFoldResult> sizes, ArrayRef<Tensor> inputs, ArrayRef<AffineMap> maps, ScalarBody body,
                 bool saturate) {
  SmallVector<Value> operands;
  SmallVector<AffineMap> operandMaps;
  for (auto [input, map] : llvm::zip(inputs, maps))
    if (!uniformScalar(input.value)) {
      operands.push_back(input.value);
      operandMaps.push_back(map);
    }
  operandMaps.push_back(AffineMap::getMultiDimIdentityMap(sizes.size(), node.getContext()));
  Value init = node.empty(sizes, storageType(element));
  SmallVector<utils::IteratorType> iterators(sizes.size(), utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(node, init.getType(), operands, init, operandMaps, iterators, [&](OpBuilder &b, Location loc, ValueRange arguments) {
    Scalars s(loc, b);
    SmallVector<Value> scalars;
    unsigned next = 0;
    for (const Tensor &input : inputs) {
      Value uniform = uniformScalar(input.value);
      scalars.push_back(decode(s, uniform ? uniform : arguments[next++], input.element));
    }
    linalg::YieldOp::create(s, ValueRange{encode(s, body(s, scalars), element, saturate)});
  });
  return {generic.getResult(0), element};
}

FailureOr<Tensor> elementwise(Node &node, Type element, ArrayRef<Tensor> inputs, ScalarBody body, bool saturate) {
  FailureOr<Sizes> sizes = broadcastSizes(node, inputs);
  if (failed(sizes))
    return failure();
  SmallVector<AffineMap> maps;
  for (const Tensor &input : inputs)
    maps.push_back(broadcastMap(node, node.sizes(input), *sizes));
  return pointwise(node, element, *sizes, inputs, maps, body, saturate);
}

Tensor convertTensor(Node &node, const Tensor &tensor, Type element, bool saturate) {
  if (tensor.element == element)
    return tensor;
  AffineMap identity = AffineMap::getMultiDimIdentityMap(tensor.rank(), node.getContext());
  return pointwise(node, element, node.sizes(tensor), {tensor}, {identity}, [&](Scalars &s, ValueRange x) {
    return convert(s, x[0], tensor.element, element);
  }, saturate);
}

} // namespace motion
