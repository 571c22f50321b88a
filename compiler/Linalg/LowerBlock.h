// The lowering of a block's operations, for the function's body and for the bodies of control flow.
#ifndef COMPILER_LINALG_LOWERBLOCK_H
#define COMPILER_LINALG_LOWERBLOCK_H
#include "compiler/Linalg/Node.h"

namespace motion {

/// Lowers every operation but the terminator, at the builder's place; fails after having reported all that cannot be lowered.
mlir::LogicalResult lowerBlock(mlir::Block &block, mlir::OpBuilder &builder, LoweredValues &values, const OperatorList &operators);

} // namespace motion
#endif
