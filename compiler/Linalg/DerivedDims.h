// Dimensions of outputs that follow from the free ones.
#ifndef COMPILER_LINALG_DERIVEDDIMS_H
#define COMPILER_LINALG_DERIVEDDIMS_H
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace motion {

/// True if the size follows from the function's arguments alone, by arithmetic that `describeDerivedDim` knows.
bool followsFromArguments(mlir::OpFoldResult size);

/// Appends {name, min, max, formula} to the function's onnx.dims, and adds `func private @NAME.derived.K(free dims) -> index` to the module, K
/// counting the derived dimensions. Nothing is added when they are there already; another size of that name gets a number. Returns the name.
mlir::StringAttr describeDerivedDim(mlir::func::FuncOp function, llvm::StringRef name, mlir::Value size);

} // namespace motion
#endif
