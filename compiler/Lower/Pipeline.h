// The stage lower as a pipeline: bufferized kernels in, one module of the LLVM dialect out.
#ifndef COMPILER_LOWER_PIPELINE_H
#define COMPILER_LOWER_PIPELINE_H
#include "mlir/Pass/PassManager.h"

namespace motion {
/// `vectorBits`: bits of one hardware vector, 512 (AVX-512) or 256 (AVX2 with FMA). `threads`: tasks that may share a run; 1: no host.
struct LowerOptions {
  unsigned vectorBits = 512;
  unsigned threads = 1;
};

/// Appends the passes of the stage to a module's pass manager.
void buildLowerPipeline(mlir::OpPassManager &pm, const LowerOptions &options);
} // namespace motion
#endif
