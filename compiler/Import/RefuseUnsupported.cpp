// Lists of what cannot be compiled, complete in one run:
//   2 nodes have an operator that is not supported:
//     node 'nms' (NonMaxSuppression)
//     node 'fft' (my.domain.FFT): there is no such operator
#include "compiler/Import/ConvertModel.h"
#include "compiler/Import/ImportError.h"
#include "compiler/Import/TensorData.h"
#include "llvm/ADT/StringExtras.h"
#include <map>
#include <onnx/checker.h>
#include <onnx/defs/schema.h>

namespace motion {
namespace {

void refuseList(const std::vector<std::string> &lines, llvm::StringRef one, llvm::StringRef several) {
  if (lines.empty())
    return;
  refuse(lines.size(), " ", lines.size() == 1 ? one : several, " not supported:\n  ", llvm::join(lines, "\n  "));
}

bool isLocalFunction(const ::onnx::ModelProto &model, const ::onnx::NodeProto &node) {
  for (const ::onnx::FunctionProto &function : model.functions())
    if (function.domain() == node.domain() && function.name() == node.op_type())
      return true;
  return false;
}

/// Why a node cannot be compiled; empty when it can.
std::string reasonAgainst(const ::onnx::ModelProto &model, const ::onnx::NodeProto &node, const llvm::StringSet<> *supported) {
  if (isLocalFunction(model, node))
    return "";
  const ::onnx::OpSchemaRegistry *registry = ::onnx::OpSchemaRegistry::Instance();
  const int version = importedVersion(model, node.domain());
  const ::onnx::OpSchema *schema = registry->GetSchema(node.op_type(), version, node.domain());
  if (!schema || schema->Deprecated()) {
    const ::onnx::OpSchema *newest = registry->GetSchema(node.op_type(), newestVersion(node.domain()), node.domain());
    if (!newest)
      return ": there is no such operator";
    if (!version)
      return ": the model does not import its operator set '" + node.domain() + "'";
    return schema ? ": it is no longer part of opset " + std::to_string(version) : ": it is not part of opset " + std::to_string(version);
  }
  // What has a newer name by now is converted first, and looked at again then.
  const ::onnx::OpSchema *newest = registry->GetSchema(node.op_type(), newestVersion(node.domain()), node.domain());
  const bool renamed = newest && newest->Deprecated() && schema != newest;
  if (!supported || supported->contains(mnemonic(node)) || renamed || (newest ? newest : schema)->HasFunction() ||
      (newest ? newest : schema)->HasContextDependentFunction())
    return "";
  return " ";
}

std::string typeReason(const ::onnx::TypeProto &type) {
  switch (type.value_case()) {
  case ::onnx::TypeProto::kTensorType: {
    const int element = type.tensor_type().elem_type();
    if (element != ::onnx::TensorProto::UNDEFINED && !storedBits(element))
      return "a tensor of elements of type " + elementTypeName(element);
    return "";
  }
  case ::onnx::TypeProto::kSequenceType: return "a sequence";
  case ::onnx::TypeProto::kOptionalType: return "an optional value";
  case ::onnx::TypeProto::kMapType: return "a map";
  case ::onnx::TypeProto::kSparseTensorType: return "a sparse tensor";
  case ::onnx::TypeProto::kOpaqueType: return "an opaque value";
  case ::onnx::TypeProto::VALUE_NOT_SET: return "";
  }
  return "";
}

} // namespace

void refuseUnsupportedOperators(Model &model, const llvm::StringSet<> *supported) {
  std::vector<std::string> lines;
  forEachNode(model.proto, [&](::onnx::NodeProto &node) {
    std::string reason = reasonAgainst(model.proto, node, supported);
    if (!reason.empty())
      lines.push_back("node '" + nodeName(node) + "' (" + mnemonic(node) + ")" + (reason == " " ? "" : reason));
  });
  refuseList(lines, "node has an operator that is", "nodes have an operator that is");
}

void refuseUnsupportedTypes(Model &model) {
  std::vector<std::string> lines;
  for (const ::onnx::ValueInfoProto &input : model.graph().input())
    if (std::string reason = typeReason(input.type()); !reason.empty())
      lines.push_back("input '" + input.name() + "' is " + reason);
  forEachGraph(model.graph(), [&](::onnx::GraphProto &graph) {
    for (const ::onnx::TensorProto &tensor : graph.initializer())
      if (!storedBits(tensor.data_type()))
        lines.push_back("initialiser '" + tensor.name() + "' is a tensor of elements of type " + elementTypeName(tensor.data_type()));
    std::map<std::string, std::string> reasons;
    for (const auto *values : {&graph.value_info(), &graph.output()})
      for (const ::onnx::ValueInfoProto &value : *values)
        if (std::string reason = typeReason(value.type()); !reason.empty())
          reasons[value.name()] = reason;
    for (const ::onnx::NodeProto &node : graph.node())
      for (const std::string &output : node.output())
        if (auto it = reasons.find(output); it != reasons.end())
          lines.push_back("node '" + nodeName(node) + "' (" + mnemonic(node) + "): result '" + output + "' is " + it->second);
  });
  refuseList(lines, "value is", "values are");
}

} // namespace motion
