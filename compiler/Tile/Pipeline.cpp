// The order of the passes of the stage tile.
#include "compiler/Tile/Pipeline.h"
#include "compiler/Tile/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

void motion::buildTilePipeline(mlir::OpPassManager &pm, const TileOptions &options) {
  // Control flow is structured: there are no blocks to merge, and to look for them takes long in a large model.
  const auto config = mlir::GreedyRewriteConfig().setRegionSimplificationLevel(mlir::GreedySimplifyRegionLevel::Disabled);
  PackContractionsPassOptions pack;
  pack.vectorBits = options.vectorBits;
  pm.addNestedPass<mlir::func::FuncOp>(createPackContractionsPass(pack));
  pm.addNestedPass<mlir::func::FuncOp>(createGeneralizeContractionsPass());
  // What packing asked of the sizes of its operands is answered by the destinations of those who made them.
  pm.addNestedPass<mlir::func::FuncOp>(createResolveSizesPass());
  pm.addPass(createExtractConstantsPass());
  pm.addNestedPass<mlir::func::FuncOp>(createNarrowFillsPass());
  pm.addPass(mlir::createCanonicalizerPass(config));
  if (options.threads > 1)
    pm.addNestedPass<mlir::func::FuncOp>(createFormKernelsPass());
}
