// Pointwise work as linalg.generic: broadcasting, narrow floats decoded and encoded in the body, constants of one element inside it.
#ifndef COMPILER_LINALG_ELEMENTWISE_H
#define COMPILER_LINALG_ELEMENTWISE_H
#include "compiler/Linalg/Node.h"

namespace motion {

using ScalarBody = llvm::function_ref<mlir::Value(Scalars &, mlir::ValueRange)>;

/// Sizes of the broadcast of `inputs`, aligned at the end; refuses where that is not known when compiling.
mlir::FailureOr<Sizes> broadcastSizes(Node &node, llvm::ArrayRef<Tensor> inputs);

/// How a tensor of sizes `input` is read in a loop over sizes `loops`, aligned at the end.
mlir::AffineMap broadcastMap(Node &node, llvm::ArrayRef<mlir::OpFoldResult> input, llvm::ArrayRef<mlir::OpFoldResult> loops);

/// One linalg.generic over `sizes`: `body` gets one scalar per input, read by its map, in the input's compute type.
Tensor pointwise(Node &node, mlir::Type element, llvm::ArrayRef<mlir::OpFoldResult> sizes, llvm::ArrayRef<Tensor> inputs,
                 llvm::ArrayRef<mlir::AffineMap> maps, ScalarBody body, bool saturate = false);

/// Pointwise with ONNX's broadcasting.
mlir::FailureOr<Tensor> elementwise(Node &node, mlir::Type element, llvm::ArrayRef<Tensor> inputs, ScalarBody body, bool saturate = false);

/// The same elements in another element type.
Tensor convertTensor(Node &node, const Tensor &tensor, mlir::Type element, bool saturate = false);

/// The scalar that all elements of a tensor are, if it was built from one.
mlir::Value uniformScalar(mlir::Value tensor);

} // namespace motion
#endif
