// Functions of the schemas, expanded where there is no lowering of our own:
//   y = Softplus(x)    ->    e = Exp(x); one = CastLike(1, x); s = Add(e, one); y = Log(s)        all under the node's name
#include "compiler/Import/ConvertModel.h"
#include "compiler/Import/ImportError.h"
#include "llvm/ADT/StringExtras.h"
#include <map>
#include <onnx/defs/schema.h>
#include <onnx/inliner/inliner.h>
#include <onnx/shape_inference/attribute_binder.h>

namespace motion {
namespace {

class FunctionExpander {
public:
  FunctionExpander(Model &model, const llvm::StringSet<> &supported) : model(model), supported(supported) {}

  /// One level of calls in a graph and its bodies. Returns whether there was any.
  bool expand(::onnx::GraphProto &graph) {
    scopes.emplace_back();
    collectTypes(graph);
    bool changed = false;
    google::protobuf::RepeatedPtrField<::onnx::NodeProto> nodes;
    nodes.Swap(graph.mutable_node());
    for (::onnx::NodeProto &node : nodes) {
      ::onnx::FunctionProto body;
      if (isCall(node) && buildBody(node, body)) {
        append(node, body, graph);
        changed = true;
        continue;
      }
      for (::onnx::AttributeProto &attribute : *node.mutable_attribute())
        if (attribute.has_g())
          changed |= expand(*attribute.mutable_g());
      *graph.add_node() = std::move(node);
    }
    scopes.pop_back();
    return changed;
  }

private:
  void collectTypes(const ::onnx::GraphProto &graph) {
    for (const auto *values : {&graph.value_info(), &graph.input(), &graph.output()})
      for (const ::onnx::ValueInfoProto &value : *values)
        scopes.back()[value.name()] = value.type();
    for (const ::onnx::TensorProto &tensor : graph.initializer()) {
      auto &type = *scopes.back()[tensor.name()].mutable_tensor_type();
      type.set_elem_type(tensor.data_type());
      type.mutable_shape()->clear_dim();
      for (int64_t dim : tensor.dims())
        type.mutable_shape()->add_dim()->set_dim_value(dim);
    }
  }

  ::onnx::TypeProto typeOf(const std::string &name) const {
    for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope)
      if (auto it = scope->find(name); it != scope->end())
        return it->second;
    return {};
  }

  bool isCall(const ::onnx::NodeProto &node) const { return !supported.contains(mnemonic(node)); }

  bool buildBody(const ::onnx::NodeProto &node, ::onnx::FunctionProto &body) const {
    const int version = importedVersion(model.proto, node.domain());
    const ::onnx::OpSchema *schema = ::onnx::OpSchemaRegistry::Instance()->GetSchema(node.op_type(), version, node.domain());
    if (!schema)
      return false;
    const int opset = importedVersion(model.proto, "");
    if (schema->HasFunction())
      if (const ::onnx::FunctionProto *function = schema->GetFunction(node.domain().empty() ? version : opset, false)) {
        body = *function;
        return true;
      }
    if (!schema->HasContextDependentFunction())
      return false;
    std::vector<::onnx::TypeProto> types;
    for (const std::string &input : node.input())
      types.push_back(typeOf(input));
    ::onnx::FunctionBodyBuildContextImpl context(node, types);
    return schema->BuildContextDependentFunction(context, body, node.domain().empty() ? version : opset);
  }

  /// Appends the nodes of the body under the caller's names.
  void append(const ::onnx::NodeProto &node, ::onnx::FunctionProto &body, ::onnx::GraphProto &graph) {
    bindAttributes(node, body);
    ::onnx::inliner::Renamer renamer(std::to_string(++count), model.graph());
    for (int i = 0; i < body.input_size(); ++i)
      renamer.BindName(body.input(i), i < node.input_size() ? node.input(i) : "");
    for (int i = 0; i < body.output_size(); ++i)
      if (i < node.output_size() && !node.output(i).empty())
        renamer.BindName(body.output(i), node.output(i));
    for (::onnx::NodeProto &inner : *body.mutable_node()) {
      if (inner.domain() == "ai.onnx")
        inner.clear_domain();
      renameNode(renamer, inner, nodeName(node));
      *graph.add_node() = std::move(inner);
    }
    for (const ::onnx::OperatorSetIdProto &import : body.opset_import())
      if (!importedVersion(model.proto, import.domain()) && import.domain() != "ai.onnx")
        *model.proto.add_opset_import() = import;
  }

  /// A node of a function under the caller's name. The library's renamer leaves the bodies of control flow out.
  static void renameNode(::onnx::inliner::Renamer &renamer, ::onnx::NodeProto &node, const std::string &caller) {
    renamer.RenameNode(node);
    node.set_name(caller);
    for (::onnx::AttributeProto &attribute : *node.mutable_attribute())
      if (attribute.has_g())
        renameBody(renamer, *attribute.mutable_g(), caller);
  }

  static void renameBody(::onnx::inliner::Renamer &renamer, ::onnx::GraphProto &body, const std::string &caller) {
    for (::onnx::ValueInfoProto &input : *body.mutable_input())
      input.set_name(renamer.BindToUniqueName(input.name()));
    for (::onnx::TensorProto &tensor : *body.mutable_initializer())
      tensor.set_name(renamer.BindToUniqueName(tensor.name()));
    for (const ::onnx::NodeProto &node : body.node())
      for (const std::string &output : node.output())
        if (!output.empty())
          renamer.BindToUniqueName(output);
    for (::onnx::NodeProto &node : *body.mutable_node())
      renameNode(renamer, node, caller);
    for (::onnx::ValueInfoProto &output : *body.mutable_output())
      output.set_name(newName(renamer, output.name()));
  }

  static std::string newName(::onnx::inliner::Renamer &renamer, const std::string &name) {
    ::onnx::NodeProto reader;
    reader.add_input(name);
    renamer.RenameNode(reader);
    return reader.input(0);
  }

  /// Attributes of the call, or the function's defaults, for the references in the body.
  static void bindAttributes(const ::onnx::NodeProto &node, ::onnx::FunctionProto &body) {
    ::onnx::internal::AttributeMap values;
    for (const ::onnx::AttributeProto &attribute : body.attribute_proto())
      values[attribute.name()] = &attribute;
    const ::onnx::OpSchema *schema = ::onnx::OpSchemaRegistry::Schema(node.op_type(), newestVersion(node.domain()), node.domain());
    if (schema)
      for (const auto &[name, attribute] : schema->attributes())
        if (attribute.default_value.has_name())
          values[name] = &attribute.default_value;
    for (const ::onnx::AttributeProto &attribute : node.attribute())
      values[attribute.name()] = &attribute;
    ::onnx::internal::AttributeBinder binder(values);
    binder.VisitFunction(body);
  }

  Model &model;
  const llvm::StringSet<> &supported;
  std::vector<std::map<std::string, ::onnx::TypeProto>> scopes;
  unsigned count = 0;
};

} // namespace

void expandFunctions(Model &model, const llvm::StringSet<> &supported) {
  constexpr unsigned deepest = 32; // functions of the schemas call one another a few levels deep
  FunctionExpander expander(model, supported);
  for (unsigned level = 0; level < deepest; ++level) {
    bool any = false;
    forEachNode(model.graph(), [&](::onnx::NodeProto &node) { any |= !supported.contains(mnemonic(node)); });
    if (!any)
      return;
    inferShapes(model);
    if (!expander.expand(model.graph()))
      return;
  }
  refuse("its functions are nested more than ", deepest, " levels deep");
}

} // namespace motion
