// Passes that emit contractions.
#ifndef COMPILER_LOWER_CONTRACT_PASSES_H
#define COMPILER_LOWER_CONTRACT_PASSES_H
#include "mlir/Pass/Pass.h"

namespace motion {
#define GEN_PASS_DECL
#include "compiler/Lower/Contract/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Lower/Contract/Passes.h.inc"
} // namespace motion
#endif
