// Enters: codes of element types and bytes of arrays. Leaves: the table of ONNX's types and decoded elements.
#include "runtime/loader/ElementType.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace motion {

static constexpr ElementType elementTypes[] = {
    {1, "float", 32, {'f', 4}, true, true},
    {2, "uint8", 8, {'u', 1}, false, false},
    {3, "int8", 8, {'i', 1}, false, true},
    {4, "uint16", 16, {'u', 2}, false, false},
    {5, "int16", 16, {'i', 2}, false, true},
    {6, "int32", 32, {'i', 4}, false, true},
    {7, "int64", 64, {'i', 8}, false, true},
    {8, "string", 0, {'U', 0}, false, false},
    {9, "bool", 8, {'b', 1}, false, false},
    {10, "float16", 16, {'f', 2}, true, true},
    {11, "double", 64, {'f', 8}, true, true},
    {12, "uint32", 32, {'u', 4}, false, false},
    {13, "uint64", 64, {'u', 8}, false, false},
    {14, "complex64", 64, {'c', 8}, true, true},
    {15, "complex128", 128, {'c', 16}, true, true},
    {16, "bfloat16", 16, {'u', 2}, true, true},
    {17, "float8e4m3fn", 8, {'u', 1}, true, true},
    {18, "float8e4m3fnuz", 8, {'u', 1}, true, true},
    {19, "float8e5m2", 8, {'u', 1}, true, true},
    {20, "float8e5m2fnuz", 8, {'u', 1}, true, true},
    {21, "uint4", 4, {'u', 1}, false, false},
    {22, "int4", 4, {'i', 1}, false, true},
    {23, "float4e2m1", 4, {'u', 1}, true, true},
    {24, "float8e8m0", 8, {'u', 1}, true, false},
    {25, "uint2", 2, {'u', 1}, false, false},
    {26, "int2", 2, {'i', 1}, false, true},
};

const ElementType *findElementType(uint16_t code) {
  for (const ElementType &type : elementTypes)
    if (type.code == code)
      return &type;
  return nullptr;
}

std::string NumpyType::str() const {
  std::string text = size == 1 || kind == 'V' ? "|" : "<";
  return text + kind + std::to_string(size);
}

uint32_t ElementType::alignment() const {
  uint32_t bytes = bits / (numpy.kind == 'c' ? 16 : 8);
  return bytes == 0 ? 1 : bytes;
}

/// Whether numpy has no dtype of its own for `type`, so that its arrays hold bit patterns.
static bool isBitPattern(const ElementType &type) { return type.isFloat && type.numpy.kind == 'u'; }

bool ElementType::accepts(NumpyType type) const {
  if (type.size != numpy.size || bits == 0)
    return false;
  if (type == numpy)
    return true;
  bool rawBits = isBitPattern(*this) || code == 10;
  bool extension = isBitPattern(*this) || bits < 8;
  if (code == 9)
    return type.kind == 'u';
  return (rawBits && type.kind == 'u') || (extension && type.kind == 'V');
}

namespace {
/// How a small float lays out its bits and what its top exponent means.
enum class Top { Infinity, NanAtAllOnes, NanAtNegativeZero, Finite };
struct SmallFloat {
  unsigned exponentBits, mantissaBits;
  int bias;
  Top top;
};
} // namespace

static long double decode(uint32_t bits, SmallFloat layout) {
  uint32_t sign = bits >> (layout.exponentBits + layout.mantissaBits) & 1;
  uint32_t exponentMask = (1u << layout.exponentBits) - 1, mantissaMask = (1u << layout.mantissaBits) - 1;
  uint32_t exponent = bits >> layout.mantissaBits & exponentMask, mantissa = bits & mantissaMask;
  const long double nan = std::numeric_limits<long double>::quiet_NaN();
  if (layout.top == Top::Infinity && exponent == exponentMask)
    return mantissa ? nan : sign ? -INFINITY : INFINITY;
  if (layout.top == Top::NanAtAllOnes && exponent == exponentMask && mantissa == mantissaMask)
    return nan;
  if (layout.top == Top::NanAtNegativeZero && sign && exponent == 0 && mantissa == 0)
    return nan;
  int power = (exponent ? static_cast<int>(exponent) : 1) - layout.bias - static_cast<int>(layout.mantissaBits);
  uint32_t significand = mantissa | (exponent ? mantissaMask + 1 : 0);
  long double value = std::ldexp(static_cast<long double>(significand), power);
  return sign ? -value : value;
}

template <typename T> static T load(const std::byte *data) {
  T value;
  std::memcpy(&value, data, sizeof value);
  return value;
}

/// Decodes a bit pattern of the float types that numpy lacks.
static long double decodePattern(const std::byte *data, uint16_t code) {
  switch (code) {
  case 10:
    return decode(load<uint16_t>(data), {5, 10, 15, Top::Infinity});
  case 16:
    return decode(load<uint16_t>(data), {8, 7, 127, Top::Infinity});
  case 17:
    return decode(load<uint8_t>(data), {4, 3, 7, Top::NanAtAllOnes});
  case 18:
    return decode(load<uint8_t>(data), {4, 3, 8, Top::NanAtNegativeZero});
  case 19:
    return decode(load<uint8_t>(data), {5, 2, 15, Top::Infinity});
  case 20:
    return decode(load<uint8_t>(data), {5, 2, 16, Top::NanAtNegativeZero});
  case 23:
    return decode(load<uint8_t>(data) & 15u, {2, 1, 1, Top::Finite});
  default: { // float8e8m0: powers of two
    auto bits = load<uint8_t>(data);
    return bits == 255 ? std::numeric_limits<long double>::quiet_NaN() : std::ldexp(1.0L, bits - 127);
  }
  }
}

static long double readInteger(const std::byte *data, NumpyType type) {
  bool isSigned = type.kind == 'i';
  switch (type.size) {
  case 1:
    return isSigned ? load<int8_t>(data) : load<uint8_t>(data);
  case 2:
    return isSigned ? load<int16_t>(data) : load<uint16_t>(data);
  case 4:
    return isSigned ? static_cast<long double>(load<int32_t>(data)) : load<uint32_t>(data);
  default:
    return isSigned ? static_cast<long double>(load<int64_t>(data)) : load<uint64_t>(data);
  }
}

bool isReadable(NumpyType type) {
  auto [kind, size] = type;
  switch (kind) {
  case 'b':
    return size == 1;
  case 'i':
  case 'u':
    return size == 1 || size == 2 || size == 4 || size == 8;
  case 'f':
    return size == 2 || size == 4 || size == 8;
  case 'c':
    return size == 8 || size == 16;
  case 'V':
    return size == 1 || size == 2;
  default:
    return false;
  }
}

Value readElement(const std::byte *data, size_t index, NumpyType array, const ElementType *type) {
  const std::byte *element = data + index * array.size;
  if (type && (isBitPattern(*type) || type->code == 10) && type->accepts(array) && array.kind != 'f')
    return {decodePattern(element, type->code), 0};
  switch (array.kind) {
  case 'f':
    if (array.size == 2)
      return {decodePattern(element, 10), 0};
    return {array.size == 4 ? load<float>(element) : static_cast<long double>(load<double>(element)), 0};
  case 'c':
    if (array.size == 8)
      return {load<float>(element), load<float>(element + 4)};
    return {load<double>(element), load<double>(element + 8)};
  case 'b':
    return {load<uint8_t>(element) != 0 ? 1.0L : 0.0L, 0};
  case 'V': // int4 and the like of ml_dtypes, one to a byte
    return {readInteger(element, {type && type->isSigned ? 'i' : 'u', array.size}), 0};
  default:
    return {readInteger(element, array), 0};
  }
}

} // namespace motion
