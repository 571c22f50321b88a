// Convolutions of any rank:
//   onnx.Conv(%x : bxcxhxw, %w : nxcxkhxkw, %b)  ->  kernel.contract (b, oh, ow, n, c, kh, kw) reading %x as it is, writing channels-last, then the
//   linalg.transpose back, which the stage fuse folds away. Groups are dimensions of their own; depthwise convolutions keep ONNX's layout.
#include "compiler/Linalg/Accumulate.h"
#include "compiler/Linalg/Border.h"
#include "compiler/Linalg/Contraction.h"
#include "compiler/Linalg/Convolution.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Reshaping.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {
namespace {

/// A convolution's loops, in order: batch, spatial output, groups (if several), output channels, input channels, kernel.
struct Convolution {
  Node &node;
  Tensor x, w, bias;
  int64_t groups;
  Window window;

  Tensor build();
  Tensor buildDepthwise();

private:
  AffineExpr dim(unsigned i) { return node.getAffineDimExpr(i); }
  AffineExpr position(unsigned axis, unsigned output, unsigned kernel) { return dim(output) * window[axis].stride + dim(kernel) * window[axis].dilation; }
  /// One entry per dimension of a: `leading` unpadded ones, then the spatial ones; empty when there is no padding at all.
  SmallVector<int64_t> padding(unsigned leading) {
    SmallVector<int64_t> result(leading, -1);
    bool any = false;
    for (const WindowAxis &axis : window) {
      result.push_back(axis.before || axis.after ? axis.before : -1);
      any |= axis.before || axis.after;
    }
    return any ? result : SmallVector<int64_t>();
  }
  /// The first dimension of `tensor`, from `at` on, split into groups.
  Tensor split(const Tensor &tensor, unsigned at) {
    Sizes sizes = node.sizes(tensor);
    sizes[at] = node.apply(dim(0).floorDiv(groups), {sizes[at]});
    sizes.insert(sizes.begin() + at, node.index(groups));
    return node.reshape(tensor, sizes);
  }
};

Tensor Convolution::build() {
  const unsigned spatial = window.size(), grouped = groups > 1;
  const Sizes sizesX = node.sizes(x), sizesW = node.sizes(w);
  const unsigned g = 1 + spatial, n = g + grouped, c = n + 1, kernel = c + 1, loops = kernel + spatial;
  Tensor a = grouped ? split(x, 1) : x, b = grouped ? split(w, 0) : w;
  SmallVector<AffineExpr> mapA{dim(0)}, mapB, mapY{dim(0)}, mapBias;
  Sizes sizes{sizesX[0]};
  for (unsigned i = 0; i < spatial; ++i) {
    sizes.push_back(window[i].output);
    mapY.push_back(dim(1 + i));
  }
  if (grouped) {
    for (auto *map : {&mapA, &mapB, &mapY, &mapBias})
      map->push_back(dim(g));
    sizes.push_back(node.index(groups));
  }
  sizes.push_back(grouped ? node.sizes(b)[1] : sizesW[0]);
  for (auto *map : {&mapB, &mapY, &mapBias})
    map->push_back(dim(n));
  for (auto *map : {&mapA, &mapB})
    map->push_back(dim(c));
  for (unsigned i = 0; i < spatial; ++i) {
    mapA.push_back(position(i, 1 + i, kernel + i));
    mapB.push_back(dim(kernel + i));
  }
  const auto map = [&](ArrayRef<AffineExpr> exprs) { return AffineMap::get(loops, 0, exprs, node.getContext()); };
  SmallVector<AffineMap> maps{map(mapA), map(mapB)};
  Tensor extra = bias && grouped ? split(bias, 0) : bias;
  if (bias)
    maps.push_back(map(mapBias));
  maps.push_back(map(mapY));
  Tensor y = contract(node, a, b, extra, sizes, maps, padding(2 + grouped));
  if (grouped) {
    sizes.erase(sizes.end() - 2, sizes.end());
    sizes.push_back(sizesW[0]);
    y = node.reshape(y, sizes);
  }
  SmallVector<int64_t> back{0, spatial + 1};
  for (unsigned i = 0; i < spatial; ++i)
    back.push_back(1 + i);
  return transpose(node, y, back);
}

Tensor Convolution::buildDepthwise() {
  const unsigned spatial = window.size(), kernel = 2 + spatial, loops = kernel + spatial;
  Sizes sizesX = node.sizes(x), sizesW = node.sizes(w), sizes{sizesX[0], sizesX[1]};
  sizesW.erase(sizesW.begin() + 1);
  SmallVector<AffineExpr> mapA{dim(0), dim(1)}, mapB{dim(1)}, mapY{dim(0), dim(1)}, mapBias{dim(1)};
  for (unsigned i = 0; i < spatial; ++i) {
    sizes.push_back(window[i].output);
    mapA.push_back(position(i, 2 + i, kernel + i));
    mapB.push_back(dim(kernel + i));
    mapY.push_back(dim(2 + i));
  }
  const auto map = [&](ArrayRef<AffineExpr> exprs) { return AffineMap::get(loops, 0, exprs, node.getContext()); };
  SmallVector<AffineMap> maps{map(mapA), map(mapB)};
  if (bias)
    maps.push_back(map(mapBias));
  maps.push_back(map(mapY));
  return contract(node, x, node.reshape(w, sizesW), bias, sizes, maps, padding(2));
}

/// One dimension, and fewer than half of the outputs have all taps inside: the others would be computed row by row.
bool isMostlyBorder(const Window &window) {
  const WindowAxis &axis = window.front();
  auto input = constantSize(axis.input), output = constantSize(axis.output);
  if (window.size() != 1 || !input || !output)
    return false;
  const int64_t first = llvm::divideCeil(std::max<int64_t>(axis.before, 0), axis.stride), room = *input + axis.before - axis.dilation * (axis.kernel - 1) - 1;
  const int64_t inside = room < 0 ? 0 : std::min(room / axis.stride + 1, *output) - first;
  return 2 * inside < *output;
}

LogicalResult lowerConv(Node &node, onnx::ConvOp op) {
  FailureOr<Tensor> y = convolve(node, op, node.get(op.getX()), node.get(op.getW()), node.get(op.getB()));
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

} // namespace

FailureOr<Tensor> convolve(Node &node, Tensor x, const Tensor &w, const Tensor &bias, int64_t groups, WindowAttributes attributes) {
  const std::string shapes = spell(x.value.getType()) + " and " + spell(w.value.getType());
  if (x.rank() < 3 || w.rank() != x.rank())
    return node.refuse("data and weights of one rank from 3 on", shapes);
  const Sizes sizesX = node.sizes(x), sizesW = node.sizes(w);
  SmallVector<int64_t> kernel;
  for (OpFoldResult size : ArrayRef(sizesW).drop_front(2)) {
    if (!constantSize(size))
      return node.refuse("a kernel of fixed size", shapes);
    kernel.push_back(*constantSize(size));
  }
  attributes.kernel = kernel;
  FailureOr<Window> window = makeWindow(node, ArrayRef(sizesX).drop_front(2), attributes);
  if (failed(window))
    return failure();
  auto channels = constantSize(sizesX[1]), outputs = constantSize(sizesW[0]), perGroup = constantSize(sizesW[1]);
  if (groups < 1 || !channels || !outputs || !perGroup || *channels != *perGroup * groups || *outputs % groups)
    return node.refuse("channels that fit group = " + std::to_string(groups), shapes);
  if (bias && (bias.rank() != 1 || !sameSize(node.sizes(bias)[0], sizesW[0])))
    return node.refuse("a bias of " + std::to_string(*outputs) + " elements", spell(bias.value.getType()));
  if (!x.isFloat() || isMostlyBorder(*window)) {
    // Only contractions of floats pad by themselves.
    x = surround(node, x, *window, scalarConstant(node, x.type().getElementType(), 0));
    for (WindowAxis &axis : *window)
      axis.before = axis.after = 0;
  }
  Convolution convolution{node, x, w, bias, groups, *window};
  const bool depthwise = groups > 1 && *perGroup == 1 && *outputs == groups;
  return depthwise ? convolution.buildDepthwise() : convolution.build();
}

void addConvolutions(OperatorList &list) { list.add<onnx::ConvOp>(lowerConv); }

} // namespace motion
