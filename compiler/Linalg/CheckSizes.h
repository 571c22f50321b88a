// Operands whose dimensions must be equal, checked once for all operators.
#ifndef COMPILER_LINALG_CHECKSIZES_H
#define COMPILER_LINALG_CHECKSIZES_H
#include "compiler/Linalg/Node.h"

namespace motion {

/// Refuses loops along dimensions of which one is free and another is a number or another free dimension, and numbers in the place of what follows
/// from free dimensions. Sizes that data decides are believed.
mlir::LogicalResult checkSizes(mlir::Block &block, const LoweredValues &values);

} // namespace motion
#endif
