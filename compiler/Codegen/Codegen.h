// From the LLVM dialect to object code. Below the stages: emit uses it for the library, the constants engine for what runs when compiling.
#ifndef COMPILER_CODEGEN_CODEGEN_H
#define COMPILER_CODEGEN_CODEGEN_H
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"
#include <memory>
#include <string>

namespace motion {

/// The machine that code is made for.
struct Target {
  std::string triple;     ///< x86_64-unknown-linux-gnu ...
  std::string cpu;        ///< LLVM's name: x86-64-v4, znver4 ...
  std::string features;   ///< LLVM's list, comma separated: +avx512f,...
  unsigned vectorBits = 512;   ///< width of a vector register
  std::string level;      ///< psABI level that the code needs: x86-64-v3 or x86-64-v4

  /// From the argument of --cpu: `native` or an LLVM CPU name with at least AVX2 and FMA. The error says what is possible.
  static llvm::Expected<Target> fromCpu(llvm::StringRef cpu);
  std::unique_ptr<llvm::TargetMachine> createMachine() const;
};

/// Sets triple, data layout and the functions' target attributes (a function that has a `target-cpu` keeps it), and runs the short optimisation
/// pipeline: our code is explicit vectors already, LLVM's O2 costs compile time and buys nothing.
void optimize(llvm::Module &module, const Target &target, llvm::TargetMachine &machine);

/// Object code or assembly of an optimised module.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> compile(llvm::Module &module, llvm::TargetMachine &machine,
                                                            llvm::CodeGenFileType type = llvm::CodeGenFileType::ObjectFile);

} // namespace motion
#endif
