// Shape chains: what exporters compute from Shape becomes expressions of dimensions, no tensors:
//   Shape(%x) -> Gather 0 -> Unsqueeze -> Concat with [-1, 64] -> Reshape     =>     Reshape to [%batch, -1, 64]
#include "compiler/Linalg/ShapeChains.h"
#include "dialects/Onnx/OnnxOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace motion {
namespace {

/// Elements up to which tensors are followed.
constexpr int64_t mostElements = 64;

bool isTable(Type type) { return cast<RankedTensorType>(type).getRank() > 1; }

/// Whether the shape of a table is known, and its elements are few.
bool isSmallTable(RankedTensorType type) { return type.hasStaticShape() && type.getNumElements() <= mostElements; }

/// Elements of the operands, or nothing if one is unknown or too large.
std::optional<SmallVector<Sizes>> operandsOf(Node &node) {
  SmallVector<Sizes> result;
  for (Value operand : node.getOperation()->getOperands()) {
    auto type = cast<RankedTensorType>(operand.getType());
    std::optional<Sizes> elements = !isTable(type) || isSmallTable(type) ? node.knownScalars(operand) : std::nullopt;
    if (!elements)
      return std::nullopt;
    result.push_back(*elements);
  }
  return result;
}

using Combine = llvm::function_ref<std::optional<OpFoldResult>(OpFoldResult, OpFoldResult)>;

/// Element by element, a list of one repeated.
LogicalResult combine(Node &node, ArrayRef<Sizes> operands, Combine function) {
  Sizes result = operands[0];
  for (const Sizes &other : operands.drop_front()) {
    const size_t count = result.size() == 1 ? other.size() : result.size();
    if (other.size() != count && other.size() != 1)
      return failure();
    Sizes next;
    for (size_t i = 0; i < count; ++i) {
      std::optional<OpFoldResult> element = function(result[result.size() == 1 ? 0 : i], other[other.size() == 1 ? 0 : i]);
      if (!element)
        return failure();
      next.push_back(*element);
    }
    result = next;
  }
  return node.setScalars(node.getOperation()->getResult(0), result);
}

/// Both constant: their value by `function`.
template <typename Function> std::optional<OpFoldResult> fold(Node &node, OpFoldResult a, OpFoldResult b, Function function) {
  auto x = constantSize(a), y = constantSize(b);
  if (!x || !y)
    return std::nullopt;
  return OpFoldResult(node.index(function(*x, *y)));
}

/// Element by element where both are constant.
template <typename Function> LogicalResult combineConstants(Node &node, ArrayRef<Sizes> operands, Function function) {
  return combine(node, operands, [&](OpFoldResult a, OpFoldResult b) { return fold(node, a, b, function); });
}

/// The remainder, with the sign of the divisor unless `truncated`.
std::optional<OpFoldResult> remainder(Node &node, OpFoldResult a, OpFoldResult b, bool truncated) {
  if (constantSize(b).value_or(0) == 0)
    return sameSize(a, b) ? std::optional<OpFoldResult>(node.index(0)) : std::nullopt;
  if (constantSize(b) == -1) // the least number has no remainder in C
    return OpFoldResult(node.index(0));
  return fold(node, a, b, [&](int64_t x, int64_t y) { return truncated || x % y == 0 || (x < 0) == (y < 0) ? x % y : x % y + y; });
}

/// Equal, where that is known: the same value, two constants, or a dimension (which is positive) and 0 or less.
std::optional<OpFoldResult> equal(Node &node, OpFoldResult a, OpFoldResult b) {
  const auto isDimension = [](OpFoldResult size) { return !constantSize(size) && isa<BlockArgument>(cast<Value>(size)); };
  if (sameSize(a, b))
    return OpFoldResult(node.index(1));
  if ((constantSize(a).value_or(1) <= 0 && isDimension(b)) || (constantSize(b).value_or(1) <= 0 && isDimension(a)))
    return OpFoldResult(node.index(0));
  return fold(node, a, b, [](int64_t p, int64_t q) { return p == q; });
}

/// Division of a size by a divisor; of anything else only where both are constant.
std::optional<OpFoldResult> divide(Node &node, OpFoldResult a, OpFoldResult b) {
  auto divisor = constantSize(b);
  if (divisor == 0)
    return std::nullopt;
  if (divisor == -1) // nor a quotient
    return node.sub(node.index(0), a);
  if (constantSize(a))
    return fold(node, a, b, [](int64_t x, int64_t y) { return x / y; });
  // A dimension is positive, so both roundings agree.
  if (divisor && *divisor > 0 && isa<BlockArgument>(cast<Value>(a)))
    return node.apply(node.getAffineDimExpr(0).floorDiv(*divisor), {a});
  return node.quotient({a}, {b});
}

LogicalResult foldGather(Node &node, onnx::GatherOp op, ArrayRef<Sizes> operands) {
  const int64_t size = operands[0].size();
  Sizes result;
  for (OpFoldResult index : operands[1]) {
    auto at = constantSize(index);
    if (!at || *at < -size || *at >= size)
      return failure();
    result.push_back(operands[0][normaliseAxis(*at, size)]);
  }
  return node.setScalars(op.getOutput(), result);
}

LogicalResult foldRange(Node &node, onnx::RangeOp op, ArrayRef<Sizes> operands) {
  auto start = constantSize(operands[0][0]), limit = constantSize(operands[1][0]), delta = constantSize(operands[2][0]);
  if (!start || !limit || !delta || *delta == 0 || std::abs((*limit - *start) / *delta) > mostElements)
    return failure();
  Sizes result;
  for (int64_t i = *start; *delta > 0 ? i < *limit : i > *limit; i += *delta)
    result.push_back(node.index(i));
  return node.setScalars(op.getOutput(), result);
}

LogicalResult foldConstantOfShape(Node &node, onnx::ConstantOfShapeOp op, ArrayRef<Sizes> operands) {
  auto count = operands[0].size() == 1 ? constantSize(operands[0][0]) : std::nullopt;
  if (!count || *count > mostElements)
    return failure();
  const int64_t value = op.getValueAttr() ? op.getValueAttr().getValues<APInt>()[0].getSExtValue() : 0;
  return node.setScalars(op.getOutput(), Sizes(*count, node.index(value)));
}

LogicalResult foldReduction(Node &node, Value data, Value axes, ArrayRef<Sizes> operands, bool product) {
  if (cast<RankedTensorType>(data.getType()).getRank() != 1 || (axes && operands[1].size() != 1))
    return failure();
  OpFoldResult result = node.index(product ? 1 : 0);
  for (OpFoldResult element : operands[0])
    result = product ? node.mul(result, element) : node.add(result, element);
  return node.setScalars(node.getOperation()->getResult(0), {result});
}

LogicalResult foldWhere(Node &node, onnx::WhereOp op, ArrayRef<Sizes> operands) {
  size_t count = 1;
  for (const Sizes &operand : operands)
    if (operand.size() != 1)
      count = operand.size();
  Sizes result;
  for (size_t i = 0; i < count; ++i) {
    const auto element = [&](unsigned which) { return operands[which][operands[which].size() == 1 ? 0 : i]; };
    auto condition = constantSize(element(0));
    if (!condition)
      return failure();
    result.push_back(element(*condition ? 1 : 2));
  }
  return node.setScalars(op.getOutput(), result);
}

/// Arithmetic and comparisons, element by element.
LogicalResult foldArithmetic(Node &node, ArrayRef<Sizes> operands) {
  const auto each = [&](auto function) {
    return combine(node, operands, [&](OpFoldResult a, OpFoldResult b) -> std::optional<OpFoldResult> { return function(a, b); });
  };
  const auto constants = [&](auto function) { return combineConstants(node, operands, function); };
  return llvm::TypeSwitch<Operation *, LogicalResult>(node.getOperation())
      .Case([&](onnx::AddOp) { return each([&](OpFoldResult a, OpFoldResult b) { return node.add(a, b); }); })
      .Case([&](onnx::SubOp) { return each([&](OpFoldResult a, OpFoldResult b) { return node.sub(a, b); }); })
      .Case([&](onnx::MulOp) { return each([&](OpFoldResult a, OpFoldResult b) { return node.mul(a, b); }); })
      .Case([&](onnx::DivOp) { return each([&](OpFoldResult a, OpFoldResult b) { return divide(node, a, b); }); })
      .Case([&](onnx::ModOp op) { return each([&](OpFoldResult a, OpFoldResult b) { return remainder(node, a, b, op.getFmod()); }); })
      .Case([&](onnx::EqualOp) { return each([&](OpFoldResult a, OpFoldResult b) { return equal(node, a, b); }); })
      .Case([&](onnx::MaxOp) { return constants([](int64_t a, int64_t b) { return std::max(a, b); }); })
      .Case([&](onnx::MinOp) { return constants([](int64_t a, int64_t b) { return std::min(a, b); }); })
      .Case([&](onnx::AndOp) { return constants([](int64_t a, int64_t b) { return a && b; }); })
      .Case([&](onnx::OrOp) { return constants([](int64_t a, int64_t b) { return a || b; }); })
      .Case([&](onnx::XorOp) { return constants([](int64_t a, int64_t b) { return a != b; }); })
      .Case([&](onnx::LessOp) { return constants([](int64_t a, int64_t b) { return a < b; }); })
      .Case([&](onnx::LessOrEqualOp) { return constants([](int64_t a, int64_t b) { return a <= b; }); })
      .Case([&](onnx::GreaterOp) { return constants([](int64_t a, int64_t b) { return a > b; }); })
      .Case([&](onnx::GreaterOrEqualOp) { return constants([](int64_t a, int64_t b) { return a >= b; }); })
      .Case([&](onnx::NotOp op) {
        auto value = operands[0].size() == 1 ? constantSize(operands[0][0]) : std::nullopt;
        return value ? node.setScalars(op.getY(), {node.index(!*value)}) : failure();
      })
      .Case([&](onnx::NegOp op) {
        Sizes result;
        for (OpFoldResult element : operands[0])
          result.push_back(node.mul(element, node.index(-1)));
        return node.setScalars(op.getY(), result);
      })
      .Default([](Operation *) { return failure(); });
}

/// Choice of elements, and their reductions.
LogicalResult foldChoice(Node &node, ArrayRef<Sizes> operands) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(node.getOperation())
      .Case([&](onnx::WhereOp op) { return foldWhere(node, op, operands); })
      .Case([&](onnx::GatherOp op) { return foldGather(node, op, operands); })
      .Case([&](onnx::RangeOp op) { return foldRange(node, op, operands); })
      .Case([&](onnx::ConstantOfShapeOp op) { return foldConstantOfShape(node, op, operands); })
      .Case([&](onnx::ReduceProdOp op) { return foldReduction(node, op.getData(), op.getAxes(), operands, true); })
      .Case([&](onnx::ReduceSumOp op) { return foldReduction(node, op.getData(), op.getAxes(), operands, false); })
      .Case([&](onnx::ConcatOp op) {
        Sizes all;
        for (const Sizes &operand : operands)
          all.append(operand);
        return node.setScalars(op.getConcatResult(), all);
      })
      .Default([](Operation *) { return failure(); });
}

} // namespace

LogicalResult foldShapeChain(Node &node) {
  Operation *op = node.getOperation();
  if (op->getNumResults() != 1 || op->getNumRegions() || op->getNumOperands() == 0)
    return failure();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (type.getElementType().isUnsignedInteger() || (type.hasStaticShape() && type.getNumElements() > mostElements) || (isTable(type) && !isSmallTable(type)))
    return failure();
  if (!type.getElementType().isInteger(1) && !type.getElementType().isInteger(32) && !type.getElementType().isInteger(64))
    return failure();
  std::optional<SmallVector<Sizes>> operands = operandsOf(node);
  if (!operands || llvm::any_of(*operands, [](const Sizes &s) { return s.empty(); }))
    return failure();
  if (succeeded(rearrangeScalars(node, *operands)))
    return success();
  if (isTable(type) || llvm::any_of(op->getOperandTypes(), isTable))
    return failure();
  return succeeded(foldArithmetic(node, *operands)) ? success() : foldChoice(node, *operands);
}

} // namespace motion
