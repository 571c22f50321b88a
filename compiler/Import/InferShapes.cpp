// Strict inference of types and shapes, with the values of small integer tensors followed through shape chains.
#include "compiler/Import/ConvertModel.h"
#include <map>
#include <onnx/defs/schema.h>
#include <onnx/shape_inference/implementation.h>

namespace motion {
namespace {

/// The library follows the values of every tensor of rank 1, whatever its type and length, one message per element. This registry hands
/// out schemas that do so only for short integer tensors, and that take failing to follow a value for not knowing it.
class BoundedRegistry : public ::onnx::ISchemaRegistry {
public:
  const ::onnx::OpSchema *GetSchema(const std::string &name, int version, const std::string &domain) const override {
    const ::onnx::OpSchema *schema = ::onnx::OpSchemaRegistry::Instance()->GetSchema(name, version, domain);
    if (!schema || !schema->has_data_propagation_function())
      return schema;
    auto [it, inserted] = bounded.try_emplace(schema, *schema);
    if (inserted) {
      const bool readsShapes = name == "Shape" || name == "Size";
      it->second.PartialDataPropagationFunction([readsShapes, inner = schema->GetDataPropagationFunction()](::onnx::DataPropagationContext &context) {
        if (!readsShapes && !isBounded(context))
          return;
        try {
          inner(context);
        } catch (const std::runtime_error &) {
        }
      });
    }
    return &it->second;
  }

private:
  static bool isBounded(::onnx::DataPropagationContext &context) {
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

  mutable std::map<const ::onnx::OpSchema *, ::onnx::OpSchema> bounded;
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
  ::onnx::shape_inference::DataValueMap values;
  ::onnx::shape_inference::InferShapes(model.proto, &registry, options, &values);
}

} // namespace motion
