// The stages between import and emit, in order.
#ifndef COMPILER_PIPELINES_PIPELINES_H
#define COMPILER_PIPELINES_PIPELINES_H
#include "compiler/Pipelines/Options.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace motion {

/// One stage that works on IR.
struct Stage {
  llvm::StringRef name;
  /// Adds the stage's passes; `module` and `weights` are those that the passes will run on.
  void (*build)(mlir::OpPassManager &passes, const Options &options, WeightStore &weights);
};

/// simplify to lower; import comes before, emit after them.
llvm::ArrayRef<Stage> irStages();
/// Names of all stages, import and emit included.
std::vector<llvm::StringRef> stageNames();
/// Runs the stages up to `options.stopAfter`, and calls `done` with each stage's name after it.
mlir::LogicalResult runStages(mlir::ModuleOp module, const Options &options, WeightStore &weights,
                              llvm::function_ref<mlir::LogicalResult(llvm::StringRef stage)> done);

} // namespace motion
#endif
