// The stages between import and emit, in order.
#ifndef COMPILER_PIPELINES_PIPELINES_H
#define COMPILER_PIPELINES_PIPELINES_H
#include "compiler/Codegen/Codegen.h"
#include "compiler/Pipelines/Constants.h"
#include "compiler/Pipelines/Options.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace motion {

/// One stage that works on IR.
struct Stage {
  llvm::StringRef name;
  /// Adds the stage's passes.
  void (*build)(mlir::OpPassManager &passes, const Options &options, const Target &target);
};

/// simplify to lower; import comes before, emit after them.
llvm::ArrayRef<Stage> irStages();
/// Names of all stages, import and emit included.
std::vector<llvm::StringRef> stageNames();
/// Runs the stages up to `options.stopAfter`, and calls `done` with each stage's name after it. After tile, what depends on weights alone is
/// computed: `constants` receives the section.
mlir::LogicalResult runStages(mlir::ModuleOp module, const Options &options, const Target &target, const WeightStore &weights,
                              ConstantSection &constants, llvm::function_ref<mlir::LogicalResult(llvm::StringRef stage)> done);

} // namespace motion
#endif
