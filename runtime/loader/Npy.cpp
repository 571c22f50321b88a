// Enters: the bytes of a .npy file. Leaves: the array in row-major, native byte order; and back.
#include "runtime/loader/Npy.h"
#include "runtime/loader/Error.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <numeric>
#include <string_view>

namespace motion {

static constexpr std::string_view magic = "\x93NUMPY";
static constexpr size_t maxRank = 255;

namespace {
struct Header {
  NumpyType type;
  bool bigEndian = false, columnsFirst = false;
  Shape shape;
};

/// Parses the header, a Python dictionary of three known keys.
class HeaderParser {
public:
  HeaderParser(std::string_view text, const std::string &what) : rest(text), what(what) {}

  Header parse() {
    Header header;
    unsigned seen = 0;
    expect('{');
    while (!accept('}')) {
      std::string_view key = string();
      expect(':');
      if (key == "descr") {
        parseType(header);
        seen |= 1;
      } else if (key == "fortran_order") {
        header.columnsFirst = boolean();
        seen |= 2;
      } else if (key == "shape") {
        header.shape = shape();
        seen |= 4;
      } else {
        fail("an unknown key " + quoted(key));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (seen != 7)
      fail("not all of 'descr', 'fortran_order' and 'shape'");
    return header;
  }

private:
  [[noreturn]] void fail(const std::string &found) const {
    throw Error(what + ": expected the header of a .npy file, found " + found);
  }

  void skipSpace() {
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\n' || rest.front() == '\t'))
      rest.remove_prefix(1);
  }

  bool accept(char c) {
    skipSpace();
    if (rest.empty() || rest.front() != c)
      return false;
    rest.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!accept(c))
      fail(rest.empty() ? "its end" : quoted(rest.substr(0, 16)) + " in the place of '" + c + "'");
  }

  std::string_view string() {
    char quote = accept('"') ? '"' : '\'';
    if (quote == '\'')
      expect('\'');
    size_t end = rest.find(quote);
    if (end == rest.npos)
      fail("a string without end");
    std::string_view text = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return text;
  }

  bool boolean() {
    skipSpace();
    for (std::string_view word : {"True", "False"})
      if (rest.starts_with(word)) {
        rest.remove_prefix(word.size());
        return word == "True";
      }
    fail("a 'fortran_order' that is neither True nor False");
  }

  Shape shape() {
    Shape sizes;
    expect('(');
    while (!accept(')')) {
      skipSpace();
      int64_t size = 0;
      auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
      if (error != std::errc() || size < 0 || sizes.size() == maxRank)
        fail("a bad 'shape'");
      rest.remove_prefix(static_cast<size_t>(end - rest.data()));
      sizes.push_back(size);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }

  void parseType(Header &header) {
    skipSpace();
    if (!rest.empty() && rest.front() == '[')
      fail("a structured dtype, which is not supported: save plain arrays");
    std::string_view text = string();
    uint32_t size = 0;
    if (text.size() >= 3 && std::string_view("<>|=").find(text[0]) != text.npos) {
      auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), size);
      header.type = {text[1], size};
      header.bigEndian = text[0] == '>';
      if (error == std::errc() && end == text.data() + text.size() && isReadable(header.type))
        return;
    }
    fail("dtype " + quoted(text) + ", which is not supported: expected booleans, integers, floats or complex numbers");
  }

  std::string_view rest;
  const std::string &what;
};
} // namespace

/// Reverses the bytes of every number in `data`.
static void swapBytes(std::byte *data, size_t bytes, NumpyType type) {
  size_t width = type.kind == 'c' ? type.size / 2 : type.size;
  for (size_t i = 0; i + width <= bytes; i += width)
    std::reverse(data + i, data + i + width);
}

/// Copies columns-first `source` to row-major order.
static void reorder(const std::byte *source, Array &array) {
  size_t rank = array.shape.size();
  std::vector<size_t> index(rank, 0), stride(rank, 1);
  for (size_t axis = 1; axis < rank; ++axis)
    stride[axis] = stride[axis - 1] * static_cast<size_t>(array.shape[axis - 1]);
  size_t count = array.data.size() / array.type.size;
  for (size_t i = 0; i < count; ++i) {
    size_t from = std::inner_product(index.begin(), index.end(), stride.begin(), size_t(0));
    std::memcpy(array.data.data() + i * array.type.size, source + from * array.type.size, array.type.size);
    for (size_t axis = rank; axis-- > 0;) {
      if (++index[axis] < static_cast<size_t>(array.shape[axis]))
        break;
      index[axis] = 0;
    }
  }
}

Array readNpy(std::span<const std::byte> bytes, const std::string &what) {
  auto byteAt = [&](size_t i) { return std::to_integer<uint32_t>(bytes[i]); };
  if (bytes.size() < 12 || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
    throw Error(what + ": expected a .npy file, found other bytes");
  uint32_t major = byteAt(6);
  if (major < 1 || major > 3)
    throw Error(what + ": expected a .npy file of version 1 to 3, found version " + std::to_string(major));
  size_t start = major == 1 ? 10 : 12;
  size_t length = byteAt(8) | byteAt(9) << 8;
  if (major > 1)
    length |= byteAt(10) << 16 | static_cast<size_t>(byteAt(11)) << 24;
  if (length > bytes.size() - start)
    throw Error(what + ": the .npy file ends inside its header");
  std::string_view text(reinterpret_cast<const char *>(bytes.data()) + start, length);
  Header header = HeaderParser(text, what).parse();
  std::span<const std::byte> content = bytes.subspan(start + length);
  uint64_t needed = 0;
  if (__builtin_mul_overflow(countElements(header.shape, what), static_cast<uint64_t>(header.type.size), &needed) ||
      needed != content.size())
    throw Error(what + ": shape " + toString(header.shape) + " of dtype " + quoted(header.type.str()) + " needs other than the " +
                std::to_string(content.size()) + " bytes found");
  Array array = makeArray(header.type, header.shape, what);
  if (header.columnsFirst && header.shape.size() > 1)
    reorder(content.data(), array);
  else if (needed != 0)
    std::memcpy(array.data.data(), content.data(), needed);
  if (header.bigEndian)
    swapBytes(array.data.data(), array.data.size(), array.type);
  return array;
}

std::vector<std::byte> writeNpy(const Array &array) {
  std::string shape = "(";
  for (size_t axis = 0; axis < array.shape.size(); ++axis)
    shape += (axis ? ", " : "") + std::to_string(array.shape[axis]);
  shape += array.shape.size() == 1 ? ",)" : ")";
  std::string header = "{'descr': '" + array.type.str() + "', 'fortran_order': False, 'shape': " + shape + ", }";
  size_t unpadded = magic.size() + 4 + header.size() + 1;
  header.append((64 - unpadded % 64) % 64, ' ');
  header += '\n';
  std::string start(magic);
  start += {1, 0, static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  start += header;
  std::vector<std::byte> bytes(start.size() + array.data.size());
  std::memcpy(bytes.data(), start.data(), start.size());
  if (array.data.size())
    std::memcpy(bytes.data() + start.size(), array.data.data(), array.data.size());
  return bytes;
}

} // namespace motion
