// Passes of the stage fuse.
#ifndef COMPILER_FUSE_PASSES_H
#define COMPILER_FUSE_PASSES_H
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace motion {
#define GEN_PASS_DECL
#include "compiler/Fuse/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Fuse/Passes.h.inc"
} // namespace motion
#endif
