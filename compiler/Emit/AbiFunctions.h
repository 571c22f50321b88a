// The functions that a library exports and hands out, in LLVM IR.
#ifndef COMPILER_EMIT_ABIFUNCTIONS_H
#define COMPILER_EMIT_ABIFUNCTIONS_H
#include "compiler/Emit/Interface.h"
#include "llvm/IR/Module.h"

namespace motion {

/// What the exported functions depend on beside the interface.
struct AbiOptions {
  bool checks = true;           ///< NAME_run checks its arguments
  bool isShared = true;         ///< the three functions are exported from a shared library; else hidden
  uint64_t cpuFeatures = 0;     ///< bits of CpuFeatures.def that the code needs
  uint64_t constantBytes = 0;   ///< of the symbol constantsName()
  bool largeConstants = false;  ///< they lie further away than 2 GB
};

/// Hidden symbols of the second object.
std::string constantsName(const ModelInterface &model);
std::string descriptionName(const ModelInterface &model);

/// Adds NAME_run, NAME_workspace, NAME_model and the uniform plan() and run() to a module with the model's functions @NAME (void, or an i32 error)
/// and @NAME.workspace, and @NAME.derived.K for each derived dim; all other functions become local.
void addAbiFunctions(llvm::Module &module, const ModelInterface &model, const AbiOptions &options);

} // namespace motion
#endif
