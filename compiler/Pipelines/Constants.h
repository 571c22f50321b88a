// The constants engine: what follows from weights alone is computed when compiling, by the same stages that compile the model.
#ifndef COMPILER_PIPELINES_CONSTANTS_H
#define COMPILER_PIPELINES_CONSTANTS_H
#include "compiler/Weights/WeightStore.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/FunctionExtras.h"

namespace motion {

/// The finished constant section; never null, aligned to 64 bytes.
using ConstantSection = std::unique_ptr<llvm::WritableMemoryBuffer>;

/// Takes `@NAME.constants` (see compiler/README.md) out of the module, compiles it for this machine, runs it in this process and returns the section;
/// raw weights are copied. Errors are reported as diagnostics. Not reentrant for one module.
mlir::FailureOr<ConstantSection> evaluateConstants(mlir::ModuleOp module, const WeightStore &weights);

/// Takes `skip_zeros` off the contractions whose constant holds an infinity or NaN: 0 times that is not 0.
void takeBackMarks(mlir::ModuleOp module, llvm::ArrayRef<char> section);

} // namespace motion
#endif
