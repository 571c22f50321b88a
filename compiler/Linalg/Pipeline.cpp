// The order of the passes of the stage linalg: the conversion, then what folds and what nobody reads goes. No CSE: every op keeps its own destination.
#include "compiler/Linalg/Pipeline.h"
#include "compiler/Linalg/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

void motion::buildLinalgPipeline(mlir::OpPassManager &pm) {
  // Control flow is structured: there are no blocks to merge, and to look for them takes long in a large model.
  const auto config = mlir::GreedyRewriteConfig().setRegionSimplificationLevel(mlir::GreedySimplifyRegionLevel::Disabled);
  pm.addPass(createConvertToLinalgPass());
  pm.addPass(mlir::createCanonicalizerPass(config));
}
