// The stage fuse as a pipeline: tensors in destination form in, the same with fewer and larger ops out.
#ifndef COMPILER_FUSE_PIPELINE_H
#define COMPILER_FUSE_PIPELINE_H
#include "mlir/Pass/PassManager.h"

namespace motion {
/// Layouts, epilogues, then pointwise ops that are left.
void buildFusePipeline(mlir::OpPassManager &pm);
} // namespace motion
#endif
