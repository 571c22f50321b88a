// Operands and results of one operator's lowering.
#include "compiler/Linalg/Node.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace motion {

/// Elements up to which an integer tensor may be a list of scalars.
static constexpr int64_t mostScalars = 64;

std::string spell(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

std::string spell(ArrayRef<int64_t> values) {
  std::string text = "[";
  for (auto [index, value] : llvm::enumerate(values))
    text += (index ? ", " : "") + std::to_string(value);
  return text + "]";
}

bool sameSize(OpFoldResult a, OpFoldResult b) { return isEqualConstantIntOrValue(a, b); }
std::optional<int64_t> constantSize(OpFoldResult size) { return getConstantIntValue(size); }

// ---- Operands ----

Tensor Node::get(Value onnx) {
  if (!onnx)
    return {};
  if (auto it = values.tensors.find(onnx); it != values.tensors.end())
    return it->second;
  Tensor tensor;
  if (ElementsAttr value = constantAttr(onnx))
    tensor = materialiseConstant(onnx, value);
  else if (auto it = values.scalars.find(onnx); it != values.scalars.end())
    tensor = materialise(onnx, it->second);
  return tensor;
}

ElementsAttr Node::constantAttr(Value onnx) {
  auto constant = onnx ? onnx.getDefiningOp<onnx::ConstantOp>() : nullptr;
  return constant ? constant.getValueAttr() : nullptr;
}

Tensor Node::materialiseConstant(Value onnx, ElementsAttr value) {
  Type element = value.getElementType();
  SmallVector<Value> scalars;
  Value last;
  Attribute lastAttr;
  for (Attribute attribute : value.getValues<Attribute>()) {
    if (attribute != lastAttr) {
      lastAttr = attribute;
      auto stored = isa<FloatAttr>(attribute) ? storedAttr(element, cast<FloatAttr>(attribute).getValue())
                                              : storedAttr(element, cast<IntegerAttr>(attribute).getValue());
      last = arith::ConstantOp::create(*this, stored);
    }
    scalars.push_back(last);
  }
  auto type = RankedTensorType::get(value.getShapedType().getShape(), storageType(element));
  if (scalars.empty())
    return {tensor::EmptyOp::create(*this, type.getShape(), type.getElementType()), element};
  return {tensor::FromElementsOp::create(*this, type, scalars), element};
}

Tensor Node::materialise(Value onnx, ArrayRef<OpFoldResult> elements) {
  auto type = cast<RankedTensorType>(onnx.getType());
  Type element = type.getElementType(), storage = storageType(element);
  SmallVector<Value> scalars;
  for (OpFoldResult value : elements) {
    if (auto constant = constantSize(value))
      scalars.push_back(arith::ConstantOp::create(*this, storedAttr(element, APInt(64, *constant, true))));
    else
      scalars.push_back(arith::IndexCastOp::create(*this, storage, cast<Value>(value)));
  }
  SmallVector<int64_t> shape(type.getShape());
  if (type.getRank() == 1)
    shape[0] = elements.size(); // inference may not know it
  auto stored = RankedTensorType::get(shape, storage);
  if (scalars.empty())
    return {tensor::EmptyOp::create(*this, shape, storage), element};
  return {tensor::FromElementsOp::create(*this, stored, scalars), element};
}

std::optional<Sizes> Node::knownScalars(Value onnx) {
  if (!onnx)
    return std::nullopt;
  if (auto it = values.scalars.find(onnx); it != values.scalars.end())
    return it->second;
  ElementsAttr value = constantAttr(onnx);
  if (!value || !isa<IntegerType>(value.getElementType()))
    return std::nullopt;
  const bool positive = isUnsigned(value.getElementType());
  Sizes result;
  for (const APInt &element : value.getValues<APInt>())
    result.push_back(getIndexAttr(positive ? element.getZExtValue() : element.getSExtValue()));
  return result;
}

std::optional<Sizes> Node::scalars(Value onnx) {
  if (auto known = knownScalars(onnx))
    return known;
  Tensor tensor = get(onnx);
  if (!tensor || tensor.isFloat() || !tensor.type().hasStaticShape() || tensor.rank() > 1 || tensor.type().getNumElements() > mostScalars)
    return std::nullopt;
  Sizes result;
  for (int64_t i = 0; i < tensor.type().getNumElements(); ++i) {
    SmallVector<Value> at;
    if (tensor.rank() == 1)
      at.push_back(arith::ConstantIndexOp::create(*this, i));
    Value element = tensor::ExtractOp::create(*this, tensor.value, at);
    if (isUnsigned(tensor.element))
      result.push_back(arith::IndexCastUIOp::create(*this, getIndexType(), element).getResult());
    else
      result.push_back(arith::IndexCastOp::create(*this, getIndexType(), element).getResult());
  }
  return result;
}

std::optional<SmallVector<int64_t>> Node::constants(Value onnx) {
  std::optional<Sizes> known = knownScalars(onnx);
  if (!known)
    return std::nullopt;
  return getConstantIntValues(*known);
}

// ---- Results ----

LogicalResult Node::set(Value onnxResult, const Tensor &tensor) {
  if (!onnxResult)
    return success();
  auto declared = dyn_cast<RankedTensorType>(onnxResult.getType());
  if (!declared || declared.getElementType() != tensor.element || failed(verifyCompatibleShape(declared, tensor.value.getType())))
    return refuse("a result of type " + llvm::Twine(spell(onnxResult.getType())),
                  spell(tensor.value.getType()) + " of " + spell(tensor.element) + " when lowering it");
  values.tensors[onnxResult] = tensor;
  return success();
}

LogicalResult Node::setScalars(Value onnxResult, Sizes elements) {
  values.scalars[onnxResult] = std::move(elements);
  return success();
}

LogicalResult Node::refuse(const llvm::Twine &expected, const llvm::Twine &found) {
  return mlir::emitError(getLoc()) << op->getName().stripDialect() << ": expected " << expected << ", found " << found;
}

} // namespace motion
