// ConvTranspose with stride s as an ordinary convolution with s times as many outputs per dimension:
//   position p of the uncropped result is s * q + r, tap k of the kernel is s * j + r, and tap j meets the input at q - j. So one kernel.contract
//   (b, q, (r, m), c, j) with the kernel turned round gives all s phases r of all outputs m; they are interleaved by a transpose, then cropped.
// The kernel is rearranged by ops on weights alone. Dilated kernels get zeros between their taps first.
#include "compiler/Linalg/Accumulate.h"
#include "compiler/Linalg/Contraction.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Reshaping.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace motion {

namespace {

/// One spatial dimension.
struct TransposedAxis {
  int64_t kernel, stride = 1, dilation = 1, taps = 0; ///< `taps`: per phase
  int64_t before = 0;                                 ///< cropped at the start
  int64_t early = 0;                                  ///< values of q before 0, where the result starts before all products
  OpFoldResult input, output, places;                             ///< `places`: values of q
};

struct TransposedConvolution {
  Node &node;
  Tensor x, w, bias;
  int64_t groups, perGroup; ///< `perGroup`: output channels
  SmallVector<TransposedAxis> axes;

  Tensor build();

private:
  AffineExpr dim(unsigned i) { return node.getAffineDimExpr(i); }
  Tensor kernel();
  Tensor phases();
  int64_t phaseCount() const {
    int64_t count = 1;
    for (const TransposedAxis &axis : axes)
      count *= axis.stride;
    return count;
  }
};

/// [C, M, kernel...] becomes [groups, taps reversed..., C / groups, (phases..., M)].
Tensor TransposedConvolution::kernel() {
  const unsigned spatial = axes.size();
  Sizes sizes = node.sizes(w), strides(2, node.index(1)), large(sizes.begin(), sizes.begin() + 2);
  Sizes split{node.index(groups), node.apply(dim(0).floorDiv(groups), {sizes[0]}), sizes[1]}, turned{split[0]}, flat{split[0]};
  for (const TransposedAxis &axis : axes) {
    strides.push_back(node.index(axis.dilation));
    large.push_back(node.index(axis.taps * axis.stride));
    split.append({node.index(axis.taps), node.index(axis.stride)});
    turned.push_back(node.index(axis.taps));
    flat.push_back(node.index(axis.taps));
  }
  Scalars s(node.getLoc(), node);
  Value zeros = node.filled(large, s.constant(w.type().getElementType(), 0));
  Value spread = tensor::InsertSliceOp::create(node, w.value, zeros, Sizes(sizes.size(), node.index(0)), sizes, strides);
  Tensor phased = node.reshape({spread, w.element}, split);
  // Loops of the result: group, taps..., input channel, phases..., output channel.
  const unsigned loops = 3 + 2 * spatial, channel = 1 + spatial, output = loops - 1;
  SmallVector<AffineExpr> read{dim(0), dim(channel), dim(output)};
  turned.push_back(split[1]);
  for (auto [i, axis] : llvm::enumerate(axes)) {
    read.append({(axis.taps - 1) - dim(1 + i), dim(channel + 1 + i)});
    turned.push_back(node.index(axis.stride));
  }
  turned.push_back(split[2]);
  Tensor arranged = pointwise(node, w.element, turned, {phased}, {AffineMap::get(loops, 0, read, node.getContext())}, [](Scalars &, ValueRange v) { return v[0]; });
  flat.append({split[1], node.index(phaseCount() * perGroup)});
  return node.reshape(arranged, flat);
}

/// All phases: [batch, places..., groups, (phases..., outputs)].
Tensor TransposedConvolution::phases() {
  const unsigned spatial = axes.size(), g = 1 + spatial, n = g + 1, c = n + 1, tap = c + 1, loops = tap + spatial;
  Sizes sizesX = node.sizes(x), sizes{sizesX[0]}, split{sizesX[0], node.index(groups), node.apply(dim(0).floorDiv(groups), {sizesX[1]})};
  split.append(sizesX.begin() + 2, sizesX.end());
  SmallVector<AffineExpr> mapA{dim(0), dim(g), dim(c)}, mapB{dim(g)}, mapY{dim(0)};
  SmallVector<int64_t> padding(3, -1);
  for (auto [i, axis] : llvm::enumerate(axes)) {
    sizes.push_back(axis.places);
    mapA.push_back(dim(1 + i) + dim(tap + i));
    mapB.push_back(dim(tap + i));
    mapY.push_back(dim(1 + i));
    padding.push_back(axis.taps - 1 + axis.early);
  }
  sizes.append({node.index(groups), node.index(phaseCount() * perGroup)});
  mapB.append({dim(c), dim(n)});
  mapY.append({dim(g), dim(n)});
  const auto map = [&](ArrayRef<AffineExpr> exprs) { return AffineMap::get(loops, 0, exprs, node.getContext()); };
  return contract(node, node.reshape(x, split), kernel(), {}, sizes, {map(mapA), map(mapB), map(mapY)}, padding);
}

Tensor TransposedConvolution::build() {
  const unsigned spatial = axes.size();
  Tensor all = phases();
  Sizes sizes = node.sizes(all), split(sizes.begin(), sizes.begin() + 2 + spatial), woven{sizes[0]}, offsets(2, node.index(0)), cropped;
  woven.push_back(node.index(groups * perGroup));
  cropped = woven;
  // [batch, places..., groups, phases..., outputs] -> [batch, groups, outputs, (place, phase)...]
  SmallVector<int64_t> order{0, spatial + 1, 2 * spatial + 2};
  for (auto [i, axis] : llvm::enumerate(axes)) {
    split.push_back(node.index(axis.stride));
    woven.push_back(node.apply(dim(0) * axis.stride, {axis.places}));
    offsets.push_back(node.index(axis.before));
    cropped.push_back(axis.output);
    order.append({int64_t(1 + i), int64_t(spatial + 2 + i)});
  }
  split.push_back(node.index(perGroup));
  Tensor y = node.reshape(transpose(node, node.reshape(all, split), order), woven);
  bool whole = true;
  for (auto [from, before, after] : llvm::zip(offsets, woven, cropped))
    whole &= constantSize(from) == 0 && sameSize(before, after);
  if (!whole) {
    Value slice = tensor::ExtractSliceOp::create(node, y.value, offsets, cropped, Sizes(cropped.size(), node.index(1)));
    node.getValues().sizes[slice] = cropped;
    y = {slice, y.element};
  }
  if (!bias)
    return y;
  AffineMap identity = AffineMap::getMultiDimIdentityMap(y.rank(), node.getContext()), channel = AffineMap::get(y.rank(), 0, dim(1), node.getContext());
  return pointwise(node, y.element, cropped, {y, bias}, {identity, channel}, [](Scalars &s, ValueRange v) { return s.add(v[0], v[1]); });
}

// ---- Attributes ----

int64_t entry(std::optional<ArrayRef<int64_t>> values, size_t i, int64_t otherwise) { return values && i < values->size() ? (*values)[i] : otherwise; }

/// Padding and output size of dimension i.
LogicalResult describeAxis(Node &node, onnx::ConvTransposeOp op, size_t i, size_t rank, TransposedAxis &axis) {
  const bool same = op.getAutoPad().starts_with("SAME");
  const int64_t reach = (axis.kernel - 1) * axis.dilation + 1 + entry(op.getOutputPadding(), i, 0), stride = axis.stride;
  const auto input = constantSize(axis.input);
  const int64_t wanted = entry(op.getOutputShape(), i, -1);
  if (wanted >= 0 || same) {
    if (!input)
      return node.refuse("spatial dimensions that are known when compiling, for output_shape or auto_pad", "an unknown dimension: fix it with --dim");
    const int64_t output = wanted >= 0 ? wanted : *input * stride, total = (*input - 1) * stride + reach - output;
    const int64_t half = llvm::divideFloorSigned(total, int64_t(2));
    axis.before = op.getAutoPad() == "SAME_UPPER" ? half : total - half;
    if (wanted >= 0 && op.getPads() && !same)
      axis.before = entry(op.getPads(), i, 0);
    axis.output = node.index(output);
  } else {
    const bool explicitly = op.getAutoPad() == "NOTSET";
    axis.before = explicitly ? entry(op.getPads(), i, 0) : 0;
    const int64_t after = explicitly ? entry(op.getPads(), rank + i, 0) : 0;
    axis.output = node.apply((node.getAffineDimExpr(0) - 1) * stride + (reach - axis.before - after), {axis.input});
  }
  if (constantSize(axis.output).value_or(1) <= 0)
    return node.refuse("an output of at least one element", std::to_string(*constantSize(axis.output)));
  if (axis.before < 0) {
    axis.early = llvm::divideCeil(-axis.before, stride);
    axis.before += axis.early * stride;
  }
  axis.taps = llvm::divideCeil((axis.kernel - 1) * axis.dilation + 1, stride);
  axis.places = node.apply((node.getAffineDimExpr(0) + axis.before).ceilDiv(stride), {axis.output});
  return success();
}

LogicalResult lowerConvTranspose(Node &node, onnx::ConvTransposeOp op) {
  Tensor x = node.get(op.getX()), w = node.get(op.getW()), bias = node.get(op.getB());
  if (x.rank() < 3 || w.rank() != x.rank() || !w.type().hasStaticShape() || op.getGroup() <= 0 || w.type().getDimSize(0) % op.getGroup() != 0)
    return node.refuse("data and weights of one rank from 3 on, weights of fixed size, channels that are a multiple of group",
                       spell(op.getX().getType()) + " and " + spell(op.getW().getType()));
  const int64_t outputs = w.type().getDimSize(1) * op.getGroup();
  if (bias && (bias.rank() != 1 || constantSize(node.sizes(bias)[0]) != outputs))
    return node.refuse("a bias of " + std::to_string(outputs) + " elements", spell(bias.value.getType()));
  const Sizes sizes = node.sizes(x);
  const size_t rank = x.rank() - 2;
  SmallVector<TransposedAxis> axes(rank);
  for (size_t i = 0; i < rank; ++i) {
    TransposedAxis &axis = axes[i];
    axis.kernel = w.type().getDimSize(2 + i);
    axis.stride = entry(op.getStrides(), i, 1);
    axis.dilation = entry(op.getDilations(), i, 1);
    axis.input = sizes[2 + i];
    if (axis.stride <= 0 || axis.dilation <= 0)
      return node.refuse("strides and dilations above 0", std::to_string(axis.stride) + " and " + std::to_string(axis.dilation));
    if (failed(describeAxis(node, op, i, rank, axis)))
      return failure();
  }
  return node.set(op.getY(), TransposedConvolution{node, x, w, bias, op.getGroup(), w.type().getDimSize(1), axes}.build());
}

} // namespace

void addTransposedConvolutions(OperatorList &list) { list.add<onnx::ConvTransposeOp>(lowerConvTranspose); }

} // namespace motion
