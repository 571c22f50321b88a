// What a program that links LLVM statically leaves out. LLD sets up every code generator, for bitcode that it is never given here: the empty functions
// below come before those of the archives, so that the other targets are neither linked (half of the program) nor set up.
#include "llvm/Plugins/PassPlugin.h"

// LLVM's pass pipeline for bitcode names Polly, which no archive holds.
llvm::PassPluginLibraryInfo getPollyPluginInfo() { return {}; }

extern "C" {
#define OTHER_TARGET(name)                                                                                                                                \
  void LLVMInitialize##name##Target() {}                                                                                                                  \
  void LLVMInitialize##name##TargetInfo() {}                                                                                                              \
  void LLVMInitialize##name##TargetMC() {}                                                                                                                \
  void LLVMInitialize##name##AsmPrinter() {}                                                                                                              \
  void LLVMInitialize##name##AsmParser() {}
#include "OtherTargets.def"
}
