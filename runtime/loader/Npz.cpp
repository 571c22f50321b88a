// Enters: a zip archive of .npy files. Leaves: its arrays; and back. Format: PKWARE's APPNOTE.TXT, sections 4.3 to 4.5.
#include "runtime/loader/Npz.h"
#include "runtime/loader/Error.h"
#include "runtime/loader/Files.h"
#include "runtime/loader/Npy.h"

#include <algorithm>
#include <array>
#include <cstring>
#ifdef MOTION_HAVE_ZLIB
#include <zlib.h>
#endif

namespace motion {

using Bytes = std::span<const std::byte>;

static constexpr uint32_t localSignature = 0x04034b50, centralSignature = 0x02014b50, endSignature = 0x06054b50;
static constexpr uint32_t end64Signature = 0x06064b50, locator64Signature = 0x07064b50;
static constexpr size_t localSize = 30, centralSize = 46, endSize = 22, end64Size = 56, locator64Size = 20;
static constexpr uint16_t flagEncrypted = 1, flagUtf8 = 1 << 11;

const Array *findArray(const NamedArrays &arrays, const std::string &name) {
  for (const auto &[key, array] : arrays)
    if (key == name)
      return &array;
  return nullptr;
}

static uint32_t crc32Of(Bytes bytes) {
  static const std::array<uint32_t, 256> table = [] {
    std::array<uint32_t, 256> entries{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit)
        value = value >> 1 ^ (value & 1 ? 0xedb88320u : 0);
      entries[i] = value;
    }
    return entries;
  }();
  uint32_t crc = ~0u;
  for (std::byte byte : bytes)
    crc = crc >> 8 ^ table[(crc ^ std::to_integer<uint32_t>(byte)) & 255];
  return ~crc;
}

namespace {
struct Entry {
  std::string name;
  uint16_t flags = 0, method = 0;
  uint32_t crc = 0;
  uint64_t compressed = 0, size = 0, offset = 0;
};

class ZipReader {
public:
  ZipReader(Bytes bytes, const std::string &what) : bytes(bytes), what(what) {}

  std::vector<Entry> entries() const;
  std::vector<std::byte> content(const Entry &entry) const;

private:
  [[noreturn]] void fail(const std::string &found) const { throw Error(what + ": expected an .npz file, found " + found); }

  bool has(uint64_t offset, uint64_t size) const { return offset <= bytes.size() && size <= bytes.size() - offset; }

  /// Reads a little-endian number; the caller has checked that it is there.
  uint64_t number(uint64_t offset, unsigned size) const {
    uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i)
      value |= std::to_integer<uint64_t>(bytes[offset + i]) << (8 * i);
    return value;
  }

  uint64_t findEnd() const;
  void readZip64(Entry &entry, uint64_t offset, uint64_t size) const;

  Bytes bytes;
  const std::string &what;
};
} // namespace

uint64_t ZipReader::findEnd() const {
  if (bytes.size() >= endSize)
    for (uint64_t offset = bytes.size() - endSize, tries = 0; tries <= 0xffff; --offset, ++tries) {
      if (number(offset, 4) == endSignature && number(offset + 20, 2) == bytes.size() - offset - endSize)
        return offset;
      if (offset == 0)
        break;
    }
  fail("a file without a zip directory (damaged or cut short)");
}

void ZipReader::readZip64(Entry &entry, uint64_t offset, uint64_t size) const {
  while (size >= 4) {
    uint64_t id = number(offset, 2), length = number(offset + 2, 2);
    if (length > size - 4)
      break;
    uint64_t field = offset + 4, end = field + length;
    for (uint64_t *value : {&entry.size, &entry.compressed, &entry.offset})
      if (id == 1 && *value == 0xffffffff && end - field >= 8) {
        *value = number(field, 8);
        field += 8;
      }
    offset = end;
    size -= length + 4;
  }
}

std::vector<Entry> ZipReader::entries() const {
  uint64_t end = findEnd();
  uint64_t count = number(end + 10, 2), offset = number(end + 16, 4);
  if (end >= locator64Size && number(end - locator64Size, 4) == locator64Signature) {
    uint64_t end64 = number(end - locator64Size + 8, 8);
    if (!has(end64, end64Size) || number(end64, 4) != end64Signature)
      fail("a damaged zip64 directory");
    count = number(end64 + 32, 8);
    offset = number(end64 + 48, 8);
  }
  std::vector<Entry> result;
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; ++i) {
    if (!has(offset, centralSize) || number(offset, 4) != centralSignature)
      fail("a damaged zip directory");
    Entry entry;
    entry.flags = static_cast<uint16_t>(number(offset + 8, 2));
    entry.method = static_cast<uint16_t>(number(offset + 10, 2));
    entry.crc = static_cast<uint32_t>(number(offset + 16, 4));
    entry.compressed = number(offset + 20, 4);
    entry.size = number(offset + 24, 4);
    uint64_t nameSize = number(offset + 28, 2), extraSize = number(offset + 30, 2), commentSize = number(offset + 32, 2);
    entry.offset = number(offset + 42, 4);
    if (!has(offset, centralSize + nameSize + extraSize + commentSize))
      fail("a damaged zip directory");
    entry.name.assign(reinterpret_cast<const char *>(bytes.data()) + offset + centralSize, nameSize);
    readZip64(entry, offset + centralSize + nameSize, extraSize);
    if (__builtin_add_overflow(total, entry.compressed, &total) || total > bytes.size())
      fail("entries that overlap");
    offset += centralSize + nameSize + extraSize + commentSize;
    result.push_back(std::move(entry));
  }
  return result;
}

#ifdef MOTION_HAVE_ZLIB
/// Inflates raw deflate data to exactly `result`.
static bool inflateTo(Bytes data, std::vector<std::byte> &result) {
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return false;
  size_t consumed = 0, produced = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    constexpr size_t step = 1u << 30;
    std::byte nothing{};
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<std::byte *>(data.data())) + consumed;
    stream.avail_in = static_cast<uInt>(std::min(step, data.size() - consumed));
    stream.next_out = reinterpret_cast<Bytef *>(result.empty() ? &nothing : result.data()) + produced;
    stream.avail_out = static_cast<uInt>(std::min(step, result.size() - produced));
    uInt in = stream.avail_in, out = stream.avail_out;
    status = inflate(&stream, Z_NO_FLUSH);
    consumed += in - stream.avail_in;
    produced += out - stream.avail_out;
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END && consumed == data.size() && produced == result.size();
}
#else
static bool inflateTo(Bytes, std::vector<std::byte> &) { return false; }
#endif

std::vector<std::byte> ZipReader::content(const Entry &entry) const {
  std::string name = "entry " + quoted(entry.name);
  if (entry.flags & flagEncrypted)
    fail("an encrypted " + name);
  if (!has(entry.offset, localSize) || number(entry.offset, 4) != localSignature)
    fail("a damaged " + name);
  uint64_t start = entry.offset + localSize + number(entry.offset + 26, 2) + number(entry.offset + 28, 2);
  if (!has(start, entry.compressed))
    fail("an " + name + " that is cut short");
  Bytes data = bytes.subspan(start, entry.compressed);
  std::vector<std::byte> result;
  if (entry.method == 0) {
    if (entry.size != entry.compressed)
      fail("a damaged " + name);
    result.assign(data.begin(), data.end());
  } else if (entry.method == 8) {
    constexpr uint64_t maxRatio = 1032; // of deflate: a longer size is a lie, and must not be allocated
    if (entry.size > entry.compressed * maxRatio)
      fail("a damaged " + name);
    result.resize(entry.size);
    if (!inflateTo(data, result))
#ifdef MOTION_HAVE_ZLIB
      fail("a damaged " + name);
#else
      fail("a compressed " + name + ", which needs zlib: save it with numpy.savez");
#endif
  } else {
    fail("compression method " + std::to_string(entry.method) + " in " + name + ": save it with numpy.savez");
  }
  if (crc32Of(result) != entry.crc)
    fail("a wrong checksum of " + name);
  return result;
}

NamedArrays parseNpz(Bytes bytes, const std::string &what) {
  ZipReader reader(bytes, what);
  NamedArrays arrays;
  for (const Entry &entry : reader.entries()) {
    constexpr std::string_view suffix = ".npy";
    if (!entry.name.ends_with(suffix))
      throw Error(what + ": expected entries NAME.npy, found " + quoted(entry.name));
    std::string key = entry.name.substr(0, entry.name.size() - suffix.size());
    if (findArray(arrays, key))
      throw Error(what + ": two arrays are called " + quoted(key));
    arrays.emplace_back(key, readNpy(reader.content(entry), what + ": " + quoted(key)));
  }
  return arrays;
}

NamedArrays readNpz(const std::string &path) { return parseNpz(readFile(path), path); }

namespace {
/// Appends little-endian numbers and bytes.
class ByteWriter {
public:
  void number(uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i)
      bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
  }
  void text(std::string_view value) {
    for (char c : value)
      bytes.push_back(static_cast<std::byte>(c));
  }
  std::vector<std::byte> bytes;
};
} // namespace

/// What the local header and the directory share, from "version needed" to the extra field's length.
static void writeCommon(ByteWriter &writer, const std::string &name, uint32_t crc, size_t size) {
  bool isAscii = std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  writer.number(20, 2); // version 2.0
  writer.number(isAscii ? 0 : flagUtf8, 2);
  writer.number(0, 2);      // stored
  writer.number(0, 2);      // midnight
  writer.number(0x0021, 2); // 1980-01-01, so that equal arrays give equal files
  writer.number(crc, 4);
  writer.number(size, 4);
  writer.number(size, 4);
  writer.number(name.size(), 2);
  writer.number(0, 2);
}

std::vector<std::byte> formatNpz(const NamedArrays &arrays) {
  ByteWriter file, directory;
  if (arrays.size() > 0xfffe)
    throw Error("an .npz file of more than 65534 arrays is not supported: write fewer arrays");
  for (const auto &[key, array] : arrays) {
    std::string name = key + ".npy";
    std::vector<std::byte> content = writeNpy(array);
    if (file.bytes.size() + content.size() + localSize + name.size() > 0xfffffffe - (1 << 20) || name.size() > 0xffff)
      throw Error("an .npz file above 4 GiB, or with a name above 64 KiB, is not supported: write fewer arrays");
    uint32_t crc = crc32Of(content);
    directory.number(centralSignature, 4);
    directory.number(20, 2);
    writeCommon(directory, name, crc, content.size());
    directory.number(0, 6); // no comment, disk 0, no internal attributes
    directory.number(0, 4); // no external attributes
    directory.number(file.bytes.size(), 4);
    directory.text(name);
    file.number(localSignature, 4);
    writeCommon(file, name, crc, content.size());
    file.text(name);
    file.bytes.insert(file.bytes.end(), content.begin(), content.end());
  }
  size_t start = file.bytes.size();
  file.bytes.insert(file.bytes.end(), directory.bytes.begin(), directory.bytes.end());
  file.number(endSignature, 4);
  file.number(0, 4); // disks
  file.number(arrays.size(), 2);
  file.number(arrays.size(), 2);
  file.number(directory.bytes.size(), 4);
  file.number(start, 4);
  file.number(0, 2);
  return std::move(file.bytes);
}

void writeNpz(const std::string &path, const NamedArrays &arrays) { writeFile(path, formatNpz(arrays)); }

} // namespace motion
