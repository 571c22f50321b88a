// The stage simplify as a pipeline: the onnx dialect in and out.
#ifndef COMPILER_SIMPLIFY_PIPELINE_H
#define COMPILER_SIMPLIFY_PIPELINE_H
#include "mlir/Pass/PassManager.h"

namespace motion {
/// Rewrites of the onnx dialect that need the weights, and cleaning up.
void buildSimplifyPipeline(mlir::OpPassManager &pm);
} // namespace motion
#endif
