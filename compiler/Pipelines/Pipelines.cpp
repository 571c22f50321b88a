// The whole way from the onnx dialect to the LLVM dialect, stage by stage.
#include "compiler/Pipelines/Pipelines.h"
#include "compiler/Simplify/Pipeline.h"

using namespace mlir;

namespace motion {

llvm::ArrayRef<Stage> irStages() {
  static constexpr Stage stages[] = {
      {"simplify", [](OpPassManager &passes, const Options &, WeightStore &) { buildSimplifyPipeline(passes); }},
  };
  return stages;
}

std::vector<llvm::StringRef> stageNames() {
  std::vector<llvm::StringRef> names = {"import"};
  for (const Stage &stage : irStages())
    names.push_back(stage.name);
  names.push_back("emit");
  return names;
}

LogicalResult runStages(ModuleOp module, const Options &options, WeightStore &weights,
                        llvm::function_ref<LogicalResult(llvm::StringRef stage)> done) {
  if (options.stopAfter == "import")
    return success();
  for (const Stage &stage : irStages()) {
    PassManager passes(module.getContext());
    stage.build(passes, options, weights);
    if (failed(passes.run(module)) || failed(done(stage.name)))
      return failure();
    if (options.stopAfter == stage.name)
      return success();
  }
  return success();
}

} // namespace motion
