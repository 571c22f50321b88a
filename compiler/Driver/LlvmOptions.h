// What the LLVM libraries add to every program's command line.
#ifndef COMPILER_DRIVER_LLVMOPTIONS_H
#define COMPILER_DRIVER_LLVMOPTIONS_H

namespace motion {
/// Takes the options of the linked LLVM libraries off the command line, --help and --version excepted. To be called before a program
/// registers its own.
void dropLlvmOptions();
} // namespace motion
#endif
