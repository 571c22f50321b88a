// The operation classes of the onnx dialect, one per ONNX operator (onnx::ReluOp ...). Large: include it only where operators are named.
#ifndef DIALECTS_ONNX_ONNXOPS_H
#define DIALECTS_ONNX_ONNXOPS_H
#include "dialects/Onnx/OnnxDialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#define GET_OP_CLASSES
#include "dialects/Onnx/OnnxOps.h.inc"
#endif
