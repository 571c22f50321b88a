// Elements of small integer tensors of any rank in another order or shape. F.pad is written so: [left, right, top, bottom, 0, 0, 0, 0] becomes a table
// of pairs, whose rows are turned round and which is transposed:
//   Reshape to [4, 2] -> Slice with step -1 -> Transpose -> Reshape to [8]     =>     [0, 0, top, left, 0, 0, bottom, right], no tensors
#include "compiler/Linalg/ShapeChains.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace motion {
namespace {

/// Elements in row-major order, with their shape.
struct Table {
  Sizes elements;
  SmallVector<int64_t> shape;

  Table(Value value, const Sizes &elements) : elements(elements), shape(cast<RankedTensorType>(value.getType()).getShape()) {
    if (shape.size() == 1)
      shape[0] = elements.size(); // inference may not know it
  }

  /// The elements whose places along `axis` are `places`, in that order.
  void take(int64_t axis, ArrayRef<int64_t> places) {
    const int64_t inner = ShapedType::getNumElements(ArrayRef(shape).drop_front(axis + 1)), outer = ShapedType::getNumElements(ArrayRef(shape).take_front(axis));
    Sizes taken;
    for (int64_t row = 0; row < outer; ++row)
      for (int64_t place : places)
        llvm::append_range(taken, ArrayRef(elements).slice((row * shape[axis] + place) * inner, inner));
    elements = std::move(taken);
    shape[axis] = places.size();
  }
};

/// The places along a dimension of `size` from `start` to `end`.
SmallVector<int64_t> section(int64_t start, int64_t end, int64_t step, int64_t size) {
  const auto clamp = [&](int64_t at, int64_t low, int64_t high) { return std::clamp(at < 0 ? at + size : at, low, high); };
  const int64_t first = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1), last = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  SmallVector<int64_t> places;
  for (int64_t i = first; step > 0 ? i < last : i > last; i += step)
    places.push_back(i);
  return places;
}

LogicalResult foldSlice(Node &node, onnx::SliceOp op, ArrayRef<Sizes> operands) {
  Table table(op.getData(), operands[0]);
  const int64_t rank = table.shape.size();
  auto starts = getConstantIntValues(operands[1]), ends = getConstantIntValues(operands[2]);
  auto axes = op.getAxes() ? node.constants(op.getAxes()) : llvm::to_vector<6>(llvm::seq<int64_t>(0, rank));
  auto steps = op.getSteps() ? node.constants(op.getSteps()) : SmallVector<int64_t>(operands[1].size(), 1);
  if (!starts || !ends || !axes || !steps || starts->size() != ends->size() || axes->size() < starts->size() || steps->size() != starts->size())
    return failure();
  for (auto [start, end, step, given] : llvm::zip(*starts, *ends, *steps, *axes)) {
    const int64_t axis = normaliseAxis(given, rank);
    if (step == 0 || axis < 0 || axis >= rank)
      return failure();
    table.take(axis, section(start, end, step, table.shape[axis]));
  }
  return node.setScalars(op.getOutput(), table.elements);
}

LogicalResult foldTranspose(Node &node, onnx::TransposeOp op, ArrayRef<Sizes> operands) {
  const Table table(op.getData(), operands[0]);
  SmallVector<int64_t> order = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, table.shape.size())));
  if (op.getPerm())
    order.assign(op.getPerm()->begin(), op.getPerm()->end());
  if (order.size() != table.shape.size() || !isPermutationVector(order))
    return failure();
  const SmallVector<int64_t> shape = applyPermutation(table.shape, order), strides = applyPermutation(computeStrides(table.shape), order);
  Sizes result;
  for (int64_t i = 0, count = table.elements.size(); i < count; ++i)
    result.push_back(table.elements[linearize(delinearize(i, computeStrides(shape)), strides)]);
  return node.setScalars(op.getTransposed(), result);
}

} // namespace

LogicalResult rearrangeScalars(Node &node, ArrayRef<Sizes> operands) {
  const auto first = [&](auto op) { return node.setScalars(op->getResult(0), operands[0]); };
  return llvm::TypeSwitch<Operation *, LogicalResult>(node.getOperation())
      .Case([&](onnx::SliceOp op) { return foldSlice(node, op, operands); })
      .Case([&](onnx::TransposeOp op) { return foldTranspose(node, op, operands); })
      .Case([&](onnx::CastOp op) {
        // To a type that holds every size.
        return getElementTypeOrSelf(op.getOutput().getType()).getIntOrFloatBitWidth() >= 32 ? first(op) : failure();
      })
      .Case<onnx::IdentityOp, onnx::SqueezeOp, onnx::UnsqueezeOp, onnx::ReshapeOp>(first)
      .Default([](Operation *) { return failure(); });
}

} // namespace motion
