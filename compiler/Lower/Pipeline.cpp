// The order of the stage lower.
#include "compiler/Lower/Pipeline.h"
#include "compiler/Lower/Passes.h"

using namespace mlir;

void motion::buildLowerPipeline(OpPassManager &pm, const LowerOptions &options) {
  pm.addPass(createVectorizeLinalgPass({options.vectorBits}));
  pm.addPass(createConvertToLLVMPass());
}
