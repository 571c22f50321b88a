// Contents of TensorProto messages.
#ifndef COMPILER_IMPORT_TENSORDATA_H
#define COMPILER_IMPORT_TENSORDATA_H
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include <cstdint>
#include <onnx/onnx_pb.h>
#include <string>

namespace motion {

/// The MLIR type of an ONNX element type; null for strings and unknown ones. Signed is signless, bool is i1.
mlir::Type elementType(int dataType, mlir::MLIRContext *context);
/// "float", "int64", "string" ...
std::string elementTypeName(int dataType);

/// Bits of one element as ONNX stores it: 6, 4 and 2 are packed; 0: strings and unknown types.
unsigned storedBits(int dataType);
/// Elements of the tensor; refuses negative dimensions and what no machine holds.
int64_t elementCount(const ::onnx::TensorProto &tensor);
/// Bytes of that many elements as ONNX stores them.
int64_t storedBytes(int dataType, int64_t elements);

/// The elements, one after another, sub-byte ones one a byte, from the packed form that ONNX stores.
std::string unpackElements(int dataType, int64_t elements, llvm::StringRef stored);
/// The elements in the same form, whichever field of the message has them. External data is not looked at.
std::string tensorElements(const ::onnx::TensorProto &tensor);
/// The attribute of a tensor of a few elements, whose bytes are given in that form.
mlir::DenseElementsAttr denseElements(mlir::RankedTensorType type, llvm::StringRef elements);

} // namespace motion
#endif
