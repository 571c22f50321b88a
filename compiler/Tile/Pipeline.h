// The stage tile as a pipeline: tensors in, tensors out, kernels and the constants function decided.
#ifndef COMPILER_TILE_PIPELINE_H
#define COMPILER_TILE_PIPELINE_H
#include "mlir/Pass/PassManager.h"

namespace motion {
/// What the decisions of the stage depend on.
struct TileOptions {
  unsigned vectorBits = 512;   ///< width of a vector register of the target
  unsigned threads = 1;        ///< above 1, large ops are cut into slices
};
/// Packs, extracts the constants function, and cuts large ops into slices for threads.
void buildTilePipeline(mlir::OpPassManager &pm, const TileOptions &options);
} // namespace motion
#endif
