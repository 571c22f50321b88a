// Operators that read or change a shape and no element: Shape, Size, Reshape, Flatten, Squeeze, Unsqueeze; Transpose and Expand; Dropout at inference.
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Reshaping.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace motion {

static LogicalResult lowerShape(Node &node, onnx::ShapeOp op) {
  Sizes sizes = node.sizes(node.get(op.getData()));
  const int64_t rank = sizes.size();
  const auto clamp = [&](int64_t at) { return std::clamp<int64_t>(normaliseAxis(at, rank), 0, rank); };
  const int64_t start = clamp(op.getStart()), end = op.getEndAttr() ? clamp(*op.getEnd()) : rank;
  return node.setScalars(op.getShape(), start < end ? Sizes(ArrayRef(sizes).slice(start, end - start)) : Sizes());
}

static LogicalResult lowerSize(Node &node, onnx::SizeOp op) {
  return node.setScalars(op.getSize(), {node.product(node.sizes(node.get(op.getData())))});
}

static LogicalResult lowerReshape(Node &node, onnx::ReshapeOp op) {
  Tensor x = node.get(op.getData());
  const Sizes before = node.sizes(x);
  std::optional<Sizes> shape = node.knownScalars(op.getShape());
  auto declared = cast<RankedTensorType>(op.getReshaped().getType());
  if (!shape || declared.hasStaticShape()) {
    if (!declared.hasStaticShape())
      return node.refuse("a shape that follows from constants and dimensions", "one that is computed from data");
    return node.set(op.getReshaped(), node.reshape(x, getAsIndexOpFoldResult(node.getContext(), declared.getShape())));
  }
  std::optional<size_t> inferred;
  Sizes known;
  for (auto [i, size] : llvm::enumerate(*shape)) {
    if (constantSize(size) == 0 && !op.getAllowzero() && i < before.size())
      size = before[i];
    if (constantSize(size) == -1)
      inferred = i;
    else
      known.push_back(size);
  }
  if (inferred)
    (*shape)[*inferred] = node.quotient(before, known);
  return node.set(op.getReshaped(), node.reshape(x, node.refine(*shape, op.getReshaped())));
}

static LogicalResult lowerFlatten(Node &node, onnx::FlattenOp op) {
  Tensor x = node.get(op.getInput());
  const Sizes sizes = node.sizes(x);
  const int64_t axis = normaliseAxis(op.getAxis(), x.rank());
  OpFoldResult rows = node.product(ArrayRef(sizes).take_front(axis)), columns = node.product(ArrayRef(sizes).drop_front(axis));
  return node.set(op.getOutput(), node.reshape(x, {rows, columns}));
}

/// Axes of an operand, made positive; the declared result's sizes tell which they are where the operand is known at run time only.
static FailureOr<SmallVector<int64_t>> axesOf(Node &node, Value operand, int64_t rank) {
  std::optional<SmallVector<int64_t>> axes = node.constants(operand);
  if (!axes) {
    (void)node.refuse("constant axes", "axes that are computed from data");
    return failure();
  }
  for (int64_t &axis : *axes) {
    if (axis < -rank || axis >= rank) {
      (void)node.refuse("axes in [" + std::to_string(-rank) + ", " + std::to_string(rank - 1) + "]", std::to_string(axis));
      return failure();
    }
    axis = normaliseAxis(axis, rank);
  }
  return *axes;
}

static LogicalResult lowerSqueeze(Node &node, onnx::SqueezeOp op) {
  Tensor x = node.get(op.getData());
  auto declared = cast<RankedTensorType>(op.getSqueezed().getType());
  if (declared.hasStaticShape())
    return node.set(op.getSqueezed(), node.reshape(x, getAsIndexOpFoldResult(node.getContext(), declared.getShape())));
  const Sizes before = node.sizes(x);
  SmallVector<int64_t> axes;
  if (op.getAxes()) {
    FailureOr<SmallVector<int64_t>> given = axesOf(node, op.getAxes(), x.rank());
    if (failed(given))
      return failure();
    axes = *given;
  }
  Sizes sizes;
  for (auto [i, size] : llvm::enumerate(before))
    if (op.getAxes() ? !llvm::is_contained(axes, static_cast<int64_t>(i)) : constantSize(size) != 1)
      sizes.push_back(size);
  return node.set(op.getSqueezed(), node.reshape(x, sizes));
}

static LogicalResult lowerUnsqueeze(Node &node, onnx::UnsqueezeOp op) {
  Tensor x = node.get(op.getData());
  auto declared = cast<RankedTensorType>(op.getExpanded().getType());
  if (declared.hasStaticShape())
    return node.set(op.getExpanded(), node.reshape(x, getAsIndexOpFoldResult(node.getContext(), declared.getShape())));
  FailureOr<SmallVector<int64_t>> axes = axesOf(node, op.getAxes(), declared.getRank());
  if (failed(axes))
    return failure();
  Sizes before = node.sizes(x), sizes;
  for (int64_t i = 0, next = 0; i < declared.getRank(); ++i)
    sizes.push_back(llvm::is_contained(*axes, i) ? node.index(1) : before[next++]);
  return node.set(op.getExpanded(), node.reshape(x, sizes));
}

Tensor transpose(Node &node, const Tensor &x, ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation))
    return x;
  Sizes before = node.sizes(x), sizes;
  for (int64_t p : permutation)
    sizes.push_back(before[p]);
  Value init = node.empty(sizes, x.type().getElementType());
  return {linalg::TransposeOp::create(node, x.value, init, permutation).getResult()[0], x.element};
}

static LogicalResult lowerTranspose(Node &node, onnx::TransposeOp op) {
  Tensor x = node.get(op.getData());
  SmallVector<int64_t> permutation = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, x.rank())));
  if (op.getPerm())
    permutation.assign(op.getPerm()->begin(), op.getPerm()->end());
  return node.set(op.getTransposed(), transpose(node, x, permutation));
}

static LogicalResult lowerExpand(Node &node, onnx::ExpandOp op) {
  Tensor x = node.get(op.getInput());
  auto declared = cast<RankedTensorType>(op.getOutput().getType());
  std::optional<Sizes> shape = node.knownScalars(op.getShape());
  Sizes sizes;
  if (declared.hasStaticShape()) {
    sizes = getAsIndexOpFoldResult(node.getContext(), declared.getShape());
  } else {
    if (!shape)
      return node.refuse("a shape that follows from constants and dimensions", "one that is computed from data");
    FailureOr<Sizes> both = broadcastSizes(node, {x, {node.empty(*shape, storageType(x.element)), x.element}});
    if (failed(both))
      return failure();
    sizes = node.refine(*both, op.getOutput());
  }
  if (llvm::equal(node.sizes(x), sizes, sameSize))
    return node.set(op.getOutput(), x);
  // Bits are copied as they are.
  const Type storage = storageType(x.element);
  Tensor y = pointwise(node, storage, sizes, {{x.value, storage}}, {broadcastMap(node, node.sizes(x), sizes)}, [](Scalars &, ValueRange v) { return v[0]; });
  return node.set(op.getOutput(), {y.value, x.element});
}

static LogicalResult lowerDropout(Node &node, onnx::DropoutOp op) {
  ElementsAttr training = node.constantAttr(op.getTrainingMode()), ratio = node.constantAttr(op.getRatio());
  const bool off = training && !training.getValues<APInt>()[0].getBoolValue();
  const bool nothing = ratio && isa<FloatType>(ratio.getElementType()) && ratio.getValues<APFloat>()[0].isZero();
  if (op.getTrainingMode() && !off && !nothing)
    return node.refuse("inference (a constant training_mode of false, or ratio 0)", "training_mode that is true or computed");
  Tensor x = node.get(op.getData());
  if (op.getMask()) {
    Value yes = arith::ConstantOp::create(node, node.getBoolAttr(true));
    if (failed(node.set(op.getMask(), {node.filled(node.sizes(x), yes), node.getI1Type()})))
      return failure();
  }
  return node.set(op.getOutput(), x);
}

void addShapeOperators(OperatorList &list) {
  list.add<onnx::DropoutOp>(lowerDropout);
  list.add<onnx::ExpandOp>(lowerExpand);
  list.add<onnx::FlattenOp>(lowerFlatten);
  list.add<onnx::ReshapeOp>(lowerReshape);
  list.add<onnx::ShapeOp>(lowerShape);
  list.add<onnx::SizeOp>(lowerSize);
  list.add<onnx::SqueezeOp>(lowerSqueeze);
  list.add<onnx::TransposeOp>(lowerTranspose);
  list.add<onnx::UnsqueezeOp>(lowerUnsqueeze);
}

} // namespace motion
