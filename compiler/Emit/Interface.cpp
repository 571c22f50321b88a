// Enters: a module in the LLVM dialect with its attributes,
//   llvm.func @m(%x: !llvm.ptr {onnx.name = "x", onnx.type = 1 : i32, onnx.dims = ["n", 4]}, %n: i64 {onnx.dim = "n"},
//                %y: !llvm.ptr {onnx.name = "y", onnx.type = 1 : i32, onnx.dims = ["n", 2], onnx.output},
//                %constants: !llvm.ptr {kernel.constants}, %workspace: !llvm.ptr {kernel.workspace}, %host: !llvm.ptr {kernel.host})
//       attributes {onnx.dims = [{name = "n", min = 1, max = 64}]}
// Leaves: the same as plain C++ values, with C names.
#include "compiler/Emit/Interface.h"
#include "compiler/Emit/Names.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;

namespace motion {
namespace {

class InterfaceReader {
public:
  explicit InterfaceReader(ModuleOp module) : module(module) {}

  FailureOr<ModelInterface> read() {
    function = findModelFunction(module);
    if (!function)
      return module.emitError("emit: expected exactly one function with onnx.dims");
    model.name = function.getName().str();
    if (failed(readModule()) || failed(readDims()))
      return failure();
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (failed(readArgument(i)))
        return failure();
    if (freeArguments != llvm::count_if(model.dims, [](const InterfaceDim &dim) { return dim.isFree(); }))
      return function.emitError("emit: arguments with onnx.dim and free entries of onnx.dims differ in number");
    readKernels();
    assignNames();
    return std::move(model);
  }

private:
  LogicalResult readModule() {
    if (auto source = module->getAttrOfType<StringAttr>("onnx.source"))
      model.source = source.str();
    if (auto hash = module->getAttrOfType<StringAttr>("onnx.sha256")) {
      std::string bytes;
      if (!llvm::tryGetFromHex(hash.getValue(), bytes) || bytes.size() != 32)
        return module.emitError("emit: onnx.sha256 is no SHA-256: ") << hash;
      model.sha256.assign(bytes.begin(), bytes.end());
    }
    model.sha256.resize(32);
    if (auto metadata = module->getAttrOfType<DictionaryAttr>("onnx.metadata"))
      for (NamedAttribute entry : metadata)
        if (auto value = dyn_cast<StringAttr>(entry.getValue()))
          model.metadata.emplace_back(entry.getName().str(), value.str());
    return success();
  }

  LogicalResult readDims() {
    for (Attribute attribute : function->getAttrOfType<ArrayAttr>("onnx.dims")) {
      auto entry = dyn_cast<DictionaryAttr>(attribute);
      auto name = entry ? entry.getAs<StringAttr>("name") : StringAttr();
      auto min = entry ? entry.getAs<IntegerAttr>("min") : IntegerAttr(), max = entry ? entry.getAs<IntegerAttr>("max") : IntegerAttr();
      if (!name || !min || !max || min.getInt() < 0 || max.getInt() < min.getInt())
        return function.emitError("emit: expected {name, min, max} in onnx.dims, found ") << attribute;
      std::optional<std::string> formula;
      if (auto text = entry.getAs<StringAttr>("formula"))
        formula = text.str();
      model.dims.push_back({name.str(), "", min.getInt(), max.getInt(), formula});
    }
    return success();
  }

  LogicalResult readArgument(unsigned index) {
    const auto has = [&](StringRef name) { return static_cast<bool>(function.getArgAttr(index, name)); };
    if (has("kernel.host"))
      model.hasHost = true;
    if (has("kernel.constants") || has("kernel.workspace") || has("kernel.host"))
      return success();
    if (auto dim = function.getArgAttrOfType<StringAttr>(index, "onnx.dim")) {
      const int position = findDim(dim.getValue());
      if (position != freeArguments++ || !model.dims[position].isFree())
        return function.emitError("emit: expected free dimensions as arguments in the order of onnx.dims, found ") << dim << " in argument " << index;
      return success();
    }
    return readTensor(index);
  }

  LogicalResult readTensor(unsigned index) {
    auto name = function.getArgAttrOfType<StringAttr>(index, "onnx.name");
    auto type = function.getArgAttrOfType<IntegerAttr>(index, "onnx.type");
    auto dims = function.getArgAttrOfType<ArrayAttr>(index, "onnx.dims");
    if (!name || !type || !dims)
      return function.emitError("emit: expected onnx.name, onnx.type and onnx.dims on argument ") << index;
    InterfaceTensor tensor{name.str(), "", findElementType(type.getInt()), {}};
    if (!tensor.type)
      return function.emitError("tensor ") << name << ": elements of type " << type.getInt() << " (TensorProto.DataType) cannot be passed";
    for (Attribute dim : dims) {
      if (auto size = dyn_cast<IntegerAttr>(dim); size && size.getInt() >= 0) {
        tensor.dims.push_back(size.getInt());
        continue;
      }
      auto text = dyn_cast<StringAttr>(dim);
      const int position = text ? findDim(text.getValue()) : -1;
      if (position < 0)
        return function.emitError("tensor ") << name << ": dimension " << dim << " is neither a size nor an entry of the function's onnx.dims";
      tensor.dims.push_back(-1 - position);
    }
    (function.getArgAttr(index, "onnx.output") ? model.outputs : model.inputs).push_back(std::move(tensor));
    return success();
  }

  int findDim(StringRef name) const {
    auto found = llvm::find_if(model.dims, [&](const InterfaceDim &dim) { return dim.name == name; });
    return found == model.dims.end() ? -1 : static_cast<int>(found - model.dims.begin());
  }

  /// A kernel is a call of a function NAME.<node>, in the order of the model's function: a function that is called twice is two kernels.
  void readKernels() {
    const std::string prefix = model.name + ".";
    SymbolTable symbols(module);
    function.walk([&](LLVM::CallOp call) {
      auto callee = call.getCallee() ? symbols.lookup<LLVM::LLVMFuncOp>(*call.getCallee()) : LLVM::LLVMFuncOp();
      if (!callee || callee.isExternal() || !callee.getName().starts_with(prefix))
        return;
      auto nodes = callee->getAttrOfType<ArrayAttr>("kernel.nodes");
      model.kernels.push_back({callee.getName().drop_front(prefix.size()).str(), nodes ? static_cast<unsigned>(nodes.size()) : 1});
    });
  }

  void assignNames() {
    CNames names;
    for (Parameter parameter : model.parameters()) {
      const std::string number = std::to_string(parameter.index);
      if (parameter.kind == Parameter::Input)
        model.inputs[parameter.index].cName = names.add(model.inputs[parameter.index].name, "in", "input" + number);
      else if (parameter.kind == Parameter::Output)
        model.outputs[parameter.index].cName = names.add(model.outputs[parameter.index].name, "out", "output" + number);
      else if (parameter.kind == Parameter::Dim)
        model.dims[parameter.index].cName = names.add(model.dims[parameter.index].name, "dim", "dim" + number);
    }
    for (auto [index, dim] : llvm::enumerate(model.dims))
      if (!dim.isFree())
        dim.cName = names.add(dim.name, "dim", "dim" + std::to_string(index));
  }

  ModuleOp module;
  LLVM::LLVMFuncOp function;
  ModelInterface model;
  int freeArguments = 0;
};

} // namespace

std::vector<Parameter> ModelInterface::parameters() const {
  std::vector<Parameter> result;
  for (unsigned i = 0; i < inputs.size(); ++i)
    result.push_back({Parameter::Input, i});
  for (unsigned i = 0; i < dims.size(); ++i)
    if (dims[i].isFree())
      result.push_back({Parameter::Dim, i});
  for (unsigned i = 0; i < outputs.size(); ++i)
    result.push_back({Parameter::Output, i});
  result.push_back({Parameter::Workspace});
  if (hasHost)
    result.push_back({Parameter::Host});
  return result;
}

uint64_t ModelInterface::hash() const {
  std::string text = usesStruct() ? "struct" : "list";
  llvm::raw_string_ostream out(text);
  const auto describe = [&](StringRef role, const InterfaceTensor &tensor) {
    out << '\n' << role << ' ' << tensor.cName << ' ' << tensor.type->code << " \"" << tensor.name << '"';
    for (int64_t dim : tensor.dims)
      out << ' ' << dim;
  };
  for (const InterfaceTensor &tensor : inputs)
    describe("input", tensor);
  for (const InterfaceDim &dim : dims)
    out << "\ndim " << dim.cName << ' ' << dim.min << ' ' << dim.max << ' ' << dim.isFree() << " \"" << dim.name << '"';
  for (const InterfaceTensor &tensor : outputs)
    describe("output", tensor);
  out << "\nhost " << hasHost;
  return llvm::support::endian::read64le(llvm::SHA256::hash(llvm::arrayRefFromStringRef(text)).data());
}

std::optional<uint64_t> ModelInterface::elementCount(const InterfaceTensor &tensor, llvm::ArrayRef<int64_t> dimSizes) const {
  int64_t count = 1;
  bool isEmpty = false, overflows = false;
  for (int64_t dim : tensor.dims) {
    const int64_t size = dim >= 0 ? dim : dimSizes[-1 - dim];
    isEmpty |= size == 0;
    overflows |= llvm::MulOverflow(count, size, count);
  }
  if (isEmpty)
    return 0;
  return overflows ? std::nullopt : std::optional<uint64_t>(count);
}

std::optional<uint64_t> ModelInterface::byteCount(const InterfaceTensor &tensor, llvm::ArrayRef<int64_t> dimSizes) const {
  const std::optional<uint64_t> count = elementCount(tensor, dimSizes);
  std::optional<int64_t> bits = count ? llvm::checkedMul<int64_t>(*count, tensor.type->bits) : std::nullopt;
  return bits ? std::optional<uint64_t>((static_cast<uint64_t>(*bits) + 7) / 8) : std::nullopt;
}

std::vector<int64_t> ModelInterface::largestDims() const {
  std::vector<int64_t> sizes;
  for (const InterfaceDim &dim : dims)
    sizes.push_back(dim.max);
  return sizes;
}

LLVM::LLVMFuncOp findModelFunction(ModuleOp module) {
  LLVM::LLVMFuncOp found;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (function->getAttrOfType<ArrayAttr>("onnx.dims")) {
      if (found)
        return nullptr;
      found = function;
    }
  return found;
}

FailureOr<ModelInterface> readInterface(ModuleOp module) { return InterfaceReader(module).read(); }

} // namespace motion
