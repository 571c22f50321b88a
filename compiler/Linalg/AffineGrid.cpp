// AffineGrid: the points of a regular grid over [-1, 1], each mapped by its batch's matrix.
//   grid[n, i..., r] = theta[n, r, last] + sum over c of theta[n, r, c] * point_c(i),   c = 0 for the last spatial dimension
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Pull.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

/// From a place to [-1, 1]: the ends are the centres of the outermost elements when `alignCorners`, else their outer edges.
static Value normalised(Scalars &s, Value place, Value extent, Type type, bool alignCorners) {
  Value at = s.fromIndex(place, type), length = s.fromIndex(extent, type), one = s.like(at, 1), two = s.like(at, 2);
  if (!alignCorners)
    return s.sub(s.div(s.add(s.mul(at, two), one), length), one);
  Value steps = s.max(s.sub(length, one), one);
  return s.sub(s.div(s.mul(at, two), steps), one);
}

static LogicalResult lowerAffineGrid(Node &node, onnx::AffineGridOp op) {
  Tensor theta = node.get(op.getTheta());
  const int64_t spatial = cast<RankedTensorType>(op.getGrid().getType()).getRank() - 2;
  std::optional<Sizes> result = declaredSizes(node, op.getGrid()), size = node.knownScalars(op.getSize());
  if (!result && size && static_cast<int64_t>(size->size()) == spatial + 2) {
    result = Sizes{size->front()};
    llvm::append_range(*result, ArrayRef(*size).drop_front(2));
    result->push_back(node.index(spatial));
  }
  if (!result)
    return node.refuse("a size that follows from constants and dimensions", "one that is computed from data");
  const Sizes matrix = node.sizes(theta);
  if (matrix.size() != 3 || !sameSize(matrix[0], result->front()) || constantSize(matrix[1]) != spatial || constantSize(matrix[2]) != spatial + 1 ||
      constantSize(result->back()) != spatial)
    return node.refuse("a matrix of " + std::to_string(spatial) + " x " + std::to_string(spatial + 1) + " per batch", spell(theta.value.getType()));
  SmallVector<Value> extents = indexValues(node, *result);
  const Type type = computeType(theta.element);
  Tensor grid = pull(node, *result, theta.element, [&](Scalars &s, ValueRange place) {
    SmallVector<Value> from{place.front(), place.back(), indexConstant(s, spatial)};
    Value sum = decode(s, elementAt(s, theta, from), theta.element);
    for (int64_t c = 0; c < spatial; ++c) {
      from.back() = indexConstant(s, c);
      Value factor = decode(s, elementAt(s, theta, from), theta.element);
      sum = s.add(sum, s.mul(factor, normalised(s, place[spatial - c], extents[spatial - c], type, op.getAlignCorners())));
    }
    return encode(s, sum, theta.element);
  });
  return node.set(op.getGrid(), grid);
}

void addAffineGrid(OperatorList &list) { list.add<onnx::AffineGridOp>(lowerAffineGrid); }

} // namespace motion
