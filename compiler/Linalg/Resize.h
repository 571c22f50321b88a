// Interpolation along one axis, and what the operator Resize says about it.
#ifndef COMPILER_LINALG_RESIZE_H
#define COMPILER_LINALG_RESIZE_H
#include "compiler/Linalg/Pull.h"

namespace motion {

/// The attributes and operands of Resize that are the same for all axes.
struct ResizeMode {
  bool nearest = false, cubic = false, antialias = false, excludeOutside = false;
  double cubicA = 0, extrapolation = 0;
  llvm::StringRef coordinates, rounding, aspect;
  Tensor scales, sizes, roi;               ///< at most one of scales and sizes
  llvm::SmallVector<mlir::Value> extents;  ///< of the axes that scales and sizes speak of, in their order
  mlir::Type element;                      ///< of the operator's result
};

/// One axis: its dimension, its entry in scales and sizes, and how many source elements meet in one of the result.
struct ResizeAxis {
  int64_t dim = 0, operand = 0, taps = 1;
  mlir::Value extent, newExtent;
  mlir::OpFoldResult newSize;
};

/// New length over old, as f64.
mlir::Value resizeScale(Scalars &s, const ResizeAxis &axis, const ResizeMode &mode);

/// `x` with dimension `axis.dim` resampled; stored values for mode nearest, else f32 or f64.
Tensor resizeAxis(Node &node, const Tensor &x, const ResizeAxis &axis, const ResizeMode &mode);

} // namespace motion
#endif
