// Enters: a description. Leaves: text for people: model, tensors, dimensions, states, kernels, metadata.
#include "compiler/Driver/MotionRun/Describe.h"
#include "runtime/loader/ElementType.h"
#include "runtime/loader/Error.h"

#include <cstdio>

namespace motion {

static std::string hex(const uint8_t *bytes, size_t count) {
  std::string text;
  char digits[3];
  for (size_t i = 0; i < count; ++i) {
    std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
    text += digits;
  }
  return text;
}

static std::string bytesText(uint64_t bytes) { return bytes == UINT64_MAX ? "without bound" : std::to_string(bytes) + " bytes"; }
static std::string atMost(uint64_t bytes) { return (bytes == UINT64_MAX ? "" : "at most ") + bytesText(bytes); }

static std::string featuresText(uint32_t features) {
  static constexpr std::pair<uint32_t, const char *> names[] = {
      {MOTION_HAS_CHECKS, "checks"}, {MOTION_HAS_THREADS, "threads"}, {MOTION_HAS_STEP, "step"},
      {MOTION_HAS_RESUME, "resume"}, {MOTION_HAS_PACK, "pack"},       {MOTION_HAS_EXACT, "exact"}};
  std::string text;
  for (auto [bit, name] : names)
    if (features & bit)
      text += (text.empty() ? "" : ", ") + std::string(name);
  return text.empty() ? "none" : text;
}

static std::string tensorText(const Description &info, const TensorInfo &tensor, const char *role) {
  static constexpr const char *kinds[] = {"", "sequence of ", "optional ", "map of "};
  const ElementType *type = findElementType(tensor.type);
  std::string text = std::string(role) + " " + quoted(tensor.name) + " (" + tensor.cName + "): ";
  text += std::string(tensor.kind < 4 ? kinds[tensor.kind] : "unknown kind of ") + (type ? type->name : "type " + std::to_string(tensor.type));
  text += " " + info.shapeText(tensor) + ", " + atMost(tensor.maxBytes);
  if (tensor.isOptional())
    text += ", may be absent";
  if (tensor.isValue())
    text += ", sizes follow from its values";
  if (tensor.isState())
    text += ", kept in the state";
  return text + "\n";
}

static std::string dimText(const DimInfo &dim) {
  static constexpr const char *kinds[] = {"free", "derived", "known after the run", "kept in the state"};
  return "dimension " + quoted(dim.name) + " (" + dim.cName + "): " + kinds[dim.kind] + ", " + std::to_string(dim.min) + " .. " +
         std::to_string(dim.max) + (dim.formula.empty() ? "" : ", " + dim.formula) + "\n";
}

static std::string headText(const Description &info) {
  const motion_model &model = info.model;
  char interface[20];
  std::snprintf(interface, sizeof interface, "0x%016llx", static_cast<unsigned long long>(model.interface_hash));
  std::string text = "model " + info.name + "\n";
  text += "source " + quoted(info.source) + ", SHA-256 " + hex(model.model_sha256, sizeof model.model_sha256) + "\n";
  text += "compiler " + quoted(info.compiler) + ", options " + quoted(info.options) + "\n";
  text += "target " + quoted(info.target) + ", CPU " + quoted(info.cpu) + ", device " + (model.device == 0 ? "CPU" : std::to_string(model.device)) +
          "\n";
  text += "binary interface " + std::to_string(model.abi_major) + "." + std::to_string(model.abi_minor) + ", parameters " + interface +
          ", features " + featuresText(model.features) + "\n";
  text += "workspace " + atMost(model.workspace_bytes) + " aligned to " + std::to_string(model.workspace_align) +
          (model.state_bytes ? ", state " + bytesText(model.state_bytes) : "") +
          (model.weights_bytes ? ", weights " + bytesText(model.weights_bytes) : "") + ", stack " + bytesText(model.stack_bytes) +
          ", threads up to " + std::to_string(model.max_threads) + "\n";
  return text;
}

std::string describeModel(const Description &info) {
  std::string text = headText(info);
  for (const TensorInfo &tensor : info.inputs)
    text += tensorText(info, tensor, "input");
  for (const TensorInfo &tensor : info.outputs)
    text += tensorText(info, tensor, "output");
  for (const TensorInfo &tensor : info.weights)
    text += tensorText(info, tensor, "weight");
  for (const DimInfo &dim : info.dims)
    text += dimText(dim);
  for (const StateInfo &state : info.states)
    text += state.input == UINT32_MAX ? "state: random counter, " + bytesText(state.bytes) + "\n"
                                      : "state " + quoted(info.inputs[state.input].name) + " from " + quoted(info.outputs[state.output].name) +
                                            ": at byte " + std::to_string(state.offset) + ", " + bytesText(state.bytes) + "\n";
  for (size_t i = 0; i < info.kernels.size(); ++i)
    text += "kernel " + std::to_string(i) + " " + quoted(info.kernels[i].name) + ": " + std::to_string(info.kernels[i].nodes) + " nodes" +
            (info.kernels[i].flops ? ", " + std::to_string(info.kernels[i].flops) + " flops" : "") +
            (info.kernels[i].bytes ? ", " + bytesText(info.kernels[i].bytes) : "") + "\n";
  for (const MetadataEntry &entry : info.metadata)
    text += "metadata " + quoted(entry.key) + " = " + quoted(entry.value) + "\n";
  return text;
}

} // namespace motion
