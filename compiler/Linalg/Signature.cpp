// The border of a function:
//   func @f(%x: tensor<?x132xf32> {onnx.name, onnx.dims = ["batch", 132]}) -> (tensor<?x2xf32> {...}) attributes {onnx.dims = [{name = "batch", ...}]}
//   -> func @f(%x: memref<f32> {onnx.name, onnx.dims, onnx.type = 1}, %batch: index {onnx.dim = "batch"}, %y: memref<f32> {...})
// Inputs are read by bufferization.to_tensor restrict, outputs written by materialize_in_destination. Bools are i8 outside and i1 inside;
// elements of less than a byte are packed outside.
#include "compiler/Linalg/Signature.h"
#include "compiler/Linalg/DerivedDims.h"
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Packing.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace motion {

static Type borderType(Type element) { return element.isInteger(1) ? IntegerType::get(element.getContext(), 8) : storageType(element); }

LogicalResult Signature::refuse(const Border &border, const llvm::Twine &expected, const llvm::Twine &found) {
  return emitError(function.getLoc()) << "input or output '" << border.name << "': expected " << expected << ", found " << found;
}

LogicalResult Signature::read() {
  bool good = true;
  const auto add = [&](Type type, DictionaryAttr attributes, SmallVector<Border> &borders) {
    if (!attributes)
      attributes = node.getDictionaryAttr({});
    auto name = attributes.getAs<StringAttr>("onnx.name");
    Border &border = borders.emplace_back(Border{dyn_cast<RankedTensorType>(type), attributes, name ? name.str() : ""});
    if (!border.type)
      good &= succeeded(refuse(border, "a tensor", spell(type)));
    else if (!border.type.getElementType().isIntOrFloat())
      good &= succeeded(refuse(border, "numbers", spell(border.type.getElementType())));
  };
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    add(function.getArgument(i).getType(), function.getArgAttrDict(i), inputs);
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    add(function.getResultTypes()[i], function.getResultAttrDict(i), outputs);
  if (auto declared = function->getAttrOfType<ArrayAttr>("onnx.dims"))
    for (Attribute dim : declared)
      dimNames.push_back(cast<DictionaryAttr>(dim).getAs<StringAttr>("name").str());
  return success(good);
}

/// Null entries: dimensions of an output that are no free dimension.
FailureOr<Sizes> Signature::sizesOf(const Border &border) {
  auto names = border.attributes.getAs<ArrayAttr>("onnx.dims");
  Sizes sizes;
  for (int64_t i = 0; i < border.type.getRank(); ++i) {
    auto name = names && i < static_cast<int64_t>(names.size()) ? dyn_cast<StringAttr>(names[i]) : nullptr;
    if (!border.type.isDynamicDim(i))
      sizes.push_back(node.index(border.type.getDimSize(i)));
    else if (name && dims.contains(name.getValue()))
      sizes.push_back(dims.lookup(name.getValue()));
    else
      sizes.push_back(OpFoldResult());
  }
  return sizes;
}

Value Signature::shaped(Value pointer, Type border, ArrayRef<OpFoldResult> given) {
  const Type element = borderType(border);
  const Sizes sizes = isPacked(border) ? packedSizes(node, given, border) : Sizes(given);
  if (sizes.empty())
    return pointer;
  Sizes strides(sizes.size(), node.index(1));
  for (int64_t i = sizes.size() - 2; i >= 0; --i)
    strides[i] = node.mul(strides[i + 1], sizes[i + 1]);
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamic;
  dispatchIndexOpFoldResults(sizes, dynamic, shape);
  return memref::ReinterpretCastOp::create(node, MemRefType::get(shape, element), pointer, OpFoldResult(node.index(0)), sizes, strides);
}

LogicalResult Signature::begin() {
  before = &function.getBody().front();
  if (failed(read()))
    return failure();
  entry = new Block;
  function.getBody().push_front(entry);
  node.setInsertionPointToEnd(entry);
  SmallVector<Attribute> attributes;
  const auto addPointer = [&](const Border &border, bool output = false) {
    const Type element = border.type.getElementType();
    NamedAttrList list(border.attributes);
    list.set("onnx.type", node.getI64IntegerAttr(onnxDataType(element)));
    if (output)
      list.set("onnx.output", node.getUnitAttr());
    attributes.push_back(list.getDictionary(node.getContext()));
    return entry->addArgument(MemRefType::get({}, borderType(element)), function.getLoc());
  };
  for (const Border &input : inputs)
    addPointer(input);
  for (const std::string &name : dimNames) {
    dims[name] = entry->addArgument(node.getIndexType(), function.getLoc());
    attributes.push_back(node.getDictionaryAttr({node.getNamedAttr("onnx.dim", node.getStringAttr(name))}));
  }
  for (const Border &output : outputs) {
    Value pointer = addPointer(output, /*output=*/true);
    FailureOr<Sizes> sizes = sizesOf(output);
    const bool known = llvm::all_of(*sizes, [](OpFoldResult size) { return !size.isNull(); });
    destinations.push_back(known ? shaped(pointer, output.type.getElementType(), *sizes) : Value());
  }
  for (auto [index, input] : llvm::enumerate(inputs)) {
    FailureOr<Sizes> sizes = sizesOf(input);
    if (llvm::any_of(*sizes, [](OpFoldResult size) { return size.isNull(); }))
      return refuse(input, "a name in onnx.dims for every unknown dimension", spell(input.type));
    const Type element = input.type.getElementType();
    Value memref = shaped(entry->getArgument(index), element, *sizes);
    auto type = RankedTensorType::get(cast<MemRefType>(memref.getType()).getShape(), borderType(element));
    Value tensor = bufferization::ToTensorOp::create(node, type, memref, /*restrict=*/true);
    if (isPacked(element)) {
      node.getValues().tensors[before->getArgument(index)] = unpack(node, tensor, *sizes, element);
      continue;
    }
    node.getValues().sizes[tensor] = *sizes;
    Tensor outside{tensor, element.isInteger(1) ? Type(node.getIntegerType(8, false)) : element};
    node.getValues().tensors[before->getArgument(index)] = convertTensor(node, outside, element);
  }
  function.setType(node.getFunctionType(entry->getArgumentTypes(), {}));
  function.setAllArgAttrs(attributes);
  function.setAllResultAttrs(ArrayRef<Attribute>{});
  return success();
}

StringAttr Signature::nameOf(const Border &border, size_t axis, StringAttr declared, Value size) {
  if (declared)
    return describeDerivedDim(function, declared, size);
  if (auto argument = dyn_cast<BlockArgument>(size))
    return function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.dim");
  return describeDerivedDim(function, border.name + "_dim" + std::to_string(axis), size);
}

LogicalResult Signature::deriveSizes(const Border &border, unsigned argument, Sizes &sizes, ArrayRef<OpFoldResult> computed) {
  auto names = border.attributes.getAs<ArrayAttr>("onnx.dims");
  SmallVector<Attribute> dims;
  if (names)
    llvm::append_range(dims, names);
  for (auto [axis, size] : llvm::enumerate(sizes)) {
    const bool known = !size.isNull();
    if (known && (sameSize(size, computed[axis]) || !followsFromArguments(computed[axis])))
      continue;
    size = computed[axis];
    if (!followsFromArguments(size))
      return refuse(border, "dimensions that follow from those of the inputs", "one that is computed from data");
    if (axis >= dims.size())
      continue;
    if (std::optional<int64_t> constant = getConstantIntValue(size))
      dims[axis] = node.getI64IntegerAttr(*constant);
    else
      dims[axis] = nameOf(border, axis, known ? nullptr : dyn_cast<StringAttr>(dims[axis]), cast<Value>(size));
  }
  if (names)
    function.setArgAttr(argument, "onnx.dims", node.getArrayAttr(dims));
  return success();
}

LogicalResult Signature::end() {
  Operation *terminator = before->getTerminator();
  for (auto [index, border] : llvm::enumerate(outputs)) {
    Tensor tensor = node.get(terminator->getOperand(index));
    const Type element = border.type.getElementType();
    if (element.isInteger(1))
      tensor = convertTensor(node, tensor, node.getIntegerType(8, false));
    Value destination = destinations[index];
    const Sizes declared = *sizesOf(border);
    Sizes sizes = declared;
    const unsigned argument = inputs.size() + dimNames.size() + index;
    if (failed(deriveSizes(border, argument, sizes, node.sizes(tensor))))
      return failure();
    if (!destination || sizes != declared)
      destination = shaped(entry->getArgument(argument), element, sizes);
    if (isPacked(element))
      tensor = pack(node, tensor);
    auto memref = cast<MemRefType>(destination.getType());
    Value value = node.cast(tensor.value, RankedTensorType::get(memref.getShape(), memref.getElementType()));
    bufferization::MaterializeInDestinationOp::create(node, TypeRange(), value, destination, /*restrict=*/true, /*writable=*/true);
  }
  func::ReturnOp::create(node);
  return success();
}

} // namespace motion
