// Views of weights in memory, composed op by op, and one copy into the constant section:
//   %e = tensor.expand_shape %w [[0, 1], [2]] output_shape [4, 64, 132]          the weight's bytes as (4, 64, 132), strides (8448, 132, 1)
//   %t = linalg.transpose ins(%e) permutation = [0, 2, 1]                   ->   the same bytes as (4, 132, 64), strides (8448, 1, 132)
//   bufferization.materialize_in_destination %t in %place                        copied to the place
// Only padding makes bytes of its own. A result that something else than moves leads to stays in the function.
#include "compiler/Pipelines/ConstantMoves.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <cstring>

using namespace mlir;

namespace motion {
namespace {

/// Elements in memory, some distance apart along each axis.
struct Array {
  char *data = nullptr;
  unsigned width = 0; ///< bytes of an element
  SmallVector<int64_t> shape, strides;
  std::shared_ptr<char[]> owned;
};

SmallVector<int64_t> denseStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

/// An array of the tensor's shape over `data`, or of its own bytes without; nullopt for types whose elements are not whole bytes.
std::optional<Array> dense(Type type, char *data = nullptr) {
  auto tensor = dyn_cast<ShapedType>(type);
  if (!tensor || !tensor.hasStaticShape() || !tensor.getElementType().isIntOrFloat() || tensor.getElementTypeBitWidth() % 8 != 0)
    return std::nullopt;
  Array array{data, tensor.getElementTypeBitWidth() / 8, SmallVector<int64_t>(tensor.getShape()), denseStrides(tensor.getShape()), nullptr};
  if (!data) {
    array.owned = std::make_shared_for_overwrite<char[]>(tensor.getNumElements() * array.width);
    array.data = array.owned.get();
  }
  return array;
}

/// Rows and columns of elements; blocks of rows keep what is read in the cache while both sides are far from dense.
template <typename Element>
void copyPlane(const char *from, char *to, int64_t rows, int64_t columns, ArrayRef<int64_t> fromStrides, ArrayRef<int64_t> toStrides) {
  constexpr int64_t block = 64 / sizeof(Element);
  for (int64_t start = 0; start < rows; start += block)
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t r = start; r < std::min(rows, start + block); ++r)
        std::memcpy(to + (r * toStrides[0] + c * toStrides[1]) * sizeof(Element), from + (r * fromStrides[0] + c * fromStrides[1]) * sizeof(Element),
                    sizeof(Element));
}

void copyPlane(unsigned width, const char *from, char *to, int64_t rows, int64_t columns, ArrayRef<int64_t> fromStrides, ArrayRef<int64_t> toStrides) {
  switch (width) {
  case 1:
    return copyPlane<uint8_t>(from, to, rows, columns, fromStrides, toStrides);
  case 2:
    return copyPlane<uint16_t>(from, to, rows, columns, fromStrides, toStrides);
  case 4:
    return copyPlane<uint32_t>(from, to, rows, columns, fromStrides, toStrides);
  default:
    return copyPlane<uint64_t>(from, to, rows, columns, fromStrides, toStrides);
  }
}

void copy(const Array &from, const Array &to) {
  if (llvm::is_contained(from.shape, 0))
    return;
  // The plane: the axis along which `from` is densest as its rows, the last other one that has a length as its columns.
  SmallVector<unsigned> axes;
  for (unsigned axis = 0; axis < from.shape.size(); ++axis)
    if (from.shape[axis] > 1)
      axes.push_back(axis);
  llvm::sort(axes, [&](unsigned x, unsigned y) { return to.strides[x] > to.strides[y]; });
  SmallVector<int64_t, 2> counts(2, 1), fromSteps(2, 0), toSteps(2, 0);
  const auto take = [&](unsigned place, unsigned *axis) {
    counts[place] = from.shape[*axis];
    fromSteps[place] = from.strides[*axis];
    toSteps[place] = to.strides[*axis];
    axes.erase(axis);
  };
  if (!axes.empty())
    take(0, llvm::min_element(axes, [&](unsigned x, unsigned y) { return from.strides[x] < from.strides[y]; }));
  if (!axes.empty())
    take(1, &axes.back());
  SmallVector<int64_t> index(axes.size(), 0);
  const char *source = from.data;
  char *target = to.data;
  while (true) {
    copyPlane(from.width, source, target, counts[0], counts[1], fromSteps, toSteps);
    size_t level = axes.size();
    for (; level > 0; --level) {
      const unsigned axis = axes[level - 1];
      source += from.strides[axis] * from.width;
      target += to.strides[axis] * from.width;
      if (++index[level - 1] < from.shape[axis])
        break;
      source -= from.shape[axis] * from.strides[axis] * from.width;
      target -= from.shape[axis] * to.strides[axis] * from.width;
      index[level - 1] = 0;
    }
    if (level == 0)
      return;
  }
}

class Evaluator {
public:
  explicit Evaluator(ArrayRef<char *> arguments) : arguments(arguments) {}

  /// The value, if moves alone lead to it.
  const std::optional<Array> &evaluate(Value value) {
    if (auto it = known.find(value); it != known.end())
      return *it->second;
    auto result = std::make_unique<std::optional<Array>>(compute(value.getDefiningOp()));
    return *(known[value] = std::move(result));
  }

  /// The memory that a shaped argument is.
  std::optional<Array> place(Value memref) {
    auto cast = memref.getDefiningOp<memref::ReinterpretCastOp>();
    auto argument = cast ? dyn_cast<BlockArgument>(cast.getSource()) : BlockArgument();
    if (!argument || !cast.getType().getLayout().isIdentity())
      return std::nullopt;
    return dense(cast.getType(), arguments[argument.getArgNumber()]);
  }

private:
  std::optional<Array> compute(Operation *op) {
    if (auto read = dyn_cast_if_present<bufferization::ToTensorOp>(op))
      return place(read.getBuffer());
    if (auto expand = dyn_cast_if_present<tensor::ExpandShapeOp>(op))
      return evaluateExpand(expand);
    if (auto collapse = dyn_cast_if_present<tensor::CollapseShapeOp>(op))
      return reshape(collapse.getSrc(), collapse.getType());
    if (auto transpose = dyn_cast_if_present<linalg::TransposeOp>(op))
      return evaluateTranspose(transpose);
    if (isa_and_present<tensor::EmptyOp>(op))
      return dense(op->getResultTypes()[0]);
    if (auto fill = dyn_cast_if_present<linalg::FillOp>(op))
      return evaluateFill(fill);
    if (auto insert = dyn_cast_if_present<tensor::InsertSliceOp>(op))
      return evaluateInsert(insert);
    if (auto extract = dyn_cast_if_present<tensor::ExtractSliceOp>(op))
      return evaluateExtract(extract);
    return std::nullopt;
  }

  std::optional<Array> evaluateExpand(tensor::ExpandShapeOp op) {
    const std::optional<Array> &source = evaluate(op.getSrc());
    if (!source || !op.getType().hasStaticShape())
      return std::nullopt;
    Array result = *source;
    result.shape.assign(op.getType().getShape().begin(), op.getType().getShape().end());
    result.strides.assign(result.shape.size(), 1);
    for (auto [axis, group] : llvm::enumerate(op.getReassociationIndices())) {
      int64_t stride = source->strides[axis];
      for (int64_t part : llvm::reverse(group)) {
        result.strides[part] = stride;
        stride *= result.shape[part];
      }
    }
    return result;
  }

  /// The same elements in the same order under another shape.
  std::optional<Array> reshape(Value value, ShapedType type) {
    const std::optional<Array> &source = evaluate(value);
    if (!source || !type.hasStaticShape())
      return std::nullopt;
    Array packed = *source;
    if (packed.strides != denseStrides(packed.shape)) {
      packed = *dense(value.getType());
      copy(*source, packed);
    }
    packed.shape.assign(type.getShape().begin(), type.getShape().end());
    packed.strides = denseStrides(packed.shape);
    return packed;
  }

  std::optional<Array> evaluateTranspose(linalg::TransposeOp op) {
    const std::optional<Array> &source = evaluate(op.getInput());
    if (!source)
      return std::nullopt;
    Array result = *source;
    for (auto [to, from] : llvm::enumerate(op.getPermutation())) {
      result.shape[to] = source->shape[from];
      result.strides[to] = source->strides[from];
    }
    return result;
  }

  std::optional<Array> evaluateFill(linalg::FillOp op) {
    Attribute value;
    std::optional<Array> result;
    if (op.getNumResults() != 1 || !matchPattern(op.getInputs()[0], m_Constant(&value)) || !(result = dense(op.getResultTypes()[0])))
      return std::nullopt;
    const APInt bits = isa<FloatAttr>(value) ? cast<FloatAttr>(value).getValue().bitcastToAPInt() : cast<IntegerAttr>(value).getValue();
    if (bits.getBitWidth() != result->width * 8 || result->width > 8)
      return std::nullopt;
    const uint64_t word = bits.getZExtValue();
    char *end = result->data + cast<ShapedType>(op.getResultTypes()[0]).getNumElements() * result->width;
    for (char *at = result->data; at != end; at += result->width)
      std::memcpy(at, &word, result->width);
    return result;
  }

  std::optional<Array> evaluateInsert(tensor::InsertSliceOp op) {
    const std::optional<Array> &source = evaluate(op.getSource()), &target = evaluate(op.getDest());
    if (!source || !target || source->shape.size() != target->shape.size() || !isStatic(op))
      return std::nullopt;
    // The borders of a padded tensor are inserted one by one.
    Array result = *target;
    if (!op.getDest().hasOneUse() || !isa_and_present<tensor::EmptyOp, linalg::FillOp, tensor::InsertSliceOp>(op.getDest().getDefiningOp())) {
      result = *dense(op.getType());
      copy(*target, result);
    }
    copy(*source, slice(result, op.getStaticOffsets(), op.getStaticSizes(), op.getStaticStrides()));
    return result;
  }

  std::optional<Array> evaluateExtract(tensor::ExtractSliceOp op) {
    const std::optional<Array> &source = evaluate(op.getSource());
    if (!source || source->shape.size() != static_cast<size_t>(op.getType().getRank()) || !isStatic(op))
      return std::nullopt;
    return slice(*source, op.getStaticOffsets(), op.getStaticSizes(), op.getStaticStrides());
  }

  static bool isStatic(OffsetSizeAndStrideOpInterface op) {
    return !ShapedType::isDynamicShape(op.getStaticOffsets()) && !ShapedType::isDynamicShape(op.getStaticSizes()) &&
           !ShapedType::isDynamicShape(op.getStaticStrides());
  }

  static Array slice(const Array &array, ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes, ArrayRef<int64_t> steps) {
    Array part = array;
    part.shape.assign(sizes.begin(), sizes.end());
    for (auto [axis, offset] : llvm::enumerate(offsets)) {
      part.data += offset * array.strides[axis] * array.width;
      part.strides[axis] *= steps[axis];
    }
    return part;
  }

  ArrayRef<char *> arguments;
  llvm::DenseMap<Value, std::unique_ptr<std::optional<Array>>> known;
};

} // namespace

bool evaluateMoves(func::FuncOp function, ArrayRef<char *> arguments) {
  Evaluator evaluator(arguments);
  Block &body = function.getBody().front();
  bool done = true;
  for (auto result : llvm::make_early_inc_range(body.getOps<bufferization::MaterializeInDestinationOp>())) {
    std::optional<Array> place = evaluator.place(result.getDest());
    const std::optional<Array> &value = evaluator.evaluate(result.getSource());
    if (!place || !value || value->width > 8 || !llvm::isPowerOf2_32(value->width)) {
      done = false;
      continue;
    }
    copy(*value, *place);
    result.erase();
  }
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (isOpTriviallyDead(&op))
      op.erase();
  return done;
}

} // namespace motion
