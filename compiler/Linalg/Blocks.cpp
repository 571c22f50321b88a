// DepthToSpace and SpaceToDepth: a reshape, a transposition and a reshape.
#include "compiler/Linalg/Reshaping.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

/// Tensors of (batch, channels, height, width); nothing else is in the standard.
static LogicalResult checkImage(Node &node, const Tensor &x, int64_t block) {
  if (x.rank() != 4)
    return node.refuse("an input of 4 dimensions", std::to_string(x.rank()));
  return block > 0 ? success() : node.refuse("a positive blocksize", std::to_string(block));
}

static OpFoldResult divide(Node &node, OpFoldResult size, int64_t by) { return node.apply(node.getAffineDimExpr(0).floorDiv(by), {size}); }

/// (n, b b c, h, w) -> (n, c, h b, w b).
static LogicalResult lowerDepthToSpace(Node &node, onnx::DepthToSpaceOp op) {
  Tensor x = node.get(op.getInput());
  const int64_t block = op.getBlocksize();
  if (failed(checkImage(node, x, block)))
    return failure();
  Sizes s = node.sizes(x);
  OpFoldResult b = node.index(block), channels = divide(node, s[1], block * block);
  const bool columnRow = op.getMode() == "CRD";
  Tensor apart = columnRow ? node.reshape(x, {s[0], channels, b, b, s[2], s[3]}) : node.reshape(x, {s[0], b, b, channels, s[2], s[3]});
  Tensor ordered = transpose(node, apart, columnRow ? ArrayRef<int64_t>{0, 1, 4, 2, 5, 3} : ArrayRef<int64_t>{0, 3, 4, 1, 5, 2});
  return node.set(op.getOutput(), node.reshape(ordered, {s[0], channels, node.product({s[2], b}), node.product({s[3], b})}));
}

/// (n, c, h b, w b) -> (n, b b c, h, w).
static LogicalResult lowerSpaceToDepth(Node &node, onnx::SpaceToDepthOp op) {
  Tensor x = node.get(op.getInput());
  const int64_t block = op.getBlocksize();
  if (failed(checkImage(node, x, block)))
    return failure();
  Sizes s = node.sizes(x);
  OpFoldResult b = node.index(block), height = divide(node, s[2], block), width = divide(node, s[3], block);
  const bool columnRow = op.getMode() == "CRD";
  Tensor apart = node.reshape(x, {s[0], s[1], height, b, width, b});
  Tensor ordered = transpose(node, apart, columnRow ? ArrayRef<int64_t>{0, 1, 3, 5, 2, 4} : ArrayRef<int64_t>{0, 3, 5, 1, 2, 4});
  return node.set(op.getOutput(), node.reshape(ordered, {s[0], node.product({s[1], node.index(block * block)}), height, width}));
}

void addBlocks(OperatorList &list) {
  list.add<onnx::DepthToSpaceOp>(lowerDepthToSpace);
  list.add<onnx::SpaceToDepthOp>(lowerSpaceToDepth);
}

} // namespace motion
