// The onnx dialect itself: enough to create a context. The operation classes are in OnnxOps.h, which only import, simplify and linalg include.
#ifndef DIALECTS_ONNX_ONNXDIALECT_H
#define DIALECTS_ONNX_ONNXDIALECT_H
#include "mlir/IR/Dialect.h"
#include "dialects/Onnx/OnnxDialect.h.inc"
#endif
