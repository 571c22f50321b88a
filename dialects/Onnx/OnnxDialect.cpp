// Registration of the onnx dialect's operations, shard by shard.
#include "dialects/Onnx/OnnxOps.h"

#include "dialects/Onnx/OnnxDialect.cpp.inc"

#define GET_OP_REGISTRATION
#include "dialects/Onnx/OnnxOps.cpp.inc"

void motion::onnx::OnnxDialect::initialize() { registerOnnxDialectOperations(this); }
