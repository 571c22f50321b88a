// What is known of sizes before the free dimensions have values.
#ifndef COMPILER_LINALG_SIZERANGES_H
#define COMPILER_LINALG_SIZERANGES_H
#include "mlir/IR/OpDefinition.h"

namespace motion {

/// True if `a` is at least `b` for all values of the free dimensions.
bool isAtLeast(mlir::OpFoldResult a, mlir::OpFoldResult b);

/// True if `a` and `b`, which the model demands to be equal, are the same value, or a free dimension and the lesser of it and a number: then that
/// number becomes the dimension's largest value.
bool mustBeEqual(mlir::OpFoldResult a, mlir::OpFoldResult b);

} // namespace motion
#endif
