// The order of the passes that make kernels functions.
#include "compiler/Lower/Outline/Pipeline.h"
#include "compiler/Lower/Outline/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

void motion::buildOutlinePipeline(mlir::OpPassManager &pm, unsigned threads) {
  // Control flow is structured: there are no blocks to merge, and to look for them takes long in a large model.
  const auto config = mlir::GreedyRewriteConfig().setRegionSimplificationLevel(mlir::GreedySimplifyRegionLevel::Disabled);
  pm.addPass(createOutlineKernelsPass());
  pm.addPass(mlir::createCanonicalizerPass(config));
  pm.addPass(mlir::createCSEPass());
  pm.addPass(createShareKernelsPass());
  if (threads > 1) {
    pm.addPass(createParallelizeKernelsPass({threads}));
    pm.addPass(mlir::createCanonicalizerPass(config));
    pm.addPass(mlir::createCSEPass());
  }
}
