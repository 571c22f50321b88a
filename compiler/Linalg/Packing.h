// Elements of less than a byte: packed outside of a model, the first in the low bits; one per byte inside.
#ifndef COMPILER_LINALG_PACKING_H
#define COMPILER_LINALG_PACKING_H
#include "compiler/Linalg/Node.h"

namespace motion {

/// Several elements share a byte outside.
inline bool isPacked(mlir::Type element) { return element.isIntOrFloat() && element.getIntOrFloatBitWidth() < 8 && !element.isInteger(1); }

/// The bytes of a packed tensor of such sizes, as the only size of a tensor.
Sizes packedSizes(Node &node, llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type element);

/// From a tensor of bytes to one element per byte.
Tensor unpack(Node &node, mlir::Value bytes, llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type element);

/// The reverse: a tensor of bytes, zeros behind the last element.
Tensor pack(Node &node, const Tensor &tensor);

} // namespace motion
#endif
