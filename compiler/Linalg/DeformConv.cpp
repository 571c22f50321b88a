// DeformConv: a convolution whose window's elements are read at places that are data, between the elements of the input:
//   %c = linalg.generic (batch, channel, kernel..., output...) { elements around output * stride + kernel * dilation - pad + offset, times mask }
//   a convolution of 1 x 1 over %c : batch x (channel, kernel...) x output...
#include "compiler/Linalg/Convolution.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Pull.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {
namespace {

/// The places of a sample's window, as data.
struct Offsets {
  Tensor offset, mask;
  int64_t channelsPerGroup;
};

/// The element of x at `at`, whose entries from the third on are numbers: interpolated, and 0 outside.
Value interpolate(Scalars &s, const Tensor &x, ArrayRef<Value> at, ArrayRef<Value> extents) {
  const size_t spatial = at.size() - 2;
  SmallVector<Value> low, fraction;
  for (Value number : at.drop_front(2)) {
    Value below = math::FloorOp::create(s, number);
    low.push_back(wholePlace(s, below));
    fraction.push_back(s.sub(number, below));
  }
  Value sum;
  for (size_t corner = 0; corner < size_t(1) << spatial; ++corner) {
    SmallVector<Value> place(at.take_front(2));
    Value weight, inside;
    for (size_t d = 0; d < spatial; ++d) {
      const bool above = corner >> d & 1;
      Value position = above ? s.add(low[d], indexConstant(s, 1)) : low[d], part = above ? fraction[d] : s.sub(s.like(fraction[d], 1), fraction[d]);
      Value here = isInside(s, position, extents[2 + d]);
      place.push_back(clampIndex(s, position, extents[2 + d]));
      weight = weight ? s.mul(weight, part) : part;
      inside = inside ? arith::AndIOp::create(s, inside, here).getResult() : here;
    }
    Value element = decode(s, elementAt(s, x, place), x.element), zero = s.like(element, 0);
    Value part = s.select(inside, s.mul(element, weight), zero);
    sum = sum ? s.add(sum, part) : part;
  }
  return sum;
}

/// What the windows see: batch, channel, kernel..., output...
Tensor sampled(Node &node, const Tensor &x, const Window &window, const Offsets &by) {
  const size_t spatial = window.size();
  Sizes sizes = node.sizes(x);
  SmallVector<Value> extents = indexValues(node, sizes);
  sizes.truncate(2);
  for (const WindowAxis &axis : window)
    sizes.push_back(node.index(axis.kernel));
  for (const WindowAxis &axis : window)
    sizes.push_back(axis.output);
  return pull(node, sizes, x.element, [&](Scalars &s, ValueRange place) {
    const ValueRange taps = place.slice(2, spatial), outputs = place.drop_front(2 + spatial);
    // The flat number of the group and the tap.
    Value tap = arith::DivUIOp::create(s, place[1], indexConstant(s, by.channelsPerGroup));
    for (size_t d = 0; d < spatial; ++d)
      tap = s.add(s.mul(tap, indexConstant(s, window[d].kernel)), taps[d]);
    SmallVector<Value> from{place[0], {}}, at{place[0], place[1]};
    llvm::append_range(from, outputs);
    for (size_t d = 0; d < spatial; ++d) {
      from[1] = s.add(s.mul(tap, indexConstant(s, spatial)), indexConstant(s, d));
      Value offset = decode(s, elementAt(s, by.offset, from), by.offset.element);
      Value start = s.sub(s.add(s.mul(outputs[d], indexConstant(s, window[d].stride)), s.mul(taps[d], indexConstant(s, window[d].dilation))),
                          indexConstant(s, window[d].before));
      at.push_back(s.add(s.fromIndex(start, offset.getType()), offset));
    }
    Value value = interpolate(s, x, at, extents);
    if (by.mask) {
      from[1] = tap;
      value = s.mul(value, decode(s, elementAt(s, by.mask, from), by.mask.element));
    }
    return encode(s, value, x.element);
  });
}

LogicalResult lowerDeformConv(Node &node, onnx::DeformConvOp op) {
  Tensor x = node.get(op.getX()), w = node.get(op.getW()), offset = node.get(op.getOffset()), mask = node.get(op.getMask());
  const int64_t groups = op.getOffsetGroup();
  const Sizes sizes = node.sizes(x), weights = node.sizes(w);
  const auto channels = constantSize(sizes.size() > 1 ? sizes[1] : node.index(0));
  std::optional<SmallVector<int64_t>> kernel = getConstantIntValues(ArrayRef(weights).drop_front(std::min<size_t>(2, weights.size())));
  if (x.rank() < 3 || w.rank() != x.rank() || offset.rank() != x.rank() || (mask && mask.rank() != x.rank()) || !kernel || !channels || groups < 1 ||
      *channels % groups || llvm::is_contained(x.type().getShape(), 0))
    return node.refuse("data, weights of fixed size, and offsets of one rank from 3 on, and channels that fit offset_group",
                       spell(x.value.getType()) + ", " + spell(w.value.getType()) + " and " + spell(offset.value.getType()));
  WindowAttributes attributes;
  attributes.kernel = *kernel;
  attributes.strides = op.getStrides().value_or(ArrayRef<int64_t>());
  attributes.dilations = op.getDilations().value_or(ArrayRef<int64_t>());
  attributes.pads = op.getPads().value_or(ArrayRef<int64_t>());
  FailureOr<Window> window = makeWindow(node, ArrayRef(sizes).drop_front(2), attributes);
  if (failed(window))
    return failure();
  const int64_t taps = llvm::product_of(*kernel) * groups;
  Sizes output{sizes[0], node.index(taps)};
  for (const WindowAxis &axis : *window)
    output.push_back(axis.output);
  Sizes offsets = output;
  offsets[1] = node.index(taps * window->size());
  if (!llvm::equal(node.sizes(offset), offsets, sameSize) || (mask && !llvm::equal(node.sizes(mask), output, sameSize)))
    return node.refuse("an offset per tap and dimension, and a mask per tap, for every place of the result", spell(offset.value.getType()));
  Tensor columns = sampled(node, x, *window, {offset, mask, *channels / groups});
  output[1] = node.index(*channels * llvm::product_of(*kernel));
  Sizes flat(x.rank(), node.index(1));
  flat[0] = weights[0];
  flat[1] = node.product(ArrayRef(weights).drop_front(1));
  FailureOr<Tensor> y = convolve(node, node.reshape(columns, output), node.reshape(w, flat), node.get(op.getB()), op.getGroup(), {});
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

} // namespace

void addDeformConv(OperatorList &list) { list.add<onnx::DeformConvOp>(lowerDeformConv); }

} // namespace motion
