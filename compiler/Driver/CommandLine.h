// The command line of motionc.
#ifndef COMPILER_DRIVER_COMMANDLINE_H
#define COMPILER_DRIVER_COMMANDLINE_H
#include "compiler/Pipelines/Options.h"
#include <optional>

namespace motion {
/// Options from the command line. On wrong usage prints what is wrong and what to do, and returns nothing: exit code 2.
/// `--help` and `--version` print and end the program with 0.
std::optional<Options> parseCommandLine(int argc, const char *const *argv);
} // namespace motion
#endif
