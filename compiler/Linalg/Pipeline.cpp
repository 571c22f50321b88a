// The order of the passes of the stage linalg: the conversion, then what folds and what nobody reads goes. No CSE: every op keeps its own destination.
#include "compiler/Linalg/Pipeline.h"
#include "compiler/Linalg/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "mlir/Transforms/Passes.h"

void motion::buildLinalgPipeline(mlir::OpPassManager &pm) {
  pm.addPass(createConvertToLinalgPass());
  pm.addPass(mlir::createCanonicalizerPass(motion::rewriteConfig()));
}
