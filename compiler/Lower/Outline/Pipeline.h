// The first part of the stage lower as a pipeline.
#ifndef COMPILER_LOWER_OUTLINE_PIPELINE_H
#define COMPILER_LOWER_OUTLINE_PIPELINE_H
#include "mlir/Pass/PassManager.h"

namespace motion {
/// Bufferized functions in; a function per kernel, and straight-line functions that call them, out. `threads`: tasks of a run at most, the
/// number that the workspace was planned for.
void buildOutlinePipeline(mlir::OpPassManager &pm, unsigned threads = 1);
} // namespace motion
#endif
