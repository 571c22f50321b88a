// Padding as a copy: fill, then tensor.insert_slice of the tensor into its middle.
#include "compiler/Linalg/Border.h"

using namespace mlir;

namespace motion {

Tensor surround(Node &node, const Tensor &tensor, ArrayRef<int64_t> before, ArrayRef<int64_t> after, Value value) {
  const auto isZero = [](int64_t pad) { return pad == 0; };
  if (llvm::all_of(before, isZero) && llvm::all_of(after, isZero))
    return tensor;
  Sizes sizes = node.sizes(tensor), large, offsets, strides(sizes.size(), node.index(1));
  for (auto [size, low, high] : llvm::zip(sizes, before, after)) {
    large.push_back(node.apply(node.getAffineDimExpr(0) + (low + high), {size}));
    offsets.push_back(node.index(low));
  }
  Value border = node.filled(large, value);
  Value result = tensor::InsertSliceOp::create(node, tensor.value, border, offsets, sizes, strides);
  node.getValues().sizes[result] = large;
  return {result, tensor.element};
}

Tensor surround(Node &node, const Tensor &tensor, const Window &window, Value value) {
  SmallVector<int64_t> before{0, 0}, after{0, 0};
  for (const WindowAxis &axis : window) {
    before.push_back(axis.before);
    after.push_back(axis.after);
  }
  return surround(node, tensor, before, after, value);
}

WindowLoops::WindowLoops(Node &node, const Tensor &x, const Window &window) {
  const unsigned spatial = window.size(), loops = 2 + 2 * spatial;
  SmallVector<AffineExpr> read{node.getAffineDimExpr(0), node.getAffineDimExpr(1)};
  Sizes extents;
  sizes = node.sizes(x);
  sizes.truncate(2);
  for (auto [i, axis] : llvm::enumerate(window)) {
    read.push_back(node.getAffineDimExpr(2 + i) * axis.stride + node.getAffineDimExpr(2 + spatial + i) * axis.dilation);
    extents.push_back(node.index(axis.kernel));
    sizes.push_back(axis.output);
  }
  AffineMap all = AffineMap::getMultiDimIdentityMap(loops, node.getContext());
  input = AffineMap::get(loops, 0, read, node.getContext());
  kernel = all.getMinorSubMap(spatial);
  output = all.getMajorSubMap(2 + spatial);
  shape = {node.empty(extents, node.getF32Type()), node.getF32Type()};
}

} // namespace motion
