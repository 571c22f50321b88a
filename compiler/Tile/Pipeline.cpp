// The order of the passes of the stage tile.
#include "compiler/Tile/Pipeline.h"
#include "compiler/Tile/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "mlir/Transforms/Passes.h"

void motion::buildTilePipeline(mlir::OpPassManager &pm, const TileOptions &options) {
  PackContractionsPassOptions pack;
  pack.vectorBits = options.vectorBits;
  pm.addNestedPass<mlir::func::FuncOp>(createPackContractionsPass(pack));
  pm.addNestedPass<mlir::func::FuncOp>(createGeneralizeContractionsPass());
  // What packing asked of the sizes of its operands is answered by the destinations of those who made them.
  pm.addNestedPass<mlir::func::FuncOp>(createResolveSizesPass());
  pm.addPass(createExtractConstantsPass());
  pm.addNestedPass<mlir::func::FuncOp>(createNarrowFillsPass());
  pm.addPass(mlir::createCanonicalizerPass(motion::rewriteConfig()));
  pm.addNestedPass<mlir::func::FuncOp>(createMarkZerosPass());
  if (options.threads > 1)
    pm.addNestedPass<mlir::func::FuncOp>(createFormKernelsPass());
}
