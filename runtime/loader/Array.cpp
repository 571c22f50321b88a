// Enters: arrays of .npy files and buffers of libraries. Leaves: the one from the other.
#include "runtime/loader/Array.h"
#include "runtime/loader/Error.h"

#include <cstring>

namespace motion {

Buffer::Buffer(size_t size, size_t alignment) : length(size) {
  if (alignment < 64)
    alignment = 64;
  size_t allocated = size == 0 ? 1 : size;
  auto *pointer = static_cast<std::byte *>(::operator new[](allocated, std::align_val_t(alignment)));
  memory = std::unique_ptr<std::byte[], AlignedDelete>(pointer, AlignedDelete{alignment});
  std::memset(pointer, 0, allocated);
}

uint64_t countElements(const Shape &shape, const std::string &what) {
  int64_t count = 1;
  bool overflow = false, empty = false;
  for (int64_t size : shape) {
    if (size < 0)
      throw Error(what + ": shape " + toString(shape) + " has a negative size");
    empty |= size == 0;
    overflow |= __builtin_mul_overflow(count, size, &count);
  }
  if (empty)
    return 0;
  if (overflow)
    throw Error(what + ": shape " + toString(shape) + " has more elements than memory can hold");
  return static_cast<uint64_t>(count);
}

std::string toString(const Shape &shape) {
  std::string text = "[";
  for (int64_t size : shape)
    text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

Array makeArray(NumpyType type, Shape shape, const std::string &what) {
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(countElements(shape, what), static_cast<uint64_t>(type.size), &bytes) || bytes > INT64_MAX)
    throw Error(what + ": shape " + toString(shape) + " has more bytes than memory can hold");
  try {
    return {type, std::move(shape), Buffer(bytes)};
  } catch (const std::bad_alloc &) {
    throw Error(what + ": no memory for " + std::to_string(bytes) + " bytes");
  }
}

Buffer toLibrary(const Array &array, const ElementType &type) {
  uint64_t count = countElements(array.shape, "array");
  Buffer result(type.bytes(count));
  if (type.bits >= 8) {
    std::memcpy(result.data(), array.data.data(), result.size());
    return result;
  }
  uint32_t perByte = 8 / type.bits, mask = (1u << type.bits) - 1;
  for (uint64_t i = 0; i < count; ++i) {
    auto element = std::to_integer<uint32_t>(array.data.data()[i]) & mask;
    result.data()[i / perByte] |= static_cast<std::byte>(element << (i % perByte * type.bits));
  }
  return result;
}

Array fromLibrary(const std::byte *data, const ElementType &type, const Shape &shape, const std::string &what) {
  Array array = makeArray(type.numpy, shape, what);
  if (type.bits >= 8) {
    if (array.data.size())
      std::memcpy(array.data.data(), data, array.data.size());
    return array;
  }
  uint64_t count = countElements(shape, what);
  uint32_t perByte = 8 / type.bits, mask = (1u << type.bits) - 1, signBit = 1u << (type.bits - 1);
  for (uint64_t i = 0; i < count; ++i) {
    uint32_t element = std::to_integer<uint32_t>(data[i / perByte]) >> (i % perByte * type.bits) & mask;
    if (type.isSigned && !type.isFloat)
      element = (element ^ signBit) - signBit;
    array.data.data()[i] = static_cast<std::byte>(element);
  }
  return array;
}

} // namespace motion
