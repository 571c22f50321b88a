// The onnx dialect: its operations come from the schemas of the ONNX library at build time (GenerateOds.cpp).
#ifndef DIALECTS_ONNX_ONNXDIALECT_TD
#define DIALECTS_ONNX_ONNXDIALECT_TD
include "mlir/IR/OpBase.td"

def Onnx_Dialect : Dialect {
  let name = "onnx";
  let cppNamespace = "::motion::onnx";
  let summary = "One operation per ONNX operator of the newest opset";
  let description = [{
    Operands and results carry builtin tensor types; signed and signless integers are ONNX's signed ones (`i64`), unsigned ones are `ui8` ...,
    an omitted optional operand is absent (segments). Graph attributes are regions that capture values of the enclosing graph and end in `onnx.Yield`.
    The ONNX checker has verified the model, so types are `AnyType` here.
  }];
}
#endif
