// Sums of products as kernel.contract (floats) or linalg.generic (integers).
#ifndef COMPILER_LINALG_CONTRACTION_H
#define COMPILER_LINALG_CONTRACTION_H
#include "compiler/Linalg/Elementwise.h"

namespace motion {

/// y[maps.back()] = sum of a[maps[0]] * b[maps[1]], plus `bias` (map in maps[2]) if there is one. `sizes`: of y. `padding`: see kernel.contract.
Tensor contract(Node &node, const Tensor &a, const Tensor &b, const Tensor &bias, llvm::ArrayRef<mlir::OpFoldResult> sizes,
                llvm::ArrayRef<mlir::AffineMap> maps, llvm::ArrayRef<int64_t> padding = {});

/// ONNX's MatMul: vectors, matrices, and stacks of them with broadcasting; the result in `element`.
mlir::FailureOr<Tensor> matmul(Node &node, Tensor a, Tensor b, mlir::Type element);

} // namespace motion
#endif
