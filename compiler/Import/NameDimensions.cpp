// Dimensions of inputs and results: names, bounds, numbers. The rules are those of the binary interface (equal names are one dimension;
// unnamed, -1, "?" and "" each become TENSOR_dimAXIS).
#include "compiler/Import/NameDimensions.h"
#include "compiler/Import/ImportError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace motion {
namespace {

using Dimension = ::onnx::TensorShapeProto::Dimension;

bool isUnnamed(const Dimension &dim) {
  if (dim.has_dim_value())
    return dim.dim_value() == -1;
  return dim.dim_param().empty() || dim.dim_param() == "?" || dim.dim_param() == "-1";
}

::onnx::TensorShapeProto *shapeOf(::onnx::ValueInfoProto &value) {
  if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape())
    return nullptr;
  return value.mutable_type()->mutable_tensor_type()->mutable_shape();
}

std::string axisName(llvm::StringRef tensor, int axis) { return (tensor + "_dim" + llvm::Twine(axis)).str(); }

std::string unused(std::string name, const llvm::StringSet<> &taken) {
  std::string result = name;
  for (unsigned i = 2; taken.contains(result); ++i)
    result = name + "_" + std::to_string(i);
  return result;
}

void bind(Dimension &dim, const std::vector<DimBinding> &bindings) {
  for (const DimBinding &binding : bindings)
    if (!dim.has_dim_value() && dim.dim_param() == binding.name && binding.min == binding.max)
      dim.set_dim_value(binding.min);
}

void checkBindings(const llvm::StringSet<> &names, const std::vector<DimBinding> &bindings) {
  for (const DimBinding &binding : bindings)
    if (!names.contains(binding.name)) {
      auto known = llvm::map_range(names.keys(), [](llvm::StringRef name) { return "'" + name.str() + "'"; });
      std::vector<std::string> sorted(known.begin(), known.end());
      llvm::sort(sorted);
      refuse("there is no dimension '", binding.name, "' for --dim: ",
             sorted.empty() ? "the inputs have none that is not a number" : "the inputs have " + llvm::join(sorted, ", "));
    }
}

} // namespace

void DimensionNames::nameInputs(Model &model, const std::vector<DimBinding> &bindings) {
  llvm::StringSet<> names;
  for (::onnx::ValueInfoProto &input : *model.graph().mutable_input())
    if (::onnx::TensorShapeProto *shape = shapeOf(input))
      for (Dimension &dim : *shape->mutable_dim())
        if (!isUnnamed(dim) && !dim.has_dim_value())
          names.insert(dim.dim_param());
  llvm::StringSet<> seen;
  for (::onnx::ValueInfoProto &input : *model.graph().mutable_input()) {
    ::onnx::TensorShapeProto *shape = shapeOf(input);
    for (int axis = 0; shape && axis < shape->dim_size(); ++axis) {
      Dimension &dim = *shape->mutable_dim(axis);
      if (isUnnamed(dim)) {
        dim.set_dim_param(unused(axisName(input.name(), axis), names));
        names.insert(dim.dim_param());
      }
      bind(dim, bindings);
      if (dim.has_dim_value() && dim.dim_value() < 0)
        refuse("input '", input.name(), "' has the negative dimension ", dim.dim_value());
      if (dim.has_dim_value() || !seen.insert(dim.dim_param()).second)
        continue;
      model.dims.push_back({dim.dim_param(), smallestDim, largestDim});
      for (const DimBinding &binding : bindings)
        if (binding.name == dim.dim_param())
          model.dims.back() = {binding.name, binding.min, binding.max};
    }
  }
  checkBindings(names, bindings);

  for (::onnx::ValueInfoProto &output : *model.graph().mutable_output()) {
    std::vector<std::string> &params = declared.emplace_back();
    if (::onnx::TensorShapeProto *shape = shapeOf(output))
      for (Dimension &dim : *shape->mutable_dim()) {
        bind(dim, bindings);
        params.push_back(isUnnamed(dim) || dim.has_dim_value() ? "" : dim.dim_param());
      }
  }
}

void DimensionNames::nameOutputs(Model &model) {
  llvm::StringMap<std::string> nameOfSymbol; // free dimensions keep their name, inferred symbols get one
  llvm::StringSet<> taken;
  for (const FreeDim &dim : model.dims) {
    nameOfSymbol[dim.name] = dim.name;
    taken.insert(dim.name);
  }
  for (auto [index, output] : llvm::enumerate(*model.graph().mutable_output())) {
    ::onnx::TensorShapeProto *shape = shapeOf(output);
    for (int axis = 0; shape && axis < shape->dim_size(); ++axis) {
      Dimension &dim = *shape->mutable_dim(axis);
      if (dim.has_dim_value())
        continue;
      std::string name = size_t(axis) < declared[index].size() ? declared[index][size_t(axis)] : "";
      if (name.empty())
        name = unused(axisName(output.name(), axis), taken);
      if (!dim.dim_param().empty())
        name = nameOfSymbol.try_emplace(dim.dim_param(), name).first->second;
      taken.insert(name);
      dim.set_dim_param(name);
    }
  }
}

} // namespace motion
