// The model's code: from the LLVM dialect to an object, with the functions of the binary interface.
#ifndef COMPILER_EMIT_OBJECT_H
#define COMPILER_EMIT_OBJECT_H
#include "compiler/Codegen/Codegen.h"
#include "compiler/Emit/AbiFunctions.h"
#include "compiler/Emit/Interface.h"

namespace motion {

/// Code of a model, and what was learned about it on the way. Owns an LLVM module.
class ModelCode {
public:
  /// Translates the module and adds the functions of the binary interface. Attributes of the functions that LLVM does not know are removed.
  static llvm::Expected<std::unique_ptr<ModelCode>> create(mlir::ModuleOp module, const ModelInterface &model, const Target &target, AbiOptions options);

  /// Object code, assembly (AssemblyFile) or, with Null, the IR as text; to be called once.
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> compile(llvm::CodeGenFileType type);

  /// Bytes of workspace for sizes of the free dims.
  std::optional<uint64_t> workspaceBytes(const std::vector<int64_t> &freeDims) const;
  /// Whether the code calls a routine that it does not hold.
  bool calls(llvm::StringRef routine) const { return module->getFunction(routine) != nullptr; }
  /// Bytes of stack that the deepest call from NAME_run takes, without our runtime routines; known after `compile`.
  uint64_t stackBytes() const { return stack; }

private:
  explicit ModelCode(const Target &target) : target(target) {}
  void measureStack(const llvm::StringMap<uint64_t> &frames);

  Target target;
  std::string name;
  std::unique_ptr<llvm::TargetMachine> machine;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module;
  uint64_t stack = 0;
};

/// The bits of CpuFeatures.def that code for a target needs.
uint64_t cpuFeatureBits(const llvm::TargetMachine &machine);

} // namespace motion
#endif
