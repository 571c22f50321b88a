// The order of the stage lower: kernels become functions, tasks share them, then loops over vectors, then the LLVM dialect.
#include "compiler/Lower/Pipeline.h"
#include "compiler/Lower/Contract/Passes.h"
#include "compiler/Lower/Outline/Pipeline.h"
#include "compiler/Lower/Passes.h"

using namespace mlir;

void motion::buildLowerPipeline(OpPassManager &pm, const LowerOptions &options) {
  buildOutlinePipeline(pm, options.threads);
  pm.addPass(createEmitContractPass({options.vectorBits}));
  pm.addPass(createVectorizeLinalgPass({options.vectorBits}));
  pm.addPass(createExpandMathPass());
  pm.addPass(createConvertToLLVMPass());
}
