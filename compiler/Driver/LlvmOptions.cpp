// The linked LLVM libraries register hundreds of options, which are no part of our commands.
#include "compiler/Driver/LlvmOptions.h"
#include "llvm/Support/CommandLine.h"

using namespace llvm;

void motion::dropLlvmOptions() {
  SmallVector<cl::Option *> others;
  for (auto &entry : cl::getRegisteredOptions())
    if (entry.first != "help" && entry.first != "version")
      others.push_back(entry.second);
  for (cl::Option *option : others)
    option->removeArgument();
}
