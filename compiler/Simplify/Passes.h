// Passes of the stage simplify.
#ifndef COMPILER_SIMPLIFY_PASSES_H
#define COMPILER_SIMPLIFY_PASSES_H
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace motion {
#define GEN_PASS_DECL
#include "compiler/Simplify/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Simplify/Passes.h.inc"
} // namespace motion
#endif
