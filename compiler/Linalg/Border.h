// Padding as a copy, and the loops of windows that slide over a padded tensor.
#ifndef COMPILER_LINALG_BORDER_H
#define COMPILER_LINALG_BORDER_H
#include "compiler/Linalg/Window.h"

namespace motion {

/// `tensor` with `before` and `after` elements of `value`, which is as stored, around each dimension; itself where there are none.
Tensor surround(Node &node, const Tensor &tensor, llvm::ArrayRef<int64_t> before, llvm::ArrayRef<int64_t> after, mlir::Value value);

/// [batch, channels, spatial...] with the window's padding around the spatial dimensions.
Tensor surround(Node &node, const Tensor &tensor, const Window &window, mlir::Value value);

/// Loops (batch, channels, output..., kernel...) of a window that sees the channels one by one.
struct WindowLoops {
  mlir::AffineMap input, kernel, output;
  /// A tensor with the window's shape that is never read: it gives the kernel's loops their extents.
  Tensor shape;
  /// Batch and channels of the input, spatial sizes of the output.
  Sizes sizes;

  WindowLoops(Node &node, const Tensor &x, const Window &window);
};

} // namespace motion
#endif
