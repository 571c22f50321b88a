// Evaluates the part of @NAME.constants that only moves data, which is all of it for most models: no code is made for what runs once.
#ifndef COMPILER_PIPELINES_CONSTANTMOVES_H
#define COMPILER_PIPELINES_CONSTANTMOVES_H
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/ArrayRef.h"

namespace motion {

/// Writes every result that is a weight transposed, reshaped, cut or padded to its place, and takes it out of the function. `arguments`: the memory
/// of each argument. True if nothing is left to compute.
bool evaluateMoves(mlir::func::FuncOp function, llvm::ArrayRef<char *> arguments);

} // namespace motion
#endif
