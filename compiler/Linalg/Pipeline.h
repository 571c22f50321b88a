// The stage linalg as a pipeline: the onnx dialect in, tensors in destination form out (compiler/README.md).
#ifndef COMPILER_LINALG_PIPELINE_H
#define COMPILER_LINALG_PIPELINE_H
#include "mlir/Pass/PassManager.h"

namespace motion {
/// The conversion, then canonicalization.
void buildLinalgPipeline(mlir::OpPassManager &pm);
} // namespace motion
#endif
