// Every node at the newest version of its operator, by the ONNX library's converter where operators changed since the model's opset.
#include "compiler/Import/ConvertModel.h"
#include "compiler/Import/ImportError.h"
#include "llvm/ADT/StringExtras.h"
#include <onnx/defs/schema.h>
#include <onnx/version_converter/convert.h>

namespace motion {
namespace {

/// Since which version the operator of a node is as it is in `version`; 0: unknown.
int sinceVersion(const ::onnx::NodeProto &node, int version) {
  const ::onnx::OpSchema *schema = ::onnx::OpSchemaRegistry::Instance()->GetSchema(node.op_type(), version, node.domain());
  return schema && !schema->Deprecated() ? schema->SinceVersion() : 0;
}

/// Nodes whose operator changed between the model's version of a domain and the newest one.
std::vector<std::string> changedNodes(::onnx::ModelProto &model, const std::string &domain, int from, int to) {
  std::vector<std::string> changed;
  forEachNode(*model.mutable_graph(), [&](::onnx::NodeProto &node) {
    if (node.domain() == domain && sinceVersion(node, from) != sinceVersion(node, to))
      changed.push_back("node '" + nodeName(node) + "' (" + mnemonic(node) + ")");
  });
  return changed;
}

void setVersion(::onnx::ModelProto &model, const std::string &domain, int version) {
  for (::onnx::OperatorSetIdProto &import : *model.mutable_opset_import())
    if (import.domain() == domain)
      import.set_version(version);
}

void convertDefaultDomain(::onnx::ModelProto &model, int from, int to) {
  std::vector<std::string> changed = changedNodes(model, "", from, to);
  if (changed.empty()) {
    setVersion(model, "", to);
    return;
  }
  // The converter drops the batch axis that this Scan has, and with it what the model takes and gives.
  if (from < 9)
    forEachNode(*model.mutable_graph(), [&](::onnx::NodeProto &node) {
      if (node.op_type() == "Scan" && node.domain().empty())
        refuse("node '", nodeName(node), "' (Scan): opset ", from, " gives it a batch axis that later versions lack; expected opset 9 or newer");
    });
  std::string reason;
  try {
    ::onnx::ModelProto converted = ::onnx::version_conversion::ConvertVersion(model, to);
    model = std::move(converted);
  } catch (const std::exception &error) {
    reason = error.what();
  }
  if (!reason.empty())
    refuse("cannot be converted from opset ", from, " to ", to, ": ", reason, "\n  operators that changed in between:\n  ",
           llvm::join(changed, "\n  "));
}

} // namespace

void convertOpset(Model &model) {
  std::vector<std::pair<std::string, int>> imports;
  for (const ::onnx::OperatorSetIdProto &import : model.proto.opset_import())
    imports.emplace_back(import.domain(), static_cast<int>(import.version()));
  for (const auto &[domain, from] : imports) {
    const int to = newestVersion(domain);
    if (!to || from == to)
      continue;
    if (from > to)
      refuse("imports version ", from, " of the operator set '", domain.empty() ? "ai.onnx" : domain, "'; the newest that is known is ", to);
    if (domain.empty()) {
      convertDefaultDomain(model.proto, from, to);
      continue;
    }
    std::vector<std::string> changed = changedNodes(model.proto, domain, from, to);
    if (!changed.empty())
      refuse("uses operators of version ", from, " of '", domain, "' that changed until version ", to, ":\n  ", llvm::join(changed, "\n  "));
    setVersion(model.proto, domain, to);
  }
  forEachNode(model.proto, [](::onnx::NodeProto &node) { node.set_name(nodeName(node)); });
}

} // namespace motion
