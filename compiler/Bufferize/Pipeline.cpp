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
  // Copies of a view to itself go away when CSE has made the two views one value.
  for (int i = 0; i < 2; ++i) {
    pm.addPass(createCSEPass());
    pm.addPass(createCanonicalizerPass(motion::rewriteConfig()));
  }
  pm.addNestedPass<func::FuncOp>(createRemoveCopiesPass());
  if (threads == 1) // with more, slices of kernels go to the threads
    pm.addNestedPass<func::FuncOp>(createSliceBatchesPass());
  pm.addPass(createPlanMemoryPass({.threads = threads}));
  pm.addPass(createCanonicalizerPass(motion::rewriteConfig()));
  pm.addPass(createCSEPass());
}
