// Enters: a TensorProto.DataType of ONNX or the dtype of a numpy array. Leaves: its name, its size, how numpy holds it,
// and the values of single elements.
#ifndef MOTION_RUNTIME_LOADER_ELEMENTTYPE_H
#define MOTION_RUNTIME_LOADER_ELEMENTTYPE_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace motion {

/// The dtype of a numpy array in native byte order: the kind letter of numpy and the bytes of one element.
struct NumpyType {
  char kind = 'u';
  uint32_t size = 1;

  bool operator==(const NumpyType &) const = default;
  /// As numpy writes it, "<f4" or "|b1".
  std::string str() const;
};

/// What one element type of ONNX is. 4- and 2-bit types are packed in a library's buffers, low bits first, and stand one
/// to a byte in numpy arrays; types that numpy lacks are their bit patterns there.
struct ElementType {
  uint16_t code;       ///< TensorProto.DataType
  const char *name;    ///< as ONNX spells it, in lower case
  uint32_t bits;       ///< of one element in a library's buffer; 0: text
  NumpyType numpy;     ///< how an array of it is written
  bool isFloat, isSigned;

  /// Bytes of `count` elements in a library's buffer.
  uint64_t bytes(uint64_t count) const { return bits >= 8 ? count * (bits / 8) : (count * bits + 7) / 8; }
  /// Alignment of a buffer that a library takes.
  uint32_t alignment() const;
  /// Whether an array of `type` can hold elements of this type as they are.
  bool accepts(NumpyType type) const;
};

/// Returns the type of that code, or null for a code that this version does not know.
const ElementType *findElementType(uint16_t code);

/// The real and the imaginary part of one element; 80-bit floats hold every 64-bit integer exactly.
using Value = std::array<long double, 2>;

/// Whether readElement understands elements of this dtype.
bool isReadable(NumpyType type);

/// Reads element `index` of an array of `array` dtype; `type`, when given, says what a bit pattern stands for.
Value readElement(const std::byte *data, size_t index, NumpyType array, const ElementType *type);

} // namespace motion

#endif
