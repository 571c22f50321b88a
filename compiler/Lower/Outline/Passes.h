// Passes of the lower stage that deal with kernels as functions.
#ifndef COMPILER_LOWER_OUTLINE_PASSES_H
#define COMPILER_LOWER_OUTLINE_PASSES_H
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace motion {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/Lower/Outline/Passes.h.inc"
} // namespace motion
#endif
