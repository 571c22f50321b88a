// The element types of ONNX as C types.
#ifndef COMPILER_EMIT_ELEMENTTYPE_H
#define COMPILER_EMIT_ELEMENTTYPE_H
#include <cstdint>

namespace motion {

/// An element type as TensorProto.DataType numbers it, and what stands for it in C.
struct ElementType {
  uint16_t code;      ///< TensorProto.DataType
  const char *name;   ///< ONNX's: float, int64, bfloat16 ...
  const char *cType;  ///< float, int64_t, uint16_t ...
  unsigned bits;      ///< of an element
  unsigned cBits;     ///< of the C type; 4-bit types share one, a complex number takes two
  /// Whether the C type is only a container of the element's bits, which headers say.
  bool isContainer;
};

/// The type of that number, or null: unknown, or no plain number.
const ElementType *findElementType(int64_t code);

} // namespace motion
#endif
