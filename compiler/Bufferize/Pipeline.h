// The bufferize stage as a whole.
#ifndef COMPILER_BUFFERIZE_PIPELINE_H
#define COMPILER_BUFFERIZE_PIPELINE_H
#include "mlir/Pass/PassManager.h"

namespace motion {
/// Tensors in destination form in; memrefs inside `%workspace` and `%constants` out, for every function of the module. `threads`: how many
/// slices of a kernel may run at the same time (scratch is reserved for each).
void buildBufferizePipeline(mlir::OpPassManager &pm, unsigned threads = 1);
} // namespace motion
#endif
