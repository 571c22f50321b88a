// Passes of the stage linalg.
#ifndef COMPILER_LINALG_PASSES_H
#define COMPILER_LINALG_PASSES_H
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace motion {
#define GEN_PASS_DECL
#include "compiler/Linalg/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Linalg/Passes.h.inc"
} // namespace motion
#endif
