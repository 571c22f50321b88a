// Every node at the newest version of its operator, by the ONNX library's converter where operators changed since the model's opset.
#include "compiler/Import/ConvertModel.h"
#include "compiler/Import/ImportError.h"
#include "llvm/ADT/StringExtras.h"
#include <map>
#include <set>
#include <onnx/defs/schema.h>
#include <onnx/version_converter/convert.h>

namespace motion {
namespace {

/// Since which version the operator of a node is as it is in `version`; 0: unknown.
int sinceVersion(const ::onnx::NodeProto &node, int version) {
  const ::onnx::OpSchema *schema = ::onnx::OpSchemaRegistry::Instance()->GetSchema(node.op_type(), version, node.domain());
  return schema && !schema->Deprecated() ? schema->SinceVersion() : 0;
}

/// Whether the converter would leave a node as it is between this version of its operator and the one before.
bool isCompatible(const ::onnx::NodeProto &node, int version) {
  struct Step {
    llvm::StringLiteral name;
    int from, to;
  };
  static constexpr Step compatible[] = {
#include "onnx-proto/CompatibleVersions.inc"
  };
  return node.domain().empty() && llvm::any_of(compatible, [&](const Step &step) {
           return step.to == version && step.from == version - 1 && step.name == node.op_type();
         });
}

/// Whether a node of one version means something else, or nothing, in another: most changes add types alone.
bool hasChanged(const ::onnx::NodeProto &node, int from, int to) {
  int version = sinceVersion(node, to);
  if (version == 0)
    return sinceVersion(node, from) != 0;
  while (version > from && isCompatible(node, version))
    version = sinceVersion(node, version - 1);
  return version == 0 || version > from;
}

/// Nodes whose operator changed between the model's version of a domain and the newest one.
std::vector<std::string> changedNodes(::onnx::ModelProto &model, const std::string &domain, int from, int to) {
  std::vector<std::string> changed;
  forEachNode(*model.mutable_graph(), [&](::onnx::NodeProto &node) {
    if (node.domain() == domain && hasChanged(node, from, to))
      changed.push_back("node '" + nodeName(node) + "' (" + mnemonic(node) + ")");
  });
  return changed;
}

void setVersion(::onnx::ModelProto &model, const std::string &domain, int version) {
  for (::onnx::OperatorSetIdProto &import : *model.mutable_opset_import())
    if (import.domain() == domain)
      import.set_version(version);
}

/// Adds the number of dimensions of a graph's own values, as far as it is known.
void addRanks(const ::onnx::GraphProto &graph, std::map<std::string, int> &ranks) {
  for (const auto *values : {&graph.value_info(), &graph.input()})
    for (const ::onnx::ValueInfoProto &value : *values)
      if (value.type().has_tensor_type() && value.type().tensor_type().has_shape())
        ranks[value.name()] = value.type().tensor_type().shape().dim_size();
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    ranks[tensor.name()] = tensor.dims_size();
}

/// The names of all values.
std::set<std::string> namesOf(Model &model) {
  std::set<std::string> names;
  forEachGraph(model.graph(), [&](const ::onnx::GraphProto &graph) {
    for (const ::onnx::ValueInfoProto &input : graph.input())
      names.insert(input.name());
    for (const ::onnx::TensorProto &tensor : graph.initializer())
      names.insert(tensor.name());
    for (const ::onnx::NodeProto &node : graph.node())
      names.insert(node.output().begin(), node.output().end());
  });
  return names;
}

/// Before opset 7 a PRelu has one slope per channel, which the converter misses:
///   PRelu(x : b x c x h, s : c)  ->  t = Unsqueeze<axes = [1]>(s); PRelu(x, t)
void addSlopeAxes(::onnx::GraphProto &graph, const std::map<std::string, int> &ranks, std::set<std::string> &names) {
  google::protobuf::RepeatedPtrField<::onnx::NodeProto> nodes;
  nodes.Swap(graph.mutable_node());
  for (::onnx::NodeProto &node : nodes) {
    if (node.op_type() == "PRelu" && node.domain().empty() && node.input_size() == 2) {
      auto x = ranks.find(node.input(0)), slope = ranks.find(node.input(1));
      if (x == ranks.end() || slope == ranks.end())
        refuse("node '", nodeName(node), "' (PRelu): the number of dimensions of its inputs cannot be inferred, on which its meaning depends before opset 7");
      if (slope->second == 1 && x->second > 2) {
        ::onnx::NodeProto &spread = *graph.add_node();
        spread.set_op_type("Unsqueeze");
        spread.set_name(nodeName(node));
        spread.add_input(node.input(1));
        std::string name = node.output(0) + "_slope";
        while (!names.insert(name).second)
          name += "_";
        spread.add_output(name);
        ::onnx::AttributeProto &axes = *spread.add_attribute();
        axes.set_name("axes");
        axes.set_type(::onnx::AttributeProto::INTS);
        for (int axis = 1; axis < x->second - 1; ++axis)
          axes.add_ints(axis);
        node.set_input(1, spread.output(0));
      }
    }
    *graph.add_node() = std::move(node);
  }
}

bool usesOperator(Model &model, llvm::StringRef name) {
  bool found = false;
  forEachNode(model.graph(), [&](::onnx::NodeProto &node) { found |= node.op_type() == name && node.domain().empty(); });
  return found;
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
      if (from < 7 && usesOperator(model, "PRelu")) {
        inferShapes(model);
        std::set<std::string> names = namesOf(model);
        std::map<std::string, int> ranks; // those of the graphs around included, which come first
        forEachGraph(model.graph(), [&](::onnx::GraphProto &graph) {
          addRanks(graph, ranks);
          addSlopeAxes(graph, ranks, names);
        });
      }
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
