// The order of the passes of the stage simplify: identities first, for they stand between nodes that belong together.
#include "compiler/Simplify/Pipeline.h"
#include "compiler/Simplify/Passes.h"
#include "mlir/Transforms/Passes.h"

void motion::buildSimplifyPipeline(mlir::OpPassManager &pm) {
  mlir::OpPassManager &functions = pm.nest<mlir::func::FuncOp>();
  functions.addPass(createRemoveIdentitiesPass());
  functions.addPass(createMergeTransposesPass());
  functions.addPass(createFoldBatchNormPass());
  functions.addPass(mlir::createCSEPass());
}
