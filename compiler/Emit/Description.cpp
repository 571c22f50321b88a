// Enters: interface and facts. Leaves: struct motion_model | tables | shapes | strings; offsets count from the start, 0 = none.
#include "compiler/Emit/Description.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/JSON.h"
#include "runtime/motion_abi.h"
#include <algorithm>
#include <cstring>
#include <type_traits>

namespace motion {
namespace {

class DescriptionBuilder {
public:
  DescriptionBuilder(const ModelInterface &model, const LibraryFacts &facts) : model(model), facts(facts), bytes(sizeof(motion_model)) {}

  std::vector<char> build() {
    motion_model head = {};
    std::memcpy(head.magic, MOTION_MAGIC, sizeof head.magic);
    head.abi_major = MOTION_ABI_MAJOR;
    head.abi_minor = MOTION_ABI_MINOR;
    head.size = sizeof head;
    head.interface_hash = model.hash();
    std::copy(model.sha256.begin(), model.sha256.end(), head.model_sha256);
    head.features = (facts.checks ? MOTION_HAS_CHECKS : 0) | (model.hasHost ? MOTION_HAS_THREADS : 0);
    // Tables first, strings last: what a reader steps through lies together.
    head.inputs = tensors(model.inputs);
    head.outputs = tensors(model.outputs);
    head.dims = dims();
    head.kernels = kernels();
    head.metadata = metadata();
    head.name = string(model.name);
    head.source = string(model.source);
    head.compiler = string(facts.compiler);
    head.options = string(facts.options);
    head.target = string(facts.triple);
    head.cpu = string(facts.cpu);
    head.workspace_align = 64;
    head.max_threads = model.hasHost ? facts.threads : 1;
    head.stack_bytes = static_cast<uint32_t>(facts.stackBytes);
    std::vector<int64_t> largest;
    for (const InterfaceDim &dim : model.dims)
      if (dim.isFree())
        largest.push_back(dim.max);
    head.workspace_bytes = facts.workspaceBytes(largest).value_or(UINT64_MAX);
    appendStrings();
    head.total_size = static_cast<uint32_t>(bytes.size());
    std::memcpy(bytes.data(), &head, sizeof head);
    return std::move(bytes);
  }

private:
  template <typename Entry> motion_table table(const std::vector<Entry> &entries) {
    static_assert(std::is_trivially_copyable_v<Entry>);
    if (entries.empty())
      return {0, 0, sizeof(Entry)};
    const uint32_t offset = append(entries.data(), entries.size() * sizeof(Entry));
    for (const auto &[place, text] : pending)
      references.push_back({offset + place, text});
    pending.clear();
    return {offset, static_cast<uint32_t>(entries.size()), sizeof(Entry)};
  }

  /// Appends at a multiple of 8 and returns the offset.
  uint32_t append(const void *data, size_t size) {
    bytes.resize((bytes.size() + 7) / 8 * 8);
    const size_t offset = bytes.size();
    bytes.insert(bytes.end(), static_cast<const char *>(data), static_cast<const char *>(data) + size);
    return static_cast<uint32_t>(offset);
  }

  /// A string of entry `index` of the table that is being made, at `field` in it.
  template <typename Entry> void later(size_t index, size_t field, const std::string &text) {
    pending.push_back({static_cast<uint32_t>(index * sizeof(Entry) + field), text});
  }

  motion_table tensors(const std::vector<InterfaceTensor> &list) {
    std::vector<motion_tensor> entries;
    for (const InterfaceTensor &tensor : list) {
      motion_tensor entry = {};
      later<motion_tensor>(entries.size(), offsetof(motion_tensor, name), tensor.name);
      later<motion_tensor>(entries.size(), offsetof(motion_tensor, c_name), tensor.cName);
      entry.type = tensor.type->code;
      entry.rank = static_cast<uint8_t>(tensor.dims.size());
      entry.dims = tensor.dims.empty() ? 0 : append(tensor.dims.data(), tensor.dims.size() * sizeof(int64_t));
      entry.max_bytes = model.byteCount(tensor, model.largestDims()).value_or(UINT64_MAX);
      entries.push_back(entry);
    }
    return table(entries);
  }

  motion_table dims() {
    std::vector<motion_dim> entries;
    for (const InterfaceDim &dim : model.dims) {
      motion_dim entry = {};
      later<motion_dim>(entries.size(), offsetof(motion_dim, name), dim.name);
      later<motion_dim>(entries.size(), offsetof(motion_dim, c_name), dim.cName);
      if (dim.formula)
        later<motion_dim>(entries.size(), offsetof(motion_dim, formula), *dim.formula);
      entry.kind = dim.isFree() ? MOTION_DIM_FREE : MOTION_DIM_DERIVED;
      entry.min = dim.min;
      entry.max = dim.max;
      entries.push_back(entry);
    }
    return table(entries);
  }

  motion_table kernels() {
    std::vector<motion_kernel> entries;
    for (const Kernel &kernel : model.kernels) {
      later<motion_kernel>(entries.size(), offsetof(motion_kernel, name), kernel.name);
      entries.push_back({0, kernel.nodes, 0, 0});
    }
    return table(entries);
  }

  motion_table metadata() {
    std::vector<motion_metadata> entries;
    for (const auto &[key, value] : model.metadata) {
      later<motion_metadata>(entries.size(), offsetof(motion_metadata, key), key);
      later<motion_metadata>(entries.size(), offsetof(motion_metadata, value), value);
      entries.push_back({});
    }
    return table(entries);
  }

  /// The offset that the string will have behind the tables, which are complete when this is called first.
  uint32_t string(const std::string &text) {
    uint32_t &offset = offsets[text];
    if (offset == 0) {
      std::string valid = llvm::json::fixUTF8(text);
      std::replace(valid.begin(), valid.end(), '\0', ' ');
      offset = static_cast<uint32_t>(bytes.size() + strings.size());
      strings += valid + '\0';
    }
    return offset;
  }

  void appendStrings() {
    for (const auto &[place, text] : references) {
      const uint32_t offset = string(text);
      std::memcpy(bytes.data() + place, &offset, sizeof offset);
    }
    bytes.insert(bytes.end(), strings.begin(), strings.end());
  }

  const ModelInterface &model;
  const LibraryFacts &facts;
  std::vector<char> bytes;
  std::string strings;
  llvm::StringMap<uint32_t> offsets;
  std::vector<std::pair<uint32_t, std::string>> pending, references; ///< places of offsets of strings
};

} // namespace

std::vector<char> buildDescription(const ModelInterface &model, const LibraryFacts &facts) { return DescriptionBuilder(model, facts).build(); }

} // namespace motion
