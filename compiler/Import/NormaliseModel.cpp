// Makes a model plain:
//   inputs x, w; initialiser w   -> input x; initialiser w
//   node { name: "" op_type: "Relu" output: "y" }   -> node { name: "Relu_y" ... }
#include "compiler/Import/ConvertModel.h"
#include "compiler/Import/ImportError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include <onnx/defs/schema.h>
#include <set>

namespace motion {
namespace {

void normaliseDomains(::onnx::ModelProto &model) {
  std::set<std::string> domains;
  auto normalise = [&](auto &import) {
    if (import.domain() == "ai.onnx")
      import.clear_domain();
  };
  for (::onnx::OperatorSetIdProto &import : *model.mutable_opset_import()) {
    normalise(import);
    if (!domains.insert(import.domain()).second)
      refuse("imports the operator set '", import.domain(), "' twice");
  }
  for (::onnx::FunctionProto &function : *model.mutable_functions())
    for (::onnx::OperatorSetIdProto &import : *function.mutable_opset_import())
      normalise(import);
  forEachNode(model, [&](::onnx::NodeProto &node) { normalise(node); });
}

/// Initialisers are constants, also where the model lists them as inputs with a default.
void dropInitialisedInputs(::onnx::ModelProto &model) {
  ::onnx::GraphProto &graph = *model.mutable_graph();
  llvm::StringSet<> initialised;
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    initialised.insert(tensor.name());
  auto &inputs = *graph.mutable_input();
  for (int i = inputs.size() - 1; i >= 0; --i)
    if (initialised.contains(inputs.Get(i).name()))
      inputs.DeleteSubrange(i, 1);
  model.set_ir_version(std::max<int64_t>(model.ir_version(), 4)); // before 4 every initialiser had to be an input
}

void keepOutputs(::onnx::GraphProto &graph, const std::vector<std::string> &wanted) {
  llvm::StringSet<> present;
  std::vector<std::string> names;
  for (const ::onnx::ValueInfoProto &output : graph.output()) {
    present.insert(output.name());
    names.push_back("'" + output.name() + "'");
  }
  for (const std::string &name : wanted)
    if (!present.contains(name))
      refuse("there is no output '", name, "' for --output: the model has ", llvm::join(names, ", "));
  auto &outputs = *graph.mutable_output();
  for (int i = outputs.size() - 1; i >= 0 && !wanted.empty(); --i)
    if (!llvm::is_contained(wanted, outputs.Get(i).name()))
      outputs.DeleteSubrange(i, 1);
}

/// A first result that a node leaves out gets a name, so that it has a type.
void nameFirstResults(::onnx::ModelProto &model) {
  llvm::StringSet<> taken;
  forEachNode(model, [&](::onnx::NodeProto &node) {
    for (const std::string &output : node.output())
      taken.insert(output);
  });
  forEachNode(model, [&](::onnx::NodeProto &node) {
    if (node.output_size() == 0 || !node.output(0).empty())
      return;
    std::string name = nodeName(node) + "_unused";
    while (!taken.insert(name).second)
      name += "_";
    node.set_output(0, name);
  });
}

/// Functions of the schemas that have no inference of their own are inferred through their bodies, where the library misses defaults.
void addDefaults(::onnx::ModelProto &model) {
  forEachNode(model, [&](::onnx::NodeProto &node) {
    const ::onnx::OpSchema *schema =
        ::onnx::OpSchemaRegistry::Schema(node.op_type(), importedVersion(model, node.domain()), node.domain());
    if (!schema || !schema->HasFunction() || schema->has_type_and_shape_inference_function())
      return;
    std::set<std::string> present;
    for (const ::onnx::AttributeProto &attribute : node.attribute())
      present.insert(attribute.name());
    for (const auto &[name, attribute] : schema->attributes())
      if (attribute.default_value.has_name() && !present.count(name))
        *node.add_attribute() = attribute.default_value;
  });
}

} // namespace

void normaliseModel(Model &model, const std::vector<std::string> &outputs) {
  model.proto.clear_training_info();
  normaliseDomains(model.proto);
  if (model.graph().name().empty())
    model.graph().set_name("graph");
  for (const ::onnx::ValueInfoProto &input : model.graph().input())
    if (input.name().empty())
      refuse("an input of the graph has no name");
  dropInitialisedInputs(model.proto);
  keepOutputs(model.graph(), outputs);
  if (model.graph().output_size() == 0)
    refuse("the graph has no outputs");
  forEachNode(model.proto, [](::onnx::NodeProto &node) { node.set_name(nodeName(node)); });
  nameFirstResults(model.proto);
  addDefaults(model.proto);
}

} // namespace motion
