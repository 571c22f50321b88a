// The operator Resize: sizes of the result, axes to resample, element types around the interpolation.
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Resize.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

static std::optional<SmallVector<double>> constantScales(Node &node, Value onnx) {
  ElementsAttr value = node.constantAttr(onnx);
  if (!value || !isa<FloatType>(value.getElementType()))
    return std::nullopt;
  return llvm::map_to_vector(value.getValues<APFloat>(), [](const APFloat &x) { return x.convertToDouble(); });
}

/// floor(size * scale) of a constant, or a whole multiple of a symbolic size.
static std::optional<OpFoldResult> scaled(Node &node, OpFoldResult size, double scale) {
  if (auto constant = constantSize(size))
    return OpFoldResult(node.index(static_cast<int64_t>(std::floor(*constant * scale))));
  if (scale != std::floor(scale) || scale < 1 || scale > 1e9)
    return std::nullopt;
  return node.product({size, node.index(static_cast<int64_t>(scale))});
}

/// The result's sizes: declared, or from constant scales or known sizes.
static std::optional<Sizes> resultSizes(Node &node, onnx::ResizeOp op, const Sizes &old, ArrayRef<int64_t> axes) {
  if (auto declared = declaredSizes(node, op.getY()))
    return declared;
  Sizes result = old;
  auto scales = constantScales(node, op.getScales());
  auto sizes = node.knownScalars(op.getSizes());
  if (op.getSizes() && op.getKeepAspectRatioPolicy() != "stretch")
    return std::nullopt;
  if ((!scales || scales->size() != axes.size()) && (!sizes || sizes->size() != axes.size()))
    return std::nullopt;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    std::optional<OpFoldResult> size = scales ? scaled(node, old[axis], (*scales)[i]) : std::optional((*sizes)[i]);
    if (!size)
      return std::nullopt;
    result[axis] = *size;
  }
  return result;
}

/// How many source elements the kernel reaches: twice its radius, stretched where antialiasing shrinks; nothing when that is not known.
static std::optional<int64_t> tapsOf(const ResizeMode &mode, OpFoldResult size, OpFoldResult newSize) {
  const int64_t radius = mode.cubic ? 2 : 1;
  if (mode.nearest)
    return 1;
  if (!mode.antialias)
    return 2 * radius;
  auto in = constantSize(size), out = constantSize(newSize);
  if (!in || !out || *out == 0)
    return std::nullopt;
  // The least scale that gives this length.
  return std::max<int64_t>(2 * radius, 2 * llvm::divideCeil(radius * *in, *out));
}

static FailureOr<ResizeMode> modeOf(Node &node, onnx::ResizeOp op) {
  ResizeMode mode;
  mode.nearest = op.getMode() == "nearest";
  mode.cubic = op.getMode() == "cubic";
  const bool known = mode.nearest || mode.cubic || op.getMode() == "linear";
  if (!known || (mode.nearest && op.getAntialias())) {
    (void)node.refuse("mode nearest without antialias, linear or cubic", op.getMode() + (op.getAntialias() ? " with antialias" : ""));
    return failure();
  }
  mode.antialias = op.getAntialias();
  mode.excludeOutside = op.getExcludeOutside() && !mode.nearest;
  mode.cubicA = op.getCubicCoeffA().convertToDouble();
  mode.extrapolation = op.getExtrapolationValue().convertToDouble();
  mode.coordinates = op.getCoordinateTransformationMode();
  mode.rounding = op.getNearestMode();
  mode.aspect = op.getKeepAspectRatioPolicy();
  for (Value operand : {op.getScales(), op.getSizes(), op.getRoi()})
    if (operand && !cast<RankedTensorType>(operand.getType()).hasStaticShape()) {
      (void)node.refuse("scales, sizes and roi of known length", spell(operand.getType()));
      return failure();
    }
  const bool hasScales = op.getScales() && cast<RankedTensorType>(op.getScales().getType()).getNumElements() != 0;
  mode.scales = hasScales ? node.get(op.getScales()) : Tensor();
  mode.sizes = hasScales ? Tensor() : node.get(op.getSizes());
  mode.roi = node.get(op.getRoi());
  mode.element = getElementTypeOrSelf(op.getX().getType());
  if (!mode.scales && !mode.sizes) {
    (void)node.refuse("scales or sizes", "neither");
    return failure();
  }
  return mode;
}

/// Resamples every axis that is not known to stay as it is.
static FailureOr<Tensor> resizeAxes(Node &node, onnx::ResizeOp op, Tensor x, ArrayRef<int64_t> axes, const Sizes &sizes, const ResizeMode &mode) {
  const bool crops = mode.coordinates == "tf_crop_and_resize";
  auto scales = constantScales(node, op.getScales());
  const Sizes old = node.sizes(x);
  for (auto [i, dim] : llvm::enumerate(axes)) {
    const bool keeps = mode.scales ? scales && (*scales)[i] == 1 : mode.aspect == "stretch" && sameSize(old[dim], sizes[dim]);
    if (keeps && !crops)
      continue;
    ResizeAxis axis;
    axis.dim = dim;
    axis.operand = i;
    axis.extent = mode.extents[i];
    axis.newSize = sizes[dim];
    axis.newExtent = node.indexValue(sizes[dim]);
    auto taps = tapsOf(mode, old[dim], sizes[dim]);
    if (!taps) {
      (void)node.refuse("known sizes where antialias is 1", "symbolic ones: fix them with --dim");
      return failure();
    }
    axis.taps = *taps;
    x = resizeAxis(node, x, axis, mode);
  }
  return x;
}

static LogicalResult lowerResize(Node &node, onnx::ResizeOp op) {
  Tensor x = node.get(op.getX());
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, x.rank()));
  if (op.getAxes())
    axes = llvm::map_to_vector(*op.getAxes(), [&](int64_t axis) { return normaliseAxis(axis, x.rank()); });
  if (llvm::any_of(axes, [&](int64_t axis) { return axis < 0 || axis >= x.rank(); }))
    return node.refuse("axes in [" + std::to_string(-x.rank()) + ", " + std::to_string(x.rank() - 1) + "]", spell(*op.getAxes()));
  FailureOr<ResizeMode> mode = modeOf(node, op);
  if (failed(mode))
    return failure();
  const Sizes old = node.sizes(x);
  auto sizes = resultSizes(node, op, old, axes);
  if (!sizes)
    return node.refuse("scales or sizes that follow from constants and dimensions, one per axis", "others");
  const int64_t given = (mode->scales ? mode->scales : mode->sizes).type().getNumElements(), count = axes.size();
  const bool crops = mode->coordinates == "tf_crop_and_resize";
  if (given != count || (crops && (!mode->roi || mode->roi.type().getNumElements() != 2 * count)))
    return node.refuse("an entry of scales or sizes, and two of roi, per axis", std::to_string(given) + " for " + std::to_string(axes.size()) + " axes");
  for (int64_t axis : axes)
    mode->extents.push_back(node.indexValue(old[axis]));
  // Interpolation runs in floats; nearest copies bits.
  const Type between = isa<FloatType>(x.element) ? computeType(x.element) : node.getF64Type();
  if (!mode->nearest)
    x = convertTensor(node, x, between);
  FailureOr<Tensor> y = resizeAxes(node, op, x, axes, *sizes, *mode);
  if (failed(y))
    return failure();
  return node.set(op.getY(), mode->nearest ? *y : convertTensor(node, *y, mode->element));
}

void addResize(OperatorList &list) { list.add<onnx::ResizeOp>(lowerResize); }

} // namespace motion
