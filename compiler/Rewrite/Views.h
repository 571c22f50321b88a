// Views of buffers.
#ifndef COMPILER_REWRITE_VIEWS_H
#define COMPILER_REWRITE_VIEWS_H
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace motion {

/// The buffer that a view shows.
inline mlir::Value rootBuffer(mlir::Value value) {
  while (auto view = value.getDefiningOp<mlir::ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

} // namespace motion
#endif
