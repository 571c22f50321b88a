// Sliding windows: strides, dilations and padding of convolutions and poolings.
#ifndef COMPILER_LINALG_WINDOW_H
#define COMPILER_LINALG_WINDOW_H
#include "compiler/Linalg/Node.h"

namespace motion {

/// One spatial dimension.
struct WindowAxis {
  int64_t kernel = 1, stride = 1, dilation = 1, before = 0, after = 0; ///< `after` may hold more than asked for, to complete the last window (ceil mode)
  mlir::OpFoldResult input, output;
};

using Window = llvm::SmallVector<WindowAxis>;

/// What the attributes of a node say of its window, as far as they are given.
struct WindowAttributes {
  llvm::ArrayRef<int64_t> kernel, strides, dilations, pads;
  llvm::StringRef autoPad = "NOTSET";
  bool ceil = false;
};

/// Works out padding and output sizes for the spatial dimensions `input`; refuses what does not fit.
mlir::FailureOr<Window> makeWindow(Node &node, llvm::ArrayRef<mlir::OpFoldResult> input, const WindowAttributes &attributes);

template <typename Op> WindowAttributes windowAttributes(Op op, llvm::ArrayRef<int64_t> kernel) {
  WindowAttributes result;
  result.kernel = kernel;
  if (op.getStrides())
    result.strides = *op.getStrides();
  if (op.getDilations())
    result.dilations = *op.getDilations();
  if (op.getPads())
    result.pads = *op.getPads();
  result.autoPad = op.getAutoPad();
  return result;
}

} // namespace motion
#endif
