// What a context needs before any stage runs.
#ifndef COMPILER_PIPELINES_REGISTRATION_H
#define COMPILER_PIPELINES_REGISTRATION_H
#include "mlir/IR/DialectRegistry.h"

namespace motion {
/// Registers the dialects, and the external models (bufferization, tiling, translation), that the stages use.
void registerDialects(mlir::DialectRegistry &registry);
/// Registers every stage's passes by name, for motionc-opt.
void registerPasses();
} // namespace motion
#endif
