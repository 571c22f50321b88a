// Passes of the stage tile.
#ifndef COMPILER_TILE_PASSES_H
#define COMPILER_TILE_PASSES_H
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace motion {
#define GEN_PASS_DECL
#include "compiler/Tile/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Tile/Passes.h.inc"
} // namespace motion
#endif
