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

/// `onnxResult`: its declared shape must be static, and so must that of `x`.
mlir::FailureOr<RuntimeReduced> reduceAlongRuntimeAxes(Node &node, const Tensor &x, mlir::Value axes, mlir::Value onnxResult, bool noop, Kind kind,
                                                       llvm::function_ref<mlir::Value(Scalars &, mlir::Value)> before);

} // namespace motion
#endif
