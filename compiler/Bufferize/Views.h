// Views of buffers. Shared by the passes of the stage only.
#ifndef COMPILER_BUFFERIZE_VIEWS_H
#define COMPILER_BUFFERIZE_VIEWS_H
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
