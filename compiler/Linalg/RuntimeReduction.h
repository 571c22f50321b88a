// Reductions whose axes are the values of an input.
#ifndef COMPILER_LINALG_RUNTIMEREDUCTION_H
#define COMPILER_LINALG_RUNTIMEREDUCTION_H
#include "compiler/Linalg/Reduction.h"

namespace motion {

/// A reduced tensor, and how many elements went into each of its own.
struct RuntimeReduced {
  Tensor tensor;            ///< in the shape that the model declares
  mlir::OpFoldResult count; ///< elements that each result was reduced from
};

/// `before` gets each element, and the element of `shift` (of the result's shape, if given) that belongs to it; null for the element as it is.
/// `onnxResult`: its declared shape must be static, and so must that of `x`.
mlir::FailureOr<RuntimeReduced> reduceAlongRuntimeAxes(Node &node, const Tensor &x, mlir::Value axes, mlir::Value onnxResult, Kind kind,
                                                       llvm::function_ref<mlir::Value(Scalars &, mlir::Value, mlir::Value)> before,
                                                       const Tensor &shift = {});

} // namespace motion
#endif
