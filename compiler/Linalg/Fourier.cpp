// DFT and STFT as contractions with a matrix of cosines and sines:
//   onnx.DFT(%x : b x n x 2)  ->  %m = linalg.generic (2n x 2k) {cos, sin}, kernel.contract (b x 2n) (2n x 2k)
// The matrix follows from sizes alone, so that it is a constant of the library, and has all that differs: the inverse, half of the frequencies,
// padding and cutting. Quadratic in the length of the transform.
#include "compiler/Linalg/Contraction.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Pull.h"
#include "compiler/Linalg/Reshaping.h"
#include "dialects/Onnx/OnnxOps.h"
#include <numbers>

using namespace mlir;

namespace motion {
namespace {

struct Transform {
  int64_t inputs = 0, outputs = 0;         ///< elements along the axis, before and after
  int64_t partsIn = 2, partsOut = 2;       ///< 1: real, 2: real and imaginary
  bool inverse = false, half = false;      ///< half: of the frequencies, the others are their conjugates
  OpFoldResult length;                     ///< of the transform
};

/// Row (n, part), column (k, part): what a part of element n adds to a part of element k.
Tensor matrixOf(Node &node, const Transform &t, Type element) {
  Value length = node.createOrFold<arith::MaxSIOp>(node.indexValue(t.length), node.indexValue(node.index(1)));
  const Sizes sizes{node.index(t.inputs * t.partsIn), node.index(t.outputs * t.partsOut)};
  return pull(node, sizes, element, [&](Scalars &s, ValueRange place) {
    const Type f64 = s.getF64Type();
    const auto number = [&](int64_t value) { return indexConstant(s, value); };
    Value n = arith::DivUIOp::create(s, place[0], number(t.partsIn)), partIn = arith::RemUIOp::create(s, place[0], number(t.partsIn));
    Value k = arith::DivUIOp::create(s, place[1], number(t.partsOut)), partOut = arith::RemUIOp::create(s, place[1], number(t.partsOut));
    Value count = s.fromIndex(length, f64), turn = s.fromIndex(arith::RemUIOp::create(s, s.mul(n, k), length), f64);
    Value angle = s.mul(s.div(turn, count), s.constant(f64, (t.inverse ? -2 : 2) * std::numbers::pi));
    Value cosine = math::CosOp::create(s, angle), sine = math::SinOp::create(s, angle);
    // (re + i im) (cos - i sin)
    Value crossed = s.select(s.less(partOut, partIn), sine, s.neg(sine)), value = s.select(s.equal(partIn, partOut), cosine, crossed);
    if (t.inverse)
      value = s.div(value, count);
    Value known = length;
    if (t.inverse && t.half) {
      Value alone = arith::OrIOp::create(s, s.equal(n, number(0)), s.equal(s.mul(n, number(2)), length));
      value = s.select(alone, value, s.mul(value, s.constant(f64, 2)));
      known = s.add(arith::DivUIOp::create(s, length, number(2)), number(1));
    }
    value = s.select(s.less(n, known), value, s.constant(f64, 0));
    return encode(s, convert(s, value, f64, element), element);
  });
}

/// Elements along the last dimension but one, parts along the last one.
FailureOr<Tensor> transformRows(Node &node, const Tensor &x, const Transform &t, Type element) {
  const Type type = computeType(element);
  Sizes sizes = node.sizes(x), flat(ArrayRef(sizes).drop_back(2));
  flat.push_back(node.index(t.inputs * t.partsIn));
  FailureOr<Tensor> y = matmul(node, node.reshape(convertTensor(node, x, type), flat), matrixOf(node, t, type), type);
  if (failed(y))
    return failure();
  sizes[sizes.size() - 2] = node.index(t.outputs);
  sizes.back() = node.index(t.partsOut);
  return convertTensor(node, node.reshape(*y, sizes), element);
}

// ---- DFT ----

/// The transform along an axis; nothing where its sizes are not known or not those that the model declares.
std::optional<Transform> transformAlong(Node &node, onnx::DFTOp op, const Tensor &x, int64_t axis) {
  const Sizes sizes = node.sizes(x);
  auto inputs = constantSize(sizes[axis]), parts = constantSize(sizes.back());
  auto declared = cast<RankedTensorType>(op.getOutput().getType());
  std::optional<Sizes> given = op.getDftLength() ? node.scalars(op.getDftLength()) : std::nullopt;
  if (!inputs || !parts || *inputs < 1 || (*parts != 1 && *parts != 2) || declared.getRank() != x.rank() || (op.getDftLength() && (!given || given->size() != 1)))
    return std::nullopt;
  Transform t{.inputs = *inputs, .partsIn = *parts, .inverse = op.getInverse() != 0, .half = op.getOnesided() != 0, .length = node.index(*inputs)};
  if (t.half && t.inverse)
    t.length = node.index(std::max<int64_t>(1, 2 * (*inputs - 1)));
  if (given)
    t.length = given->front();
  auto length = constantSize(t.length);
  if (length)
    t.outputs = t.half && !t.inverse ? *length / 2 + 1 : *length;
  else if (!declared.isDynamicDim(axis))
    t.outputs = declared.getDimSize(axis);
  if (t.half && t.inverse)
    t.partsOut = 1;
  if (t.outputs < 1 || (length && *length < 1) || (t.half && t.partsIn != (t.inverse ? 2 : 1)))
    return std::nullopt;
  for (int64_t d = 0; d < x.rank(); ++d) {
    const int64_t wanted = d == axis ? t.outputs : d == x.rank() - 1 ? t.partsOut : x.type().getDimSize(d);
    if (!declared.isDynamicDim(d) && !ShapedType::isDynamic(wanted) && declared.getDimSize(d) != wanted)
      return std::nullopt;
  }
  return t;
}

FailureOr<Tensor> dftAlong(Node &node, const Tensor &x, int64_t axis, const Transform &t) {
  SmallVector<int64_t> there = llvm::to_vector(llvm::seq<int64_t>(0, x.rank())), back(x.rank());
  there.erase(there.begin() + axis);
  there.insert(there.end() - 1, axis);
  for (auto [i, dim] : llvm::enumerate(there))
    back[dim] = i;
  FailureOr<Tensor> y = transformRows(node, transpose(node, x, there), t, x.element);
  if (failed(y))
    return failure();
  return transpose(node, *y, back);
}

/// An axis that is known when running only is one of those that fit the declared result: their results are chosen from.
LogicalResult lowerDft(Node &node, onnx::DFTOp op) {
  Tensor x = node.get(op.getInput());
  std::optional<Sizes> given = op.getAxis() ? node.scalars(op.getAxis()) : Sizes{node.index(-2)};
  const int64_t rank = x.rank();
  if (rank < 2 || !x.isFloat() || !given || given->size() != 1)
    return node.refuse("floats with real or complex elements along the last axis, and one axis", spell(x.value.getType()));
  // The suite's cases compare the rounding noise of an algorithm of their own where this one gives zeros.
  if (op.getInverse() && !op.getOnesided())
    return node.refuse("a forward transform, or the onesided inverse", "the inverse of all frequencies");
  const auto known = constantSize(given->front());
  Tensor result;
  for (int64_t axis = 0; axis < rank - 1; ++axis) {
    std::optional<Transform> t = !known || normaliseAxis(*known, rank) == axis ? transformAlong(node, op, x, axis) : std::nullopt;
    if (!t)
      continue;
    FailureOr<Tensor> y = dftAlong(node, x, axis, *t);
    if (failed(y))
      return failure();
    if (!result) {
      result = *y;
      continue;
    }
    AffineMap all = AffineMap::getMultiDimIdentityMap(rank, node.getContext());
    Value at = node.indexValue(given->front());
    result = pointwise(node, x.element, node.sizes(result), {*y, result}, {all, all}, [&](Scalars &s, ValueRange v) {
      Value is = arith::OrIOp::create(s, s.equal(at, indexConstant(s, axis)), s.equal(at, indexConstant(s, axis - rank)));
      return s.select(is, v[0], v[1]);
    });
  }
  if (!result)
    return node.refuse("an axis of known size before the last one, complex elements or (onesided, not inverse) real ones, and a known length",
                       spell(x.value.getType()) + " along " + (known ? std::to_string(*known) : "an axis that is computed from data"));
  return node.set(op.getOutput(), result);
}

// ---- STFT ----

LogicalResult lowerStft(Node &node, onnx::STFTOp op) {
  Tensor x = node.get(op.getSignal()), window = node.get(op.getWindow());
  std::optional<Sizes> step = node.scalars(op.getFrameStep()), length = op.getFrameLength() ? node.scalars(op.getFrameLength()) : std::nullopt;
  if (!length && window)
    length = node.sizes(window);
  const auto declared = declaredSizes(node, op.getOutput());
  if (x.rank() < 2 || x.rank() > 3 || !x.isFloat() || !step || step->size() != 1 || !length || length->size() != 1)
    return node.refuse("a batch of signals, one step, and one frame length or a window", spell(x.value.getType()));
  Sizes sizes = node.sizes(x);
  if (sizes.size() == 2)
    sizes.push_back(node.index(1));
  x = node.reshape(x, sizes);
  const auto signal = constantSize(sizes[1]), parts = constantSize(sizes[2]), fixed = constantSize(length->front()), every = constantSize(step->front());
  Transform t{.partsIn = parts.value_or(0), .half = op.getOnesided() != 0, .length = length->front()};
  int64_t frames = 0;
  if (declared && declared->size() == 4) {
    frames = *constantSize((*declared)[1]);
    t.outputs = *constantSize((*declared)[2]);
  } else if (signal && fixed && every && *every > 0 && *fixed > 0 && *fixed <= *signal) {
    frames = (*signal - *fixed) / *every + 1;
    t.outputs = t.half ? *fixed / 2 + 1 : *fixed;
  }
  // Of a length that is known when running only, half of the frequencies tell all but the last place.
  t.inputs = fixed.value_or(t.half ? 2 * t.outputs - 1 : t.outputs);
  if (!signal || *signal < 1 || t.partsIn < 1 || t.partsIn > 2 || frames < 1 || t.outputs < 1 || t.inputs < 1 ||
      (fixed && t.outputs != (t.half ? *fixed / 2 + 1 : *fixed)) || (window && window.rank() != 1))
    return node.refuse("signals, frames and frequencies whose numbers are known and fit", spell(x.value.getType()) + " for " + spell(op.getOutput().getType()));
  Value extent = node.indexValue(sizes[1]), taken = node.indexValue(length->front()), stride = node.indexValue(step->front());
  Value weights = window ? node.indexValue(node.sizes(window)[0]) : Value();
  Tensor rows = pull(node, {sizes[0], node.index(frames), node.index(t.inputs), node.index(t.partsIn)}, x.element, [&](Scalars &s, ValueRange place) {
    Value at = s.add(s.mul(place[1], stride), place[2]), inside = arith::AndIOp::create(s, s.less(place[2], taken), isInside(s, at, extent));
    Value value = decode(s, elementAt(s, x, {place[0], clampIndex(s, at, extent), place[3]}), x.element);
    if (window)
      value = s.mul(value, convert(s, decode(s, elementAt(s, window, clampIndex(s, place[2], weights)), window.element), window.element, value.getType()));
    return encode(s, s.select(inside, value, s.like(value, 0)), x.element);
  });
  FailureOr<Tensor> y = transformRows(node, rows, t, x.element);
  return failed(y) ? failure() : node.set(op.getOutput(), *y);
}

} // namespace

void addFourier(OperatorList &list) {
  list.add<onnx::DFTOp>(lowerDft);
  list.add<onnx::STFTOp>(lowerStft);
}

} // namespace motion
