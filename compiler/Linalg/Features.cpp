// Operators of ai.onnx.ml that are pointwise or move elements: Binarizer, ArrayFeatureExtractor.
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Pull.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

/// 1 above the threshold, else 0.
static LogicalResult lowerBinarizer(Node &node, onnx::MlBinarizerOp op) {
  Tensor x = node.get(op.getX());
  const double threshold = op.getThreshold().convertToDouble();
  FailureOr<Tensor> y = elementwise(node, x.element, {x}, [&](Scalars &s, ValueRange v) {
    Value number = isFloat(v[0]) ? v[0] : convert(s, v[0], x.element, s.getF64Type());
    return s.select(s.less(s.like(number, threshold), number), s.like(v[0], 1), s.like(v[0], 0));
  });
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

/// Elements of the last axis, of a vector as a matrix of one row.
static LogicalResult lowerArrayFeatureExtractor(Node &node, onnx::MlArrayFeatureExtractorOp op) {
  Tensor x = node.get(op.getX()), indices = node.get(op.getY());
  if (x.rank() == 0 || llvm::is_contained(x.type().getShape(), 0))
    return node.refuse("data with elements along a last axis", spell(x.value.getType()));
  indices = node.reshape(indices, {node.product(node.sizes(indices))});
  Sizes sizes = node.sizes(x);
  Value extent = node.indexValue(sizes.back());
  sizes.back() = node.sizes(indices)[0];
  if (x.rank() == 1)
    sizes.insert(sizes.begin(), node.index(1));
  Tensor z = pull(node, sizes, x.element, [&](Scalars &s, ValueRange place) {
    SmallVector<Value> from(x.rank() == 1 ? place.drop_front() : place);
    from.back() = clampIndex(s, toIndex(s, elementAt(s, indices, place.back()), indices.element), extent);
    return elementAt(s, x, from);
  });
  return node.set(op.getZ(), z);
}

void addFeatures(OperatorList &list) {
  list.add<onnx::MlArrayFeatureExtractorOp>(lowerArrayFeatureExtractor);
  list.add<onnx::MlBinarizerOp>(lowerBinarizer);
}

} // namespace motion
