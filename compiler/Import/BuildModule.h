// From a prepared model to IR.
#ifndef COMPILER_IMPORT_BUILDMODULE_H
#define COMPILER_IMPORT_BUILDMODULE_H
#include "compiler/Import/Model.h"

namespace motion {
/// Builds the module of the onnx dialect; small non-integer tensors join the store. The model has inferred types.
mlir::OwningOpRef<mlir::ModuleOp> buildModule(Model &model, llvm::StringRef name, WeightStore &weights, mlir::MLIRContext &context);
} // namespace motion
#endif
