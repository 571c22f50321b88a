// Shapes of what loops carry. The library drops them, since a body may change them; where inference with the initial shape gives the same shape back,
// no iteration changes it:
//   Loop (m, c, x : float[3]) <body (i, c, v) => (d, w) { w = Add(v, x) ... }>     =>     v, w and the loop's result are float[3]
#include "compiler/Import/ConvertModel.h"
#include <map>

namespace motion {
namespace {

using ::onnx::GraphProto;
using ::onnx::NodeProto;
using ::onnx::TensorShapeProto;

bool hasShape(const ::onnx::TypeProto &type) { return type.has_tensor_type() && type.tensor_type().has_shape(); }

bool isSame(const TensorShapeProto &a, const TensorShapeProto &b) {
  if (a.dim_size() != b.dim_size())
    return false;
  for (int i = 0; i < a.dim_size(); ++i) {
    const bool number = a.dim(i).has_dim_value() && b.dim(i).has_dim_value() && a.dim(i).dim_value() == b.dim(i).dim_value();
    const bool symbol = !a.dim(i).dim_param().empty() && a.dim(i).dim_param() == b.dim(i).dim_param();
    if (!number && !symbol)
      return false;
  }
  return true;
}

std::map<std::string, TensorShapeProto> shapesOf(const GraphProto &graph) {
  std::map<std::string, TensorShapeProto> shapes;
  for (const auto *values : {&graph.value_info(), &graph.input(), &graph.output()})
    for (const ::onnx::ValueInfoProto &value : *values)
      if (hasShape(value.type()))
        shapes[value.name()] = value.type().tensor_type().shape();
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    for (int64_t dim : tensor.dims())
      shapes[tensor.name()].add_dim()->set_dim_value(dim);
  return shapes;
}

GraphProto *bodyOf(NodeProto &node) {
  if (node.op_type() == "Loop" && node.domain().empty())
    for (::onnx::AttributeProto &attribute : *node.mutable_attribute())
      if (attribute.name() == "body" && attribute.g().input_size() == node.input_size() && attribute.g().output_size() + 1 >= node.input_size())
        return attribute.mutable_g();
  return nullptr;
}

/// Gives inputs of bodies that have no shape that of what they start with. Returns whether there were any.
bool assumeInitialShapes(GraphProto &graph) {
  bool any = false;
  const std::map<std::string, TensorShapeProto> shapes = shapesOf(graph);
  for (NodeProto &node : *graph.mutable_node()) {
    GraphProto *body = bodyOf(node);
    for (int i = 0; body && i < node.input_size(); ++i) {
      ::onnx::TypeProto &type = *body->mutable_input(i)->mutable_type();
      auto initial = shapes.find(node.input(i));
      if (hasShape(type) || !type.has_tensor_type() || (i >= 2 && initial == shapes.end()))
        continue;
      // The number of the iteration and the condition are scalars.
      *type.mutable_tensor_type()->mutable_shape() = i < 2 ? TensorShapeProto() : initial->second;
      any = true;
    }
  }
  return any;
}

/// Gives the results of loops the shapes that stay the same, and returns whether all that bodies take do.
bool setResultShapes(GraphProto &graph) {
  for (NodeProto &node : *graph.mutable_node()) {
    GraphProto *body = bodyOf(node);
    for (int i = 2; body && i < node.input_size(); ++i) {
      const ::onnx::TypeProto &before = body->input(i).type(), &after = body->output(i - 1).type();
      if (!hasShape(before))
        continue;
      if (!hasShape(after) || !isSame(before.tensor_type().shape(), after.tensor_type().shape()))
        return false;
      for (::onnx::ValueInfoProto &value : *graph.mutable_value_info())
        if (i - 2 < node.output_size() && value.name() == node.output(i - 2) && value.type().has_tensor_type() && !hasShape(value.type()))
          *value.mutable_type()->mutable_tensor_type()->mutable_shape() = after.tensor_type().shape();
    }
  }
  return true;
}

} // namespace

void inferLoopShapes(Model &model, llvm::function_ref<void()> infer) {
  bool hasLoops = false, any = false, same = true;
  forEachNode(model.graph(), [&](NodeProto &node) { hasLoops |= bodyOf(node) != nullptr; });
  if (!hasLoops)
    return;
  const ::onnx::ModelProto before = model.proto;
  forEachGraph(model.graph(), [&](GraphProto &graph) { any |= assumeInitialShapes(graph); });
  if (!any)
    return;
  try {
    infer();
    forEachGraph(model.graph(), [&](GraphProto &graph) { same &= setResultShapes(graph); });
    if (same)
      infer();
  } catch (const std::runtime_error &) {
    same = false;   // a body that changes a shape may contradict the initial one
  }
  if (!same)
    model.proto = before;
}

} // namespace motion
