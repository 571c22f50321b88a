// Borders: Pad, CenterCropPad, and repetition: Tile.
//   onnx.Pad %x by p  ->  linalg.generic outs(%e): the element at (i - p) where that is inside, a mirrored place or the border's value elsewhere
#include "compiler/Linalg/Pull.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace motion {

static Value zeroOf(Node &node, const Tensor &x) {
  return arith::ConstantOp::create(node, cast<TypedAttr>(node.getZeroAttr(storageType(x.element))));
}

/// The value around: the operand's only element, or zero.
static Value paddingValue(Node &node, const Tensor &x, Value onnx) {
  Tensor given = node.get(onnx);
  if (!given)
    return zeroOf(node, x);
  SmallVector<Value> at(given.rank(), node.indexValue(node.index(0)));
  return tensor::ExtractOp::create(node, given.value, at);
}

// ---- Places outside, folded back ----

using Folding = Value (*)(Scalars &, Value, Value);

/// The non-negative remainder.
static Value remainder(Scalars &s, Value index, Value size) {
  Value rest = arith::RemSIOp::create(s, index, s.max(size, indexConstant(s, 1)));
  return s.select(s.less(rest, indexConstant(s, 0)), s.add(rest, size), rest);
}

/// d c b | a b c d | c b a, again and again.
static Value reflect(Scalars &s, Value index, Value size) {
  Value period = s.max(s.mul(s.sub(size, indexConstant(s, 1)), indexConstant(s, 2)), indexConstant(s, 1));
  Value inPeriod = remainder(s, index, period);
  return s.min(inPeriod, s.sub(period, inPeriod));
}

static FailureOr<Folding> foldingOf(Node &node, StringRef mode) {
  if (mode == "edge")
    return Folding(clampIndex);
  if (mode == "wrap")
    return Folding(remainder);
  if (mode == "reflect")
    return Folding(reflect);
  (void)node.refuse("mode constant, reflect, edge or wrap", mode);
  return failure();
}

/// result[i] = x[i - before], folded back or `around` where that is outside. Dimensions whose sizes do not change are copied as they are.
static Tensor pad(Node &node, const Tensor &x, const Sizes &before, const Sizes &sizes, Value around, Folding folding) {
  SmallVector<Value> extents = indexValues(node, node.sizes(x)), starts = indexValues(node, before);
  const Sizes old = node.sizes(x);
  return pull(node, sizes, x.element, [&](Scalars &s, ValueRange place) {
    SmallVector<Value> from;
    Value inside;
    for (size_t i = 0; i < place.size(); ++i) {
      if (constantSize(before[i]) == 0 && sameSize(old[i], sizes[i])) {
        from.push_back(place[i]);
        continue;
      }
      Value at = s.sub(place[i], starts[i]);
      from.push_back(folding ? clampIndex(s, folding(s, at, extents[i]), extents[i]) : clampIndex(s, at, extents[i]));
      Value here = isInside(s, at, extents[i]);
      inside = inside ? arith::AndIOp::create(s, inside, here).getResult() : here;
    }
    Value element = elementAt(s, x, from);
    return inside && !folding ? s.select(inside, element, around) : element;
  });
}

/// A constant border by tensor.insert_slice: the inside is copied in whole rows.
static Tensor padConstant(Node &node, const Tensor &x, const Sizes &before, const Sizes &sizes, Value around) {
  Value filled = node.filled(sizes, around);
  Value result = tensor::InsertSliceOp::create(node, x.value, filled, before, node.sizes(x), Sizes(x.rank(), node.index(1)));
  node.getValues().sizes[result] = sizes;
  return {result, x.element};
}

static bool isEmpty(ArrayRef<OpFoldResult> sizes) {
  return llvm::any_of(sizes, [](OpFoldResult size) { return constantSize(size) == 0; });
}

/// The entries of `axes` that are dimension `dim`; axes that are computed are compared with it in the run.
static OpFoldResult padOf(Node &node, ArrayRef<OpFoldResult> axes, ArrayRef<OpFoldResult> pads, int64_t dim, int64_t rank) {
  OpFoldResult result = node.index(0);
  for (auto [axis, pad] : llvm::zip(axes, pads)) {
    if (auto constant = constantSize(axis)) {
      result = normaliseAxis(*constant, rank) == dim ? pad : result;
      continue;
    }
    const auto is = [&](int64_t wanted) {
      return arith::CmpIOp::create(node, arith::CmpIPredicate::eq, cast<Value>(axis), node.indexValue(node.index(wanted))).getResult();
    };
    Value here = arith::OrIOp::create(node, is(dim), is(dim - rank));
    result = arith::SelectOp::create(node, here, node.indexValue(pad), node.indexValue(result)).getResult();
  }
  return result;
}

/// What to add at both ends of every dimension.
static LogicalResult padsOf(Node &node, onnx::PadOp op, int64_t rank, Sizes &before, Sizes &after) {
  std::optional<Sizes> pads = node.scalars(op.getPads());
  std::optional<Sizes> axes = getAsIndexOpFoldResult(node.getContext(), llvm::to_vector(llvm::seq<int64_t>(0, rank)));
  if (op.getAxes())
    axes = node.scalars(op.getAxes());
  if (!axes || !pads || pads->size() != 2 * axes->size())
    return node.refuse("two pads for each of the axes, their number known", "another number");
  for (OpFoldResult given : *axes)
    if (auto axis = constantSize(given); axis && (*axis < -rank || *axis >= rank))
      return node.refuse("axes in [" + std::to_string(-rank) + ", " + std::to_string(rank - 1) + "]", std::to_string(*axis));
  for (int64_t dim = 0; dim < rank; ++dim) {
    before.push_back(padOf(node, *axes, ArrayRef(*pads).take_front(axes->size()), dim, rank));
    after.push_back(padOf(node, *axes, ArrayRef(*pads).drop_front(axes->size()), dim, rank));
  }
  return success();
}

static LogicalResult lowerPad(Node &node, onnx::PadOp op) {
  Tensor x = node.get(op.getData());
  Sizes before, after, sizes;
  if (failed(padsOf(node, op, x.rank(), before, after)))
    return failure();
  const Sizes old = node.sizes(x);
  bool grows = true;
  for (auto [size, first, last] : llvm::zip(old, before, after)) {
    sizes.push_back(node.add(node.add(size, first), last));
    grows &= constantSize(first).value_or(-1) >= 0 && constantSize(last).value_or(-1) >= 0;
  }
  if (auto declared = declaredSizes(node, op.getOutput()))
    sizes = *declared;
  const bool constant = op.getMode() == "constant";
  if (isEmpty(old) && !constant && !isEmpty(sizes))
    return node.refuse("an input with elements to pad it by mode " + op.getMode(), spell(x.value.getType()));
  if (constant) {
    Value around = paddingValue(node, x, op.getConstantValue());
    const bool copies = grows || isEmpty(old);
    return node.set(op.getOutput(), copies ? padConstant(node, x, before, sizes, around) : pad(node, x, before, sizes, around, nullptr));
  }
  FailureOr<Folding> folding = foldingOf(node, op.getMode());
  return failed(folding) ? failure() : node.set(op.getOutput(), pad(node, x, before, sizes, {}, *folding));
}

/// Half of the difference at the start: negative where the input is cut.
static LogicalResult lowerCenterCropPad(Node &node, onnx::CenterCropPadOp op) {
  Tensor x = node.get(op.getInputData());
  const int64_t rank = x.rank();
  std::optional<Sizes> shape = node.knownScalars(op.getShape());
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (op.getAxes())
    axes.assign(op.getAxes()->begin(), op.getAxes()->end());
  Sizes sizes = node.sizes(x), before(rank, node.index(0));
  const Sizes old = sizes;
  auto declared = declaredSizes(node, op.getOutputData());
  if (declared)
    sizes = *declared;
  else if (!shape || shape->size() != axes.size())
    return node.refuse("a size for each of " + std::to_string(axes.size()) + " axes, known when compiling", "another number, or one computed from data");
  for (auto [i, given] : llvm::enumerate(axes)) {
    const int64_t axis = normaliseAxis(given, rank);
    if (axis < 0 || axis >= rank)
      return node.refuse("axes in [" + std::to_string(-rank) + ", " + std::to_string(rank - 1) + "]", std::to_string(given));
    if (!declared)
      sizes[axis] = (*shape)[i];
    // Cut: floor(d / 2) goes at the start; padded: floor(d / 2) comes there.
    auto wanted = constantSize(sizes[axis]), present = constantSize(old[axis]);
    if (!wanted || !present)
      return node.refuse("known sizes along the axes", "symbolic ones: fix them with --dim");
    before[axis] = node.index(*wanted >= *present ? (*wanted - *present) / 2 : -((*present - *wanted) / 2));
  }
  return node.set(op.getOutputData(), pad(node, x, before, sizes, zeroOf(node, x), nullptr));
}

// ---- Tile ----

static LogicalResult lowerTile(Node &node, onnx::TileOp op) {
  Tensor x = node.get(op.getInput());
  std::optional<Sizes> repeats = node.knownScalars(op.getRepeats());
  auto declared = declaredSizes(node, op.getOutput());
  const Sizes old = node.sizes(x);
  Sizes sizes;
  if (declared) {
    sizes = *declared;
  } else {
    if (!repeats || repeats->size() != old.size())
      return node.refuse("a number of repeats for each of " + std::to_string(old.size()) + " dimensions, known when compiling",
                         "another number, or repeats computed from data");
    for (auto [size, repeat] : llvm::zip(old, *repeats))
      sizes.push_back(node.product({size, repeat}));
  }
  SmallVector<Value> extents = indexValues(node, old);
  Tensor y = pull(node, sizes, x.element, [&](Scalars &s, ValueRange place) {
    SmallVector<Value> from;
    for (size_t i = 0; i < place.size(); ++i)
      from.push_back(sameSize(old[i], sizes[i])     ? place[i]
                     : constantSize(old[i]) == 1 ? indexConstant(s, 0)
                                                 : remainder(s, place[i], extents[i]));
    return elementAt(s, x, from);
  });
  return node.set(op.getOutput(), y);
}

void addBorders(OperatorList &list) {
  list.add<onnx::CenterCropPadOp>(lowerCenterCropPad);
  list.add<onnx::PadOp>(lowerPad);
  list.add<onnx::TileOp>(lowerTile);
}

} // namespace motion
