// Enters: the bytes of a library's file. Leaves: the descriptions of motion_abi.h in it, every offset and size checked.
#ifndef MOTION_RUNTIME_LOADER_DESCRIPTION_H
#define MOTION_RUNTIME_LOADER_DESCRIPTION_H

#include "runtime/motion_abi.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace motion {

/// One input, output or weight. `dims` holds sizes, or -1-d for entry d of Description::dims.
struct TensorInfo {
  std::string name, cName;
  uint16_t type = 0;
  uint8_t kind = 0;
  uint32_t flags = 0;
  std::vector<int64_t> dims;
  uint64_t maxBytes = 0;

  bool isState() const { return flags & MOTION_TENSOR_STATE; }
  bool isOptional() const { return flags & MOTION_TENSOR_OPTIONAL; }
  /// Whether plan() reads the values.
  bool isValue() const { return flags & MOTION_TENSOR_VALUE; }
};

/// A dimension of the uniform call, as in struct motion_dim.
struct DimInfo {
  std::string name, cName, formula;
  uint32_t kind = 0;
  int64_t min = 0, max = 0;
};

/// An input that an output of the call before feeds, as in struct motion_state.
struct StateInfo {
  uint32_t input = 0, output = 0, dim = 0, axis = 0;
  uint64_t offset = 0, bytes = 0;
};

/// What one kernel does in one call, as in struct motion_kernel.
struct KernelInfo {
  std::string name;
  uint32_t nodes = 0;
  uint64_t flops = 0, bytes = 0;
};

/// A pair of the model's metadata.
struct MetadataEntry {
  std::string key, value;
};

/// A checked copy of struct motion_model with its tables and strings.
struct Description {
  motion_model model = {}; ///< as in the library; what its `size` leaves out is 0
  std::string name, source, compiler, options, target, cpu;
  std::vector<TensorInfo> inputs, outputs, weights;
  std::vector<DimInfo> dims;
  std::vector<StateInfo> states;
  std::vector<KernelInfo> kernels;
  std::vector<MetadataEntry> metadata;
  std::vector<std::byte> bytes; ///< the whole description

  /// The name of parameter `position` of NAME_run, or "" where there is none.
  std::string parameterName(uint32_t position) const;
  /// A shape as people write it: "[batch, 4]", "scalar".
  std::string shapeText(const TensorInfo &tensor) const;
  /// What a negative result of plan() or run() says, in a sentence.
  std::string resultText(int result) const;
};

/// Parses the description that starts at the first of `bytes`; throws Error where it is damaged or asks for what this
/// version does not know. What lies after its total_size is ignored.
Description parseDescription(std::span<const std::byte> bytes);

/// Searches `bytes` for the magic and parses every hit. A hit that does not parse is skipped if another one does; when
/// none does, the first error is thrown. Throws Error when there is no hit at all.
std::vector<Description> findDescriptions(std::span<const std::byte> bytes);

} // namespace motion

#endif
