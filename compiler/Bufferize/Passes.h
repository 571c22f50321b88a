// Passes of the bufferize stage.
#ifndef COMPILER_BUFFERIZE_PASSES_H
#define COMPILER_BUFFERIZE_PASSES_H
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace motion {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/Bufferize/Passes.h.inc"
} // namespace motion
#endif
