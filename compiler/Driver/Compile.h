// A whole compilation as a function.
#ifndef COMPILER_DRIVER_COMPILE_H
#define COMPILER_DRIVER_COMPILE_H
#include "compiler/Pipelines/Options.h"
#include "llvm/Support/LogicalResult.h"
#include "llvm/Support/raw_ostream.h"

namespace motion {

/// Compiles `options.model` into `options.output` (an empty one is standard output, for IR only). Writes errors and, when verbose, times
/// and remarks to `messages`. Files are complete when this succeeds, and untouched when it fails.
llvm::LogicalResult compile(const Options &options, llvm::raw_ostream &messages);

} // namespace motion
#endif
