// The stage tile as a pipeline: tensors in, tensors out, kernels and the constants function decided.
#ifndef COMPILER_TILE_PIPELINE_H
#define COMPILER_TILE_PIPELINE_H
#include "mlir/Pass/PassManager.h"

namespace motion {
struct TileOptions {
  unsigned vectorBits = 512;   ///< width of a vector register of the target
  unsigned threads = 1;        ///< above 1, large ops are cut into slices
};
void buildTilePipeline(mlir::OpPassManager &pm, const TileOptions &options);
} // namespace motion
#endif
