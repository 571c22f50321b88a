// Shapes that follow backwards from the results that a model declares.
#ifndef COMPILER_LINALG_RESULTSHAPES_H
#define COMPILER_LINALG_RESULTSHAPES_H
#include "mlir/IR/Block.h"

namespace motion {

/// Gives values of `block` the shapes that `results`, the types of what its terminator passes on, have, as far as pointwise operators tell.
void takeShapesFromResults(mlir::Block &block, mlir::TypeRange results);

} // namespace motion
#endif
