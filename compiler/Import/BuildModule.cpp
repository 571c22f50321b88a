// One function per graph, one operation per node, generically, as the schemas and the dialect made from them say:
//   node { op_type: "Gemm" name: "fc1" input: "x" input: "w" input: "b" output: "y" attribute { transB: 1 } }
//   -> %y = "onnx.Gemm"(%x, %w, %b) <{transB = 1 : si64}> : (...) -> tensor<?x256xf32> loc("fc1")
// Initialisers become kernel.weight, integers and scalars of up to 64 elements onnx.Constant. Bodies of control flow become regions.
#include "compiler/Import/BuildModule.h"
#include "compiler/Import/ImportError.h"
#include "compiler/Import/MoveWeights.h"
#include "compiler/Import/TensorData.h"
#include "dialects/Kernel/KernelDialect.h"
#include "dialects/Onnx/OnnxDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"
#include <onnx/defs/schema.h>
#include <set>

using namespace mlir;
using ::onnx::AttributeProto;
using ::onnx::GraphProto;
using ::onnx::NodeProto;
using ::onnx::TensorProto;

namespace motion {
namespace {

/// Values and types that a graph defines; names of the enclosing graphs are visible.
struct Scope {
  const Scope *parent;
  llvm::StringMap<Value> values;
  llvm::StringMap<const ::onnx::TypeProto *> types;

  Scope(const Scope *parent, const GraphProto &graph) : parent(parent) {
    for (const auto *infos : {&graph.value_info(), &graph.input(), &graph.output()}) // the last one wins: inference merges into it
      for (const ::onnx::ValueInfoProto &info : *infos)
        if (info.has_type() && info.type().value_case() != ::onnx::TypeProto::VALUE_NOT_SET)
          types[info.name()] = &info.type();
  }

  Value lookup(llvm::StringRef name) const {
    for (const Scope *scope = this; scope; scope = scope->parent)
      if (Value value = scope->values.lookup(name))
        return value;
    refuse("value '", name, "' is used before any node computes it");
  }
};

class ModuleBuilder {
public:
  ModuleBuilder(Model &model, WeightStore &weights, MLIRContext &context) : model(model), weights(weights), b(&context) {}

  OwningOpRef<ModuleOp> build(llvm::StringRef name) {
    OwningOpRef<ModuleOp> module = ModuleOp::create(b.getUnknownLoc());
    setModuleAttributes(*module);
    collectReadNames();
    const GraphProto &graph = model.proto.graph();
    SmallVector<Type> inputs, results;
    for (const ::onnx::ValueInfoProto &input : graph.input())
      inputs.push_back(tensorType(input.type(), "input '" + input.name() + "'"));
    for (const ::onnx::ValueInfoProto &output : graph.output())
      results.push_back(tensorType(output.type(), "output '" + output.name() + "'"));
    b.setInsertionPointToEnd(module->getBody());
    auto function = func::FuncOp::create(b, b.getUnknownLoc(), name, b.getFunctionType(inputs, results));
    for (auto [index, input] : llvm::enumerate(graph.input()))
      function.setArgAttrs(unsigned(index), interfaceAttributes(input));
    for (auto [index, output] : llvm::enumerate(graph.output()))
      function.setResultAttrs(unsigned(index), interfaceAttributes(output));
    function->setAttr("onnx.dims", freeDims());
    Block *entry = function.addEntryBlock();
    b.setInsertionPointToEnd(entry);
    func::ReturnOp::create(b, b.getUnknownLoc(), importGraph(graph, nullptr, entry->getArguments()));
    return module;
  }

private:
  // ---- Types and attributes ----

  RankedTensorType tensorType(const ::onnx::TypeProto &type, const llvm::Twine &what) {
    if (!type.has_tensor_type() || !type.tensor_type().has_elem_type())
      refuse(what.str(), ": its type cannot be inferred");
    if (!type.tensor_type().has_shape())
      refuse(what.str(), ": the number of its dimensions cannot be inferred, which is needed when compiling");
    Type element = elementType(type.tensor_type().elem_type(), b.getContext());
    if (!element)
      refuse(what.str(), ": elements of type ", elementTypeName(type.tensor_type().elem_type()), " are not supported");
    SmallVector<int64_t> shape;
    for (const auto &dim : type.tensor_type().shape().dim())
      shape.push_back(dim.has_dim_value() && dim.dim_value() >= 0 ? dim.dim_value() : ShapedType::kDynamic);
    checkShape(shape, what);
    return RankedTensorType::get(shape, element);
  }

  static void checkShape(ArrayRef<int64_t> shape, const llvm::Twine &what) {
    constexpr size_t largestRank = 32;
    if (shape.size() > largestRank)
      refuse(what.str(), " has ", shape.size(), " dimensions; up to ", largestRank, " are supported");
    int64_t count = 1;
    bool tooLarge = false;
    for (int64_t dim : shape) {
      if (dim == ShapedType::kDynamic)
        continue;
      if (dim < 0)
        refuse(what.str(), " has the negative dimension ", dim);
      tooLarge |= dim != 0 && __builtin_mul_overflow(count, dim, &count);
      tooLarge |= count > int64_t(1) << 40;
    }
    if (tooLarge)
      refuse(what.str(), " has more elements than a machine can hold: ", llvm::join(llvm::map_range(shape, [](int64_t dim) {
                                                                           return dim == ShapedType::kDynamic ? "?" : std::to_string(dim);
                                                                         }),
                                                                         " x "));
  }

  void setModuleAttributes(ModuleOp module) {
    SmallVector<NamedAttribute> metadata;
    for (const ::onnx::StringStringEntryProto &entry : model.proto.metadata_props())
      if (!entry.key().empty())
        metadata.push_back(b.getNamedAttr(entry.key(), b.getStringAttr(entry.value())));
    module->setAttr("onnx.source", b.getStringAttr(llvm::sys::path::filename(model.path)));
    module->setAttr("onnx.sha256", b.getStringAttr(model.hash.digits()));
    module->setAttr("onnx.metadata", b.getDictionaryAttr(metadata));
  }

  DictionaryAttr interfaceAttributes(const ::onnx::ValueInfoProto &value) {
    SmallVector<Attribute> dims;
    for (const auto &dim : value.type().tensor_type().shape().dim())
      dims.push_back(dim.has_dim_value() ? Attribute(b.getI64IntegerAttr(dim.dim_value())) : b.getStringAttr(dim.dim_param()));
    return b.getDictionaryAttr({b.getNamedAttr("onnx.name", b.getStringAttr(value.name())), b.getNamedAttr("onnx.dims", b.getArrayAttr(dims))});
  }

  ArrayAttr freeDims() {
    SmallVector<Attribute> dims;
    for (const FreeDim &dim : model.dims)
      dims.push_back(b.getDictionaryAttr({b.getNamedAttr("name", b.getStringAttr(dim.name)), b.getNamedAttr("min", b.getI64IntegerAttr(dim.min)),
                                          b.getNamedAttr("max", b.getI64IntegerAttr(dim.max))}));
    return b.getArrayAttr(dims);
  }

  /// Null: the attribute has a form that no operator of ours has.
  Attribute importAttribute(const AttributeProto &attribute) {
    switch (attribute.type()) {
    case AttributeProto::FLOAT: return b.getF32FloatAttr(attribute.f());
    case AttributeProto::INT: return b.getIntegerAttr(b.getIntegerType(64, /*isSigned=*/true), attribute.i());
    case AttributeProto::STRING: return b.getStringAttr(attribute.s());
    case AttributeProto::FLOATS: return b.getDenseF32ArrayAttr(SmallVector<float>(attribute.floats().begin(), attribute.floats().end()));
    case AttributeProto::INTS: return b.getDenseI64ArrayAttr(SmallVector<int64_t>(attribute.ints().begin(), attribute.ints().end()));
    case AttributeProto::STRINGS:
      return b.getStrArrayAttr(SmallVector<llvm::StringRef>(attribute.strings().begin(), attribute.strings().end()));
    case AttributeProto::TENSOR:
      if (movedTo(attribute.t()))
        return {};
      return denseElements(tensorTypeOf(attribute.t()), tensorElements(attribute.t()));
    case AttributeProto::TYPE_PROTO: return TypeAttr::get(tensorType(attribute.tp(), "attribute '" + attribute.name() + "'"));
    default: return {};
    }
  }

  // ---- Tensors ----

  void collectReadNames() {
    forEachNode(model.proto, [&](NodeProto &node) {
      if (node.op_type() == "Resize")
        for (int i = 1; i < node.input_size(); ++i)
          readNames.insert(node.input(i));
    });
  }

  RankedTensorType tensorTypeOf(const TensorProto &tensor) {
    SmallVector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
    checkShape(shape, "tensor '" + tensor.name() + "'");
    Type element = elementType(tensor.data_type(), b.getContext());
    if (!element)
      refuse("tensor '", tensor.name(), "' has elements of type ", elementTypeName(tensor.data_type()), ", which are not supported");
    return RankedTensorType::get(shape, element);
  }

  /// `name`: of the value that the tensor becomes.
  Value importTensor(const TensorProto &tensor, llvm::StringRef name, Location loc) {
    RankedTensorType type = tensorTypeOf(tensor);
    std::optional<unsigned> id = movedTo(tensor);
    if (!id) {
      const std::string elements = tensorElements(tensor);
      if (isa<IntegerType>(type.getElementType()) || type.getNumElements() <= 1 || readNames.contains(name))
        return constant(denseElements(type, elements), loc);
      id = weights.addCopy(tensor.name(), elements);
    }
    return kernel::WeightOp::create(b, loc, type, *id);
  }

  Value constant(ElementsAttr value, Location loc) {
    OperationState state(loc, "onnx.Constant");
    state.addTypes(value.getType());
    return create(state, {b.getNamedAttr("value", value)})->getResult(0);
  }

  Value importConstant(const NodeProto &node, Location loc) {
    TensorProto tensor;
    tensor.set_name(node.output(0));
    tensor.set_data_type(TensorProto::FLOAT);
    for (const AttributeProto &attribute : node.attribute()) {
      if (attribute.name() == "value" && attribute.has_t())
        return importTensor(attribute.t(), node.output(0), loc);
      if (attribute.name() == "value_float" || attribute.name() == "value_int") {
        tensor.add_float_data(attribute.f());
        tensor.add_int64_data(attribute.i());
      } else if (attribute.name() == "value_floats" || attribute.name() == "value_ints") {
        *tensor.mutable_float_data() = attribute.floats();
        *tensor.mutable_int64_data() = attribute.ints();
        tensor.add_dims(std::max(attribute.floats_size(), attribute.ints_size()));
      } else {
        refuse("node '", nodeName(node), "' (Constant): strings and sparse tensors are not supported");
      }
      if (attribute.type() == AttributeProto::INT || attribute.type() == AttributeProto::INTS)
        tensor.set_data_type(TensorProto::INT64);
    }
    return importTensor(tensor, node.output(0), loc);
  }

  // ---- Graphs and nodes ----

  SmallVector<Value> importGraph(const GraphProto &graph, const Scope *parent, ValueRange arguments) {
    Scope scope(parent, graph);
    for (auto [input, argument] : llvm::zip(graph.input(), arguments))
      scope.values[input.name()] = argument;
    const llvm::StringSet<> used = usedNames(graph);
    for (const TensorProto &tensor : graph.initializer())
      if (used.contains(tensor.name()) && !scope.values.count(tensor.name()))
        scope.values[tensor.name()] = importTensor(tensor, tensor.name(), NameLoc::get(b.getStringAttr(tensor.name())));
    for (const NodeProto &node : graph.node())
      importNode(node, scope);
    SmallVector<Value> results;
    for (const ::onnx::ValueInfoProto &output : graph.output())
      results.push_back(scope.lookup(output.name()));
    return results;
  }

  static llvm::StringSet<> usedNames(const GraphProto &graph) {
    llvm::StringSet<> used;
    for (const ::onnx::ValueInfoProto &output : graph.output())
      used.insert(output.name());
    forEachNode(const_cast<GraphProto &>(graph), [&](NodeProto &node) {
      for (const std::string &input : node.input())
        used.insert(input);
    });
    forEachGraph(const_cast<GraphProto &>(graph), [&](GraphProto &inner) {
      for (const ::onnx::ValueInfoProto &output : inner.output())
        used.insert(output.name());
    });
    return used;
  }

  void importNode(const NodeProto &node, Scope &scope) {
    Location loc = NameLoc::get(b.getStringAttr(nodeName(node)));
    if (node.op_type() == "Constant" && node.domain().empty() && node.output_size() == 1) {
      scope.values[node.output(0)] = importConstant(node, loc);
      return;
    }
    const ::onnx::OpSchema *schema = ::onnx::OpSchemaRegistry::Schema(node.op_type(), newestVersion(node.domain()), node.domain());
    OperationState state(loc, "onnx." + mnemonic(node));
    if (!schema || !state.name.isRegistered())
      refuse("node '", nodeName(node), "' (", mnemonic(node), "): there is no such operator");
    SmallVector<NamedAttribute> properties;
    addOperands(node, *schema, scope, state, properties);
    addResults(node, *schema, scope, state, properties);
    addAttributes(node, *schema, scope, state, properties);
    Operation *op = create(state, properties);
    unsigned result = 0;
    for (const std::string &output : node.output())
      if (!output.empty())
        scope.values[output] = op->getResult(result++);
  }

  /// How many of the node's values each formal parameter has; absent ones are empty names.
  template <typename Names>
  static SmallVector<int32_t> segments(const std::vector<::onnx::OpSchema::FormalParameter> &formals, const Names &names) {
    SmallVector<int32_t> sizes;
    int index = 0;
    for (const auto &formal : formals) {
      int32_t size = 0;
      const int last = formal.GetOption() == ::onnx::OpSchema::Variadic ? names.size() : std::min(index + 1, names.size());
      for (; index < last; ++index)
        size += !names.Get(index).empty();
      sizes.push_back(size);
    }
    return sizes;
  }

  void addOperands(const NodeProto &node, const ::onnx::OpSchema &schema, const Scope &scope, OperationState &state,
                   SmallVectorImpl<NamedAttribute> &properties) {
    for (const std::string &input : node.input())
      if (!input.empty())
        state.operands.push_back(scope.lookup(input));
    if (state.name.hasTrait<OpTrait::AttrSizedOperandSegments>())
      properties.push_back(b.getNamedAttr("operandSegmentSizes", b.getDenseI32ArrayAttr(segments(schema.inputs(), node.input()))));
  }

  void addResults(const NodeProto &node, const ::onnx::OpSchema &schema, const Scope &scope, OperationState &state,
                  SmallVectorImpl<NamedAttribute> &properties) {
    for (const std::string &output : node.output()) {
      if (output.empty())
        continue;
      const ::onnx::TypeProto *type = scope.types.lookup(output);
      const std::string what = "node '" + nodeName(node) + "' (" + mnemonic(node) + "): result '" + output + "'";
      if (!type)
        refuse(what, ": its type cannot be inferred");
      state.types.push_back(tensorType(*type, what));
    }
    if (state.name.hasTrait<OpTrait::AttrSizedResultSegments>())
      properties.push_back(b.getNamedAttr("resultSegmentSizes", b.getDenseI32ArrayAttr(segments(schema.outputs(), node.output()))));
  }

  void addAttributes(const NodeProto &node, const ::onnx::OpSchema &schema, const Scope &scope, OperationState &state,
                     SmallVectorImpl<NamedAttribute> &properties) {
    std::map<std::string, const GraphProto *> bodies; // in the order of the dialect's regions
    for (const AttributeProto &attribute : node.attribute()) {
      if (attribute.type() == AttributeProto::GRAPH) {
        bodies[attribute.name()] = &attribute.g();
        continue;
      }
      Attribute value = importAttribute(attribute);
      if (!value)
        refuse("node '", nodeName(node), "' (", mnemonic(node), "): attribute '", attribute.name(), "' has a form that is not supported");
      properties.push_back(b.getNamedAttr(attribute.name(), value));
    }
    for (const auto &[name, attribute] : schema.attributes())
      if (attribute.type == AttributeProto::GRAPH)
        bodies.try_emplace(name, nullptr);
    for (const auto &[name, body] : bodies)
      if (Region *region = state.addRegion(); body) // one that is left out stays empty
        importBody(*body, scope, state, *region);
  }

  void importBody(const GraphProto &body, const Scope &scope, OperationState &state, Region &region) {
    OpBuilder::InsertionGuard guard(b);
    Block *block = new Block;
    region.push_back(block);
    Scope types(nullptr, body);
    for (const ::onnx::ValueInfoProto &input : body.input()) {
      const ::onnx::TypeProto *type = types.types.lookup(input.name());
      block->addArgument(tensorType(type ? *type : input.type(), "input '" + input.name() + "' of a body"), state.location);
    }
    b.setInsertionPointToEnd(block);
    OperationState yield(state.location, "onnx.Yield");
    yield.addOperands(importGraph(body, &scope, block->getArguments()));
    create(yield, {});
  }

  /// Creates the operation; its attributes are checked against the dialect's.
  Operation *create(OperationState &state, ArrayRef<NamedAttribute> properties) {
    Operation *op = b.create(state);
    std::string reason;
    ScopedDiagnosticHandler quiet(b.getContext(), [&](Diagnostic &diagnostic) {
      reason = diagnostic.str();
      return success();
    });
    auto emit = [&] { return mlir::emitError(state.location); };
    if (!properties.empty() && failed(op->setPropertiesFromAttribute(b.getDictionaryAttr(properties), emit)))
      refuse("node '", cast<NameLoc>(state.location).getName().str(), "': ", reason);
    return op;
  }

  Model &model;
  WeightStore &weights;
  OpBuilder b;
  llvm::StringSet<> readNames; ///< small tensors of other types that lowerings read: scales of Resize
};

} // namespace

OwningOpRef<ModuleOp> buildModule(Model &model, llvm::StringRef name, WeightStore &weights, MLIRContext &context) {
  return ModuleBuilder(model, weights, context).build(name);
}

} // namespace motion
