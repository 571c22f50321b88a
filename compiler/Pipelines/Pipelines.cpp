// The whole way from the onnx dialect to the LLVM dialect, stage by stage.
#include "compiler/Pipelines/Pipelines.h"
#include "compiler/Bufferize/Pipeline.h"
#include "compiler/Fuse/Pipeline.h"
#include "compiler/Linalg/Pipeline.h"
#include "compiler/Lower/Pipeline.h"
#include "compiler/Simplify/Pipeline.h"
#include "compiler/Tile/Pipeline.h"

using namespace mlir;

namespace motion {
namespace {

constexpr llvm::StringLiteral constantsFollow = "tile";

constexpr Stage stages[] = {
    {"simplify", [](OpPassManager &passes, const Options &, const Target &) { buildSimplifyPipeline(passes); }},
    {"linalg", [](OpPassManager &passes, const Options &, const Target &) { buildLinalgPipeline(passes); }},
    {"fuse", [](OpPassManager &passes, const Options &, const Target &) { buildFusePipeline(passes); }},
    {constantsFollow, [](OpPassManager &passes, const Options &options, const Target &target) {
       buildTilePipeline(passes, TileOptions{.vectorBits = target.vectorBits, .threads = options.threads});
     }},
    {"bufferize", [](OpPassManager &passes, const Options &options, const Target &) { buildBufferizePipeline(passes, options.threads); }},
    {"lower", [](OpPassManager &passes, const Options &options, const Target &target) {
       buildLowerPipeline(passes, LowerOptions{.vectorBits = target.vectorBits, .threads = options.threads});
     }},
};

} // namespace

llvm::ArrayRef<Stage> irStages() { return stages; }

std::vector<llvm::StringRef> stageNames() {
  std::vector<llvm::StringRef> names = {"import"};
  for (const Stage &stage : irStages())
    names.push_back(stage.name);
  names.push_back("emit");
  return names;
}

LogicalResult runStages(ModuleOp module, const Options &options, const Target &target, const WeightStore &weights, ConstantSection &constants,
                        llvm::function_ref<LogicalResult(llvm::StringRef stage)> done) {
  if (options.stopAfter == "import")
    return success();
  for (const Stage &stage : irStages()) {
    PassManager passes(module.getContext());
    passes.enableVerifier(options.verbose);
    stage.build(passes, options, target);
    if (failed(passes.run(module)) || failed(done(stage.name)))
      return failure();
    if (options.stopAfter == stage.name)
      return success();
    if (stage.name == constantsFollow) {
      FailureOr<ConstantSection> section = evaluateConstants(module, weights);
      if (failed(section))
        return failure();
      takeBackMarks(module, llvm::ArrayRef<char>((*section)->getBufferStart(), (*section)->getBufferSize()));
      if (failed(done("constants")))
        return failure();
      constants = std::move(*section);
    }
  }
  return success();
}

} // namespace motion
