// Enters: sizes. Leaves: memory aligned for any library, and arrays as numpy knows them.
#ifndef MOTION_RUNTIME_LOADER_ARRAY_H
#define MOTION_RUNTIME_LOADER_ARRAY_H

#include "runtime/loader/ElementType.h"

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace motion {

/// Frees what Buffer allocated.
struct AlignedDelete {
  size_t alignment = 64;
  void operator()(std::byte *pointer) const { ::operator delete[](pointer, std::align_val_t(alignment)); }
};

/// Zeroed memory aligned to 64 bytes or more. data() is not null when the size is 0.
class Buffer {
public:
  Buffer() = default;
  explicit Buffer(size_t size, size_t alignment = 64);

  std::byte *data() const { return memory.get(); }
  size_t size() const { return length; }

private:
  std::unique_ptr<std::byte[], AlignedDelete> memory;
  size_t length = 0;
};

using Shape = std::vector<int64_t>;

/// Elements of `shape`; throws Error, naming `what`, for a negative size or a product beyond 63 bits.
uint64_t countElements(const Shape &shape, const std::string &what);

/// "[3, 4]".
std::string toString(const Shape &shape);

/// An array as .npy files hold it: row-major, native byte order.
struct Array {
  NumpyType type;
  Shape shape;
  Buffer data;
};

/// Makes a zeroed array; throws Error when its size overflows or memory is short.
Array makeArray(NumpyType type, Shape shape, const std::string &what);

/// Copies an array into a library's form: 4- and 2-bit elements are packed, low bits first. `array` must be accepted.
Buffer toLibrary(const Array &array, const ElementType &type);

/// Makes an array of a library's buffer, which holds at least the elements of `shape`.
Array fromLibrary(const std::byte *data, const ElementType &type, const Shape &shape, const std::string &what);

} // namespace motion

#endif
