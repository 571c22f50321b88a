// The order of the passes of the stage fuse: first what cannot be built; then layouts, so that what follows a contraction has its layout; then
// epilogues, before pointwise ops merge into something else.
#include "compiler/Fuse/Pipeline.h"
#include "compiler/Fuse/Passes.h"
#include "mlir/Transforms/Passes.h"

void motion::buildFusePipeline(mlir::OpPassManager &pm) {
  mlir::OpPassManager &functions = pm.nest<mlir::func::FuncOp>();
  functions.addPass(createFuseExtractsPass());
  functions.addPass(createFoldLayoutsPass());
  functions.addPass(createFuseEpiloguesPass());
  functions.addPass(createFuseElementwisePass());
  functions.addPass(createFuseEpiloguesPass());
}
