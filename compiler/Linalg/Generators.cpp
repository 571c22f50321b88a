// Tensors whose elements follow from their place: ConstantOfShape, EyeLike, MelWeightMatrix, OneHot, Range, Trilu.
#include "compiler/Linalg/Pull.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/SizeRanges.h"
#include "dialects/Onnx/OnnxOps.h"
#include <numbers>

using namespace mlir;

namespace motion {

static Type declaredElement(Value onnxResult) { return getElementTypeOrSelf(onnxResult.getType()); }

static Value storedNumber(Scalars &s, Type element, double value) { return encode(s, s.constant(computeType(element), value), element); }

/// The only element of a tensor of one element.
static Value onlyElement(Scalars &s, const Tensor &x) { return elementAt(s, x, SmallVector<Value>(x.rank(), indexConstant(s, 0))); }

static LogicalResult lowerConstantOfShape(Node &node, onnx::ConstantOfShapeOp op) {
  const Type element = declaredElement(op.getOutput());
  auto declared = declaredSizes(node, op.getOutput());
  std::optional<Sizes> sizes = declared ? declared : node.knownScalars(op.getInput());
  if (!sizes)
    return node.refuse("a shape that follows from constants and dimensions", "one that is computed from data");
  TypedAttr value = cast<TypedAttr>(node.getZeroAttr(storageType(element)));
  if (ElementsAttr given = op.getValueAttr())
    value = isa<FloatType>(element) ? storedAttr(element, given.getValues<APFloat>()[0]) : storedAttr(element, given.getValues<APInt>()[0]);
  return node.set(op.getOutput(), {node.filled(*sizes, arith::ConstantOp::create(node, value)), element});
}

static LogicalResult lowerEyeLike(Node &node, onnx::EyeLikeOp op) {
  Tensor x = node.get(op.getInput());
  const Type element = declaredElement(op.getOutput());
  if (x.rank() != 2)
    return node.refuse("a matrix", spell(x.value.getType()));
  const int64_t k = op.getK();
  Tensor y = pull(node, node.sizes(x), element, [&](Scalars &s, ValueRange place) {
    Value onDiagonal = s.equal(place[1], s.add(place[0], indexConstant(s, k)));
    return s.select(onDiagonal, storedNumber(s, element, 1), storedNumber(s, element, 0));
  });
  return node.set(op.getOutput(), y);
}

static LogicalResult lowerTrilu(Node &node, onnx::TriluOp op) {
  Tensor x = node.get(op.getInput()), k = node.get(op.getK());
  if (x.rank() < 2)
    return node.refuse("matrices", spell(x.value.getType()));
  const bool upper = op.getUpper();
  auto constant = op.getK() ? node.constants(op.getK()) : SmallVector<int64_t>{0};
  auto identity = AffineMap::getMultiDimIdentityMap(x.rank(), node.getContext());
  Tensor y = pullWith(node, node.sizes(x), x.element, x, identity, [&](Scalars &s, ValueRange v) {
    Value row = v[v.size() - 3], column = v[v.size() - 2];
    Value diagonal = s.add(row, constant ? indexConstant(s, constant->front()) : toIndex(s, onlyElement(s, k), k.element));
    Value kept = upper ? s.lessEqual(diagonal, column) : s.lessEqual(column, diagonal);
    return s.select(kept, v.back(), storedNumber(s, x.element, 0));
  });
  return node.set(op.getOutput(), y);
}

/// values[1] where the index (of any number type) is the place along the new axis, values[0] elsewhere.
static LogicalResult lowerOneHot(Node &node, onnx::OneHotOp op) {
  Tensor indices = node.get(op.getIndices()), values = node.get(op.getValues());
  const int64_t axis = normaliseAxis(op.getAxis(), indices.rank() + 1);
  std::optional<Sizes> depth = node.knownScalars(op.getDepth());
  auto declared = cast<RankedTensorType>(op.getOutput().getType());
  Sizes sizes = node.sizes(indices);
  if (declared.getRank() == indices.rank() + 1 && !declared.isDynamicDim(axis))
    sizes.insert(sizes.begin() + axis, node.index(declared.getDimSize(axis)));
  else if (depth && depth->size() == 1)
    sizes.insert(sizes.begin() + axis, depth->front());
  else
    return node.refuse("a depth that follows from constants and dimensions", "one that is computed from data");
  SmallVector<AffineExpr> exprs;
  for (int64_t dim = 0; dim <= indices.rank(); ++dim)
    if (dim != axis)
      exprs.push_back(node.getAffineDimExpr(dim));
  auto map = AffineMap::get(sizes.size(), 0, exprs, node.getContext());
  Value count = node.indexValue(sizes[axis]);
  const Type wide = node.getI64Type();
  Tensor y = pullWith(node, sizes, values.element, indices, map, [&](Scalars &s, ValueRange v) {
    Value index = toIndex(s, convert(s, decode(s, v.back(), indices.element), indices.element, wide), wide);
    index = s.select(s.less(index, indexConstant(s, 0)), s.add(index, count), index);
    Value off = elementAt(s, values, indexConstant(s, 0)), on = elementAt(s, values, indexConstant(s, 1));
    return s.select(s.equal(index, v[axis]), on, off);
  });
  return node.set(op.getOutput(), y);
}

/// start + i * delta.
static LogicalResult lowerRange(Node &node, onnx::RangeOp op) {
  Tensor start = node.get(op.getStart()), delta = node.get(op.getDelta());
  const Type element = start.element;
  std::optional<Sizes> sizes = declaredSizes(node, op.getOutput());
  if (!sizes) {
    std::optional<Sizes> first = node.knownScalars(op.getStart()), limit = node.knownScalars(op.getLimit());
    auto step = node.constants(op.getDelta());
    if (!first || !limit || !step || step->front() <= 0)
      return node.refuse("a length that follows from constants and dimensions, upwards", "another one");
    OpFoldResult length = node.sub(limit->front(), first->front());
    if (step->front() != 1)
      length = node.apply((node.getAffineDimExpr(0) + (step->front() - 1)).floorDiv(step->front()), {length});
    if (!isAtLeast(length, node.index(0)))
      length = getAsOpFoldResult(node.createOrFold<arith::MaxSIOp>(node.indexValue(length), node.indexValue(node.index(0))));
    sizes = Sizes{length};
  }
  Tensor y = pull(node, *sizes, element, [&](Scalars &s, ValueRange place) {
    Value first = decode(s, onlyElement(s, start), element), step = decode(s, onlyElement(s, delta), element);
    return encode(s, s.add(first, s.mul(s.fromIndex(place[0], computeType(element)), step)), element);
  });
  return node.set(op.getOutput(), y);
}

/// Triangles over the frequencies of a spectrum, at even distances on the mel scale; as in onnx/reference/ops/op_mel_weight_matrix.py.
static LogicalResult lowerMelWeightMatrix(Node &node, onnx::MelWeightMatrixOp op) {
  std::optional<Sizes> sizes = declaredSizes(node, op.getOutput()), bins = node.scalars(op.getNumMelBins()), length = node.scalars(op.getDftLength());
  auto fixedBins = bins && bins->size() == 1 ? constantSize(bins->front()) : std::nullopt;
  auto fixedLength = length && length->size() == 1 ? constantSize(length->front()) : std::nullopt;
  if (!sizes && fixedBins && fixedLength && *fixedBins > 0 && *fixedLength > 0)
    sizes = Sizes{node.index(*fixedLength / 2 + 1), node.index(*fixedBins)};
  Tensor rate = node.get(op.getSampleRate()), low = node.get(op.getLowerEdgeHertz()), high = node.get(op.getUpperEdgeHertz());
  if (!sizes || sizes->size() != 2 || !length || length->size() != 1)
    return node.refuse("constant numbers of mel bins and of elements, or a declared result", "ones that are computed from data");
  Value elements = node.indexValue(length->front()), count = node.indexValue((*sizes)[1]);
  const Type element = declaredElement(op.getOutput());
  Tensor y = pull(node, *sizes, element, [&](Scalars &s, ValueRange place) {
    const Type f64 = s.getF64Type();
    const auto number = [&](const Tensor &x) { return convert(s, decode(s, onlyElement(s, x), x.element), x.element, f64); };
    const auto constant = [&](double value) { return s.constant(f64, value); };
    const auto mel = [&](Value hertz) {
      return s.div(s.mul(constant(2595), s.log(s.add(constant(1), s.div(hertz, constant(700))))), constant(std::numbers::ln10));
    };
    Value first = mel(number(low)), step = s.div(s.sub(mel(number(high)), first), s.add(s.fromIndex(count, f64), constant(2)));
    const auto corner = [&](int64_t i) {
      Value at = s.add(s.mul(s.add(s.fromIndex(place[1], f64), constant(i)), step), first);
      Value hertz = s.mul(constant(700), s.sub(s.exp(s.mul(s.div(at, constant(2595)), constant(std::numbers::ln10))), constant(1)));
      return Value(math::FloorOp::create(s, s.div(s.mul(s.add(s.fromIndex(elements, f64), constant(1)), hertz), number(rate))));
    };
    Value left = corner(0), centre = corner(1), right = corner(2), at = s.fromIndex(place[0], f64), zero = constant(0), one = constant(1);
    Value rise = s.select(s.equal(left, centre), one, s.div(s.sub(at, left), s.sub(centre, left)));
    Value up = arith::AndIOp::create(s, s.lessEqual(left, at), s.lessEqual(at, centre)), down = arith::AndIOp::create(s, s.lessEqual(centre, at), s.less(at, right));
    Value value = s.select(down, s.div(s.sub(right, at), s.sub(right, centre)), s.select(up, rise, zero));
    return encode(s, convert(s, value, f64, element), element);
  });
  return node.set(op.getOutput(), y);
}

void addGenerators(OperatorList &list) {
  list.add<onnx::ConstantOfShapeOp>(lowerConstantOfShape);
  list.add<onnx::EyeLikeOp>(lowerEyeLike);
  list.add<onnx::MelWeightMatrixOp>(lowerMelWeightMatrix);
  list.add<onnx::OneHotOp>(lowerOneHot);
  list.add<onnx::RangeOp>(lowerRange);
  list.add<onnx::TriluOp>(lowerTrilu);
}

} // namespace motion
