// Walks over a model's graphs and names of its parts.
#include "compiler/Import/Model.h"
#include <onnx/defs/schema.h>

namespace motion {

void forEachGraph(::onnx::GraphProto &graph, llvm::function_ref<void(::onnx::GraphProto &)> visit) {
  visit(graph);
  for (::onnx::NodeProto &node : *graph.mutable_node())
    for (::onnx::AttributeProto &attribute : *node.mutable_attribute()) {
      if (attribute.has_g())
        forEachGraph(*attribute.mutable_g(), visit);
      for (::onnx::GraphProto &body : *attribute.mutable_graphs())
        forEachGraph(body, visit);
    }
}

void forEachNode(::onnx::GraphProto &graph, llvm::function_ref<void(::onnx::NodeProto &)> visit) {
  forEachGraph(graph, [&](::onnx::GraphProto &inner) {
    for (::onnx::NodeProto &node : *inner.mutable_node())
      visit(node);
  });
}

void forEachNode(::onnx::ModelProto &model, llvm::function_ref<void(::onnx::NodeProto &)> visit) {
  forEachNode(*model.mutable_graph(), visit);
  for (::onnx::FunctionProto &function : *model.mutable_functions())
    for (::onnx::NodeProto &node : *function.mutable_node()) {
      visit(node);
      for (::onnx::AttributeProto &attribute : *node.mutable_attribute())
        if (attribute.has_g())
          forEachNode(*attribute.mutable_g(), visit);
    }
}

std::string nodeName(const ::onnx::NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  for (const std::string &output : node.output())
    if (!output.empty())
      return node.op_type() + "_" + output;
  return node.op_type();
}

std::string mnemonic(const ::onnx::NodeProto &node) {
  const std::string &domain = node.domain();
  return domain.empty() ? node.op_type() : domain.substr(domain.rfind('.') + 1) + "." + node.op_type();
}

int importedVersion(const ::onnx::ModelProto &model, llvm::StringRef domain) {
  for (const ::onnx::OperatorSetIdProto &import : model.opset_import())
    if (import.domain() == domain)
      return static_cast<int>(import.version());
  return 0;
}

int newestVersion(llvm::StringRef domain) {
  const auto &versions = ::onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
  auto it = versions.find(domain.str());
  return it == versions.end() ? 0 : it->second.second;
}

} // namespace motion
