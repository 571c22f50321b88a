// Enters: the bytes of a library's file. Leaves: its descriptions as C++ values, checked; nothing is trusted.
#include "runtime/loader/Description.h"
#include "runtime/loader/Error.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

namespace motion {

static constexpr uint32_t knownRequirements = MOTION_NEEDS_WEIGHTS | MOTION_NEEDS_STATE | MOTION_NEEDS_PREPARE;

[[noreturn]] static void fail(const std::string &found) { throw Error("not a usable description: " + found); }

/// Whether `text` is UTF-8 of the shortest form (RFC 3629).
static bool isUtf8(std::string_view text) {
  auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  for (size_t i = 0; i < text.size();) {
    unsigned char lead = at(i);
    size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    if (length == 0 || length > text.size() - i)
      return false;
    for (size_t k = 1; k < length; ++k)
      if ((at(i + k) & 0xc0) != 0x80)
        return false;
    if ((lead == 0xe0 && at(i + 1) < 0xa0) || (lead == 0xed && at(i + 1) > 0x9f) || (lead == 0xf0 && at(i + 1) < 0x90) ||
        (lead == 0xf4 && at(i + 1) > 0x8f))
      return false;
    i += length;
  }
  return true;
}

static bool isIdentifier(std::string_view text) {
  auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto isWord = [&](char c) { return isLetter(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 1024 && isLetter(text[0]) && std::all_of(text.begin(), text.end(), isWord);
}

namespace {
/// Reads structs, tables and strings at checked offsets. The host's byte order is the library's: little-endian.
class DescriptionParser {
public:
  explicit DescriptionParser(std::span<const std::byte> bytes) : bytes(bytes) {}

  Description parse() {
    Description result;
    result.model = header();
    const motion_model &model = result.model;
    bytes = bytes.first(model.total_size);
    result.bytes.assign(bytes.begin(), bytes.end());
    result.name = string(model.name);
    if (!isIdentifier(result.name))
      fail("its name " + quoted(result.name) + " is no C identifier");
    result.source = string(model.source);
    result.compiler = string(model.compiler);
    result.options = string(model.options);
    result.target = string(model.target);
    result.cpu = string(model.cpu);
    for (const auto &entry : table<motion_dim>(model.dims, "dims"))
      result.dims.push_back(dim(entry));
    dimCount = result.dims.size();
    result.inputs = tensors(model.inputs, "inputs");
    result.outputs = tensors(model.outputs, "outputs");
    result.weights = tensors(model.weights, "weights");
    parseStates(result);
    for (const auto &entry : table<motion_kernel>(model.kernels, "kernels"))
      result.kernels.push_back({string(entry.name), entry.nodes, entry.flops, entry.bytes});
    for (const auto &entry : table<motion_metadata>(model.metadata, "metadata"))
      result.metadata.push_back({string(entry.key), string(entry.value)});
    return result;
  }

private:
  motion_model header() const {
    motion_model model = {};
    constexpr size_t upToRequired = offsetof(motion_model, interface_hash);
    if (bytes.size() < upToRequired)
      fail("the file ends inside it");
    std::memcpy(&model, bytes.data(), upToRequired);
    if (std::memcmp(model.magic, MOTION_MAGIC, sizeof model.magic) != 0)
      fail("it does not start with the magic");
    if (model.abi_major == 256)
      fail("it is in big-endian byte order");
    if (model.abi_major != MOTION_ABI_MAJOR)
      fail("expected version " + std::to_string(MOTION_ABI_MAJOR) + " of the binary interface, found " + std::to_string(model.abi_major) +
           ": use the tools of the motionc that wrote the library");
    if (model.size < sizeof model || model.total_size < model.size)
      fail("its sizes are " + std::to_string(model.size) + " and " + std::to_string(model.total_size) + ", expected at least " +
           std::to_string(sizeof model));
    if (model.total_size > bytes.size())
      fail("the file ends inside it");
    if (uint32_t unknown = model.required & ~knownRequirements)
      fail("it requires abilities that this version does not have (bits " + std::to_string(unknown) + "): use newer tools");
    std::memcpy(&model, bytes.data(), sizeof model);
    if (model.workspace_align > 1u << 20 || (model.workspace_align & (model.workspace_align - 1)) != 0)
      fail("its workspace alignment is " + std::to_string(model.workspace_align) + ", expected a power of two up to 1048576");
    return model;
  }

  bool has(uint64_t offset, uint64_t size) const { return offset <= bytes.size() && size <= bytes.size() - offset; }

  template <typename Entry> std::vector<Entry> table(const motion_table &where, const std::string &what) const {
    static_assert(std::is_trivially_copyable_v<Entry>);
    if (where.count == 0)
      return {};
    if (where.stride < sizeof(Entry) || where.offset == 0 || !has(where.offset, uint64_t(where.count) * where.stride))
      fail("its table of " + what + " is outside of it or too narrow");
    std::vector<Entry> entries(where.count);
    for (uint32_t i = 0; i < where.count; ++i)
      std::memcpy(&entries[i], bytes.data() + where.offset + uint64_t(i) * where.stride, sizeof(Entry));
    return entries;
  }

  std::string string(uint32_t offset) const {
    if (offset == 0)
      return {};
    if (!has(offset, 1))
      fail("a string is outside of it");
    std::string_view rest(reinterpret_cast<const char *>(bytes.data()) + offset, bytes.size() - offset);
    size_t end = rest.find('\0');
    if (end == rest.npos)
      fail("a string has no end");
    if (!isUtf8(rest.substr(0, end)))
      fail("a string is not UTF-8");
    return std::string(rest.substr(0, end));
  }

  DimInfo dim(const motion_dim &entry) const {
    DimInfo result{string(entry.name), string(entry.c_name), string(entry.formula), entry.kind, entry.min, entry.max};
    if (entry.kind > MOTION_DIM_STATE || entry.min < 0 || entry.max < entry.min)
      fail("dimension " + quoted(result.name) + " has kind " + std::to_string(entry.kind) + " and range " + std::to_string(entry.min) + " .. " +
           std::to_string(entry.max));
    return result;
  }

  std::vector<TensorInfo> tensors(const motion_table &where, const std::string &what) const {
    std::vector<TensorInfo> result;
    for (const auto &entry : table<motion_tensor>(where, what)) {
      TensorInfo tensor{string(entry.name), string(entry.c_name), entry.type, entry.kind, entry.flags, {}, entry.max_bytes};
      if (entry.rank != 0 && (entry.dims == 0 || !has(entry.dims, uint64_t(entry.rank) * sizeof(int64_t))))
        fail("the shape of " + quoted(tensor.name) + " is outside of it");
      tensor.dims.resize(entry.rank);
      if (entry.rank != 0)
        std::memcpy(tensor.dims.data(), bytes.data() + entry.dims, entry.rank * sizeof(int64_t));
      for (int64_t size : tensor.dims)
        if (size < 0 && static_cast<uint64_t>(-1 - size) >= dimCount)
          fail("the shape of " + quoted(tensor.name) + " names a dimension that is not there");
      if (entry.strides != 0)
        fail("tensor " + quoted(tensor.name) + " has strides, which this version does not know: use newer tools");
      result.push_back(std::move(tensor));
    }
    return result;
  }

  void parseStates(Description &result) const {
    for (const auto &entry : table<motion_state>(result.model.states, "states")) {
      bool isCounter = entry.input == UINT32_MAX;
      if (!isCounter && (entry.input >= result.inputs.size() || entry.output >= result.outputs.size() || entry.dim > dimCount))
        fail("a state names a tensor or a dimension that is not there");
      result.states.push_back({entry.input, entry.output, entry.dim, entry.axis, entry.offset, entry.bytes});
    }
  }

  std::span<const std::byte> bytes;
  size_t dimCount = 0;
};
} // namespace

Description parseDescription(std::span<const std::byte> bytes) { return DescriptionParser(bytes).parse(); }

std::vector<Description> findDescriptions(std::span<const std::byte> bytes) {
  constexpr std::string_view magic(MOTION_MAGIC, sizeof MOTION_MAGIC);
  static_assert(magic.size() == 8);
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  std::vector<Description> result;
  std::optional<Error> first;
  for (size_t at = text.find(magic); at != text.npos; at = text.find(magic, at + 1))
    try {
      result.push_back(parseDescription(bytes.subspan(at)));
      at += result.back().bytes.size() - 1;
    } catch (const Error &error) {
      if (!first)
        first = error;
    }
  if (result.empty())
    throw first ? *first : Error("no description in it: not a library that motionc made, or a damaged one");
  return result;
}

std::string Description::shapeText(const TensorInfo &tensor) const {
  if (tensor.dims.empty())
    return "scalar";
  std::string text = "[";
  for (int64_t size : tensor.dims)
    text += (text.size() > 1 ? ", " : "") + (size >= 0 ? std::to_string(size) : dims[static_cast<size_t>(-1 - size)].name);
  return text + "]";
}

std::string Description::parameterName(uint32_t position) const {
  std::vector<std::string> names;
  for (const TensorInfo &tensor : inputs)
    if (!tensor.isState())
      names.push_back("input " + quoted(tensor.name));
  for (const DimInfo &dim : dims)
    if (dim.kind == MOTION_DIM_FREE)
      names.push_back("dimension " + quoted(dim.name));
  for (const TensorInfo &tensor : outputs)
    if (!tensor.isState())
      names.push_back("output " + quoted(tensor.name));
  for (const DimInfo &dim : dims)
    if (dim.kind == MOTION_DIM_ACTUAL)
      names.push_back("dimension " + quoted(dim.name));
  if (!states.empty())
    names.push_back("the state");
  if (model.required & MOTION_NEEDS_WEIGHTS)
    names.push_back("the weights");
  names.push_back("the workspace");
  if (model.features & (MOTION_HAS_THREADS | MOTION_HAS_STEP))
    names.push_back("the host");
  return position < names.size() ? names[position] : "";
}

std::string Description::resultText(int result) const {
  static constexpr const char *texts[] = {
      "",
      "is missing",
      "is not aligned as its type demands",
      "is out of its range, or does not fit another one",
      "is at its bound",
      "has a value that the model does not allow",
      "is too small or not aligned",
      "is too small or not aligned",
      "have another layout than the library",
      "this CPU lacks instructions that the library uses",
      "the run was cancelled",
      "the library does not support this",
      "the device failed",
  };
  if (result >= 0)
    return "result " + std::to_string(result);
  uint32_t code = static_cast<uint32_t>(MOTION_CODE(result));
  if (code == 0 || code >= std::size(texts))
    return "unknown error " + std::to_string(result);
  std::string name = parameterName(static_cast<uint32_t>(MOTION_ARGUMENT(result)));
  return code >= MOTION_E_CPU || name.empty() ? texts[code] : name + " " + texts[code];
}

} // namespace motion
