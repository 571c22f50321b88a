// Col2Im: the sum of overlapping blocks. Each element of the image collects the block elements that lie on it:
//   y[n, c, i...] = sum over k... of x[n, (c, k...), (i + pad - k dilation) / stride], where that is whole and inside
#include "compiler/Linalg/Pull.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace motion {
namespace {

/// One spatial dimension.
struct Side {
  Value image, block;             ///< sizes
  int64_t stride, before, after, dilation;
};

Value blocksAlong(Scalars &s, const Side &side) {
  Value reach = s.mul(s.sub(side.block, indexConstant(s, 1)), indexConstant(s, side.dilation));
  Value free = s.sub(s.add(side.image, indexConstant(s, side.before + side.after - 1)), reach);
  return s.add(arith::FloorDivSIOp::create(s, free, indexConstant(s, side.stride)), indexConstant(s, 1));
}

/// What block element `k` (of all blocks' sizes, flattened) adds at `place`.
Value contribution(Scalars &s, const Tensor &x, ArrayRef<Side> sides, ValueRange place, Value k, Value blockSize, ArrayRef<Value> extents) {
  Value rest = k, column, exists;
  Value scale = indexConstant(s, 1), flat = indexConstant(s, 0);
  for (size_t dim = sides.size(); dim-- > 0;) {
    const Side &side = sides[dim];
    Value block = s.max(side.block, indexConstant(s, 1)), stride = indexConstant(s, side.stride);
    Value offset = arith::RemUIOp::create(s, rest, block);
    rest = arith::DivUIOp::create(s, rest, block);
    Value at = s.sub(s.add(place[2 + dim], indexConstant(s, side.before)), s.mul(offset, indexConstant(s, side.dilation)));
    column = arith::FloorDivSIOp::create(s, at, stride);
    Value blocks = blocksAlong(s, side), whole = s.equal(s.mul(column, stride), at);
    Value here = arith::AndIOp::create(s, whole, isInside(s, column, blocks));
    exists = exists ? Value(arith::AndIOp::create(s, exists, here)) : here;
    flat = s.add(flat, s.mul(column, scale));
    scale = s.mul(scale, blocks);
  }
  SmallVector<Value> from{place[0], clampIndex(s, s.add(s.mul(place[1], blockSize), k), extents[1]), clampIndex(s, flat, extents[2])};
  Value element = decode(s, elementAt(s, x, from), x.element);
  return s.select(exists, element, s.like(element, 0));
}

LogicalResult lowerCol2Im(Node &node, onnx::Col2ImOp op) {
  Tensor x = node.get(op.getInput());
  std::optional<Sizes> image = node.scalars(op.getImageShape()), block = node.scalars(op.getBlockShape());
  auto declared = declaredSizes(node, op.getOutput());
  if (!declared || !image || !block || x.rank() != 3 || image->size() != block->size() || declared->size() != image->size() + 2)
    return node.refuse("columns of 3 dimensions, and a result of known sizes", spell(x.value.getType()) + " and " + spell(op.getOutput().getType()));
  if (llvm::is_contained(x.type().getShape(), 0))
    return node.refuse("columns with elements", spell(x.value.getType()));
  const size_t count = image->size();
  const auto attribute = [&](std::optional<ArrayRef<int64_t>> given, size_t i, int64_t otherwise) { return given && i < given->size() ? (*given)[i] : otherwise; };
  SmallVector<Side> sides;
  for (size_t i = 0; i < count; ++i) {
    sides.push_back({node.indexValue((*declared)[2 + i]), node.indexValue((*block)[i]), attribute(op.getStrides(), i, 1), attribute(op.getPads(), i, 0),
                     attribute(op.getPads(), count + i, 0), attribute(op.getDilations(), i, 1)});
    if (sides.back().stride < 1)
      return node.refuse("positive strides", std::to_string(sides.back().stride));
  }
  Value blockSize = node.indexValue(node.index(1));
  for (const Side &side : sides)
    blockSize = node.createOrFold<arith::MulIOp>(blockSize, side.block);
  SmallVector<Value> extents = indexValues(node, node.sizes(x));
  Tensor y = pull(node, *declared, x.element, [&](Scalars &s, ValueRange place) {
    Value zero = s.constant(computeType(x.element), 0);
    const auto add = [&](OpBuilder &b, Location loc, Value k, ValueRange sum) {
      Scalars t(loc, b);
      scf::YieldOp::create(t, ValueRange{t.add(sum[0], contribution(t, x, sides, place, k, blockSize, extents))});
    };
    auto loop = scf::ForOp::create(s, indexConstant(s, 0), blockSize, indexConstant(s, 1), ValueRange{zero}, add);
    return encode(s, loop.getResult(0), x.element);
  });
  return node.set(op.getOutput(), y);
}

} // namespace

void addColumns(OperatorList &list) { list.add<onnx::Col2ImOp>(lowerCol2Im); }

} // namespace motion
