// The emit stage: a module in the LLVM dialect and finished constants in, files out.
#ifndef COMPILER_EMIT_EMIT_H
#define COMPILER_EMIT_EMIT_H
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include <string>

namespace motion {

/// What the user asked for, as far as emit is concerned.
struct EmitOptions {
  std::string output;           ///< path; its suffix decides: .so .a .o, or for reading .s .ll .mlir
  std::string header;           ///< path of the C header; empty: beside the library, NAME.h. None is written for .s, .ll and .mlir
  std::string cpu = "native";   ///< see Target::fromCpu
  unsigned threads = 1;         ///< most threads of a call, for the description
  bool checks = true;           ///< NAME_run checks its arguments
  std::string options;          ///< the options as a command line, for the description; nothing that changes with the folder
};

/// Whether a path ends in a suffix that emit can write.
bool isEmitSuffix(llvm::StringRef path);

/// Writes the library and its header, complete or not at all. `module` holds the model's function (see Interface.cpp for its attributes), its
/// kernels and `@NAME.workspace`; it is not to be used afterwards. Errors are reported on the module.
mlir::LogicalResult emit(mlir::ModuleOp module, const EmitOptions &options, llvm::ArrayRef<char> constants);

} // namespace motion
#endif
