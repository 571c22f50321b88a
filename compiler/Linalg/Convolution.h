// Convolutions of any rank, for floats and integers.
#ifndef COMPILER_LINALG_CONVOLUTION_H
#define COMPILER_LINALG_CONVOLUTION_H
#include "compiler/Linalg/Window.h"

namespace motion {

/// x [batch, channels, spatial...] with w [outputs, channels / groups, kernel...] and an optional bias per output; the kernel's shape is w's.
mlir::FailureOr<Tensor> convolve(Node &node, Tensor x, const Tensor &w, const Tensor &bias, int64_t groups, WindowAttributes attributes);

template <typename Op> mlir::FailureOr<Tensor> convolve(Node &node, Op op, const Tensor &x, const Tensor &w, const Tensor &bias) {
  return convolve(node, x, w, bias, op.getGroup(), windowAttributes(op, {}));
}

} // namespace motion
#endif
