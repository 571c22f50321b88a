// The bufferize stage: prepare destinations, one-shot bufferization, clean up, plan the workspace.
#include "compiler/Bufferize/Pipeline.h"
#include "compiler/Bufferize/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void motion::buildBufferizePipeline(OpPassManager &pm, unsigned threads) {
  pm.addNestedPass<func::FuncOp>(createPrepareDestinationsPass());
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  pm.addPass(bufferization::createOneShotBufferizePass(options));
  pm.addPass(createCSEPass());
  pm.addPass(createCanonicalizerPass(rewriteConfig()));
  pm.addPass(createCSEPass()); // what is the same view is one value
  pm.addNestedPass<func::FuncOp>(createRemoveCopiesPass());
  if (threads == 1) // with more, slices of kernels go to the threads
    pm.addNestedPass<func::FuncOp>(createSliceBatchesPass());
  pm.addPass(createPlanMemoryPass({.threads = threads}));
  pm.addPass(createCanonicalizerPass(rewriteConfig()));
  pm.addPass(createCSEPass());
}
