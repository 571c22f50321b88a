// Shape arithmetic without tensors.
#ifndef COMPILER_LINALG_SHAPECHAINS_H
#define COMPILER_LINALG_SHAPECHAINS_H
#include "compiler/Linalg/Node.h"

namespace motion {

/// Lowers a node on small integer tensors whose elements are all known (constants or expressions of dimensions) to such elements; fails silently
/// where that is not the case.
mlir::LogicalResult foldShapeChain(Node &node);

/// The same for nodes that give the elements of their first operand, of any rank, another order or shape: `operands` are the elements of all operands.
mlir::LogicalResult rearrangeScalars(Node &node, llvm::ArrayRef<Sizes> operands);

} // namespace motion
#endif
