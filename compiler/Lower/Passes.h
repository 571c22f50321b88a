// The passes of the stage lower.
#ifndef COMPILER_LOWER_PASSES_H
#define COMPILER_LOWER_PASSES_H
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/Pass.h"
#include <memory>

namespace motion {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "compiler/Lower/Passes.h.inc"
} // namespace motion
#endif
