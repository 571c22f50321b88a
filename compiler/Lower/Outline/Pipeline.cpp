// The order of the passes that make kernels functions.
#include "compiler/Lower/Outline/Pipeline.h"
#include "compiler/Lower/Outline/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "mlir/Transforms/Passes.h"

void motion::buildOutlinePipeline(mlir::OpPassManager &pm, unsigned threads) {
  pm.addPass(createOutlineKernelsPass());
  pm.addPass(mlir::createCanonicalizerPass(motion::rewriteConfig()));
  pm.addPass(mlir::createCSEPass());
  pm.addPass(createShareKernelsPass());
  if (threads > 1) {
    pm.addPass(createParallelizeKernelsPass({threads}));
    pm.addPass(mlir::createCanonicalizerPass(motion::rewriteConfig()));
    pm.addPass(mlir::createCSEPass());
  }
}
