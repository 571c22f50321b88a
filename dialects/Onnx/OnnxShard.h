// Included by each generated OnnxOps<N>.cpp after it has named its shard (GET_OP_DEFS_<N>): defines that part of the operations.
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "dialects/Onnx/OnnxOps.cpp.inc"
