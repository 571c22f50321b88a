// Strict inference of types and shapes, with the values of small integer tensors followed through shape chains.
#include "compiler/Import/ConvertModel.h"
#include "llvm/ADT/StringRef.h"
#include <map>
#include <onnx/defs/schema.h>
#include <onnx/shape_inference/implementation.h>
#include <optional>

namespace motion {
namespace {

using ::onnx::InferenceContext;

/// Whether values may be followed through the node: the library follows those of every tensor of rank 1, whatever its type and length.
bool isShort(::onnx::DataPropagationContext &context) {
  constexpr int64_t longest = 1024;
  for (size_t i = 0; i < context.getNumInputs(); ++i) {
    const ::onnx::TypeProto *type = context.getInputType(i);
    if (!type || !type->has_tensor_type())
      return false;
    const ::onnx::TypeProto::Tensor &tensor = type->tensor_type();
    if (tensor.elem_type() != ::onnx::TensorProto::INT64 && tensor.elem_type() != ::onnx::TensorProto::INT32)
      return false;
    for (const auto &dim : tensor.shape().dim())
      if (dim.dim_value() > longest)
        return false;
  }
  return true;
}

std::optional<int> inputRank(InferenceContext &context, size_t input) {
  if (context.getNumInputs() <= input || !context.getInputType(input) || !context.getInputType(input)->tensor_type().has_shape())
    return std::nullopt;
  return context.getInputType(input)->tensor_type().shape().dim_size();
}

/// Elements of the tensor of axes that is the second operand.
std::optional<int> axisCount(InferenceContext &context) {
  if (inputRank(context, 1) != 1 || !context.getInputType(1)->tensor_type().shape().dim(0).has_dim_value())
    return std::nullopt;
  return static_cast<int>(context.getInputType(1)->tensor_type().shape().dim(0).dim_value());
}

/// The number of dimensions of results whose operator has axes or sizes that are computed when running: there the library gives up.
std::optional<int> resultRank(llvm::StringRef name, InferenceContext &context) {
  std::optional<int> rank = inputRank(context, 0), axes = axisCount(context);
  if (!rank || name == "Split")
    return rank;
  if (name.starts_with("Reduce")) {
    const ::onnx::AttributeProto *keep = context.getAttribute("keepdims");
    if (!keep || keep->i())
      return rank;
  }
  if (!axes)
    return std::nullopt;
  const int result = name == "Unsqueeze" ? *rank + *axes : *rank - *axes;
  return result >= 0 ? std::optional(result) : std::nullopt;
}

void addRanks(llvm::StringRef name, InferenceContext &context) {
  std::optional<int> rank = resultRank(name, context);
  for (size_t i = 0; rank && i < context.getNumOutputs(); ++i) {
    ::onnx::TypeProto *type = context.getOutputType(i);
    if (!type || !type->has_tensor_type() || type->tensor_type().has_shape())
      continue;
    ::onnx::TensorShapeProto *shape = type->mutable_tensor_type()->mutable_shape();
    for (int axis = 0; axis < *rank; ++axis)
      shape->add_dim();
  }
}

/// Hands out schemas that follow values of short integer tensors only, that take failing to follow a value for not knowing it, and that
/// know the rank of every result that has one.
class BoundedRegistry : public ::onnx::ISchemaRegistry {
public:
  const ::onnx::OpSchema *GetSchema(const std::string &name, int version, const std::string &domain) const override {
    const ::onnx::OpSchema *schema = ::onnx::OpSchemaRegistry::Instance()->GetSchema(name, version, domain);
    if (!schema)
      return nullptr;
    const bool addsRanks = domain.empty() && (llvm::StringRef(name).starts_with("Reduce") || name == "Split" || name == "Squeeze" || name == "Unsqueeze");
    if (!addsRanks && !schema->has_data_propagation_function())
      return schema;
    auto [it, inserted] = adapted.try_emplace(schema, *schema);
    if (inserted && addsRanks)
      it->second.TypeAndShapeInferenceFunction([name, inner = schema->GetTypeAndShapeInferenceFunction()](InferenceContext &context) {
        inner(context);
        addRanks(name, context);
      });
    if (inserted && schema->has_data_propagation_function())
      boundPropagation(it->second, name == "Shape" || name == "Size");
    return &it->second;
  }

private:
  static void boundPropagation(::onnx::OpSchema &schema, bool readsShapes) {
    schema.PartialDataPropagationFunction([readsShapes, inner = schema.GetDataPropagationFunction()](::onnx::DataPropagationContext &context) {
      if (!readsShapes && !isShort(context))
        return;
      try {
        inner(context);
      } catch (const std::runtime_error &) {
      }
    });
  }

  mutable std::map<const ::onnx::OpSchema *, ::onnx::OpSchema> adapted;
};

/// Names of dimensions are inferred anew each time, from those of the inputs: what exporters and earlier rounds wrote need not be equal.
void forgetSymbols(::onnx::GraphProto &graph) {
  for (auto *values : {graph.mutable_value_info(), graph.mutable_output()})
    for (::onnx::ValueInfoProto &value : *values)
      if (value.type().has_tensor_type() && value.type().tensor_type().has_shape())
        for (auto &dim : *value.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim())
          if (!dim.has_dim_value() || dim.dim_value() < 0)
            dim.Clear();
}

} // namespace

void inferShapes(Model &model) {
  forEachGraph(model.graph(), forgetSymbols);
  BoundedRegistry registry;
  const ::onnx::ShapeInferenceOptions options(/*check_type=*/true, /*strict_mode=*/1, /*data_prop=*/true);
  const auto infer = [&] {
    ::onnx::shape_inference::DataValueMap values;
    ::onnx::shape_inference::InferShapes(model.proto, &registry, options, &values);
  };
  infer();
  inferLoopShapes(model, infer);
}

} // namespace motion
