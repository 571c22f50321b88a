// RoiAlign: regions of feature maps, each divided into bins, each bin the mean or maximum of samples between the elements:
//   linalg.generic (region, channel, bin row, bin column) { scf.for over the bin's samples { four tensor.extract } }
// Formulas as in the standard's reference implementation (onnx/reference/ops/op_roi_align.py).
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Pull.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace motion {
namespace {

/// One spatial dimension of a region.
struct Extent {
  Value start, bin;   ///< where the region starts, and how long a bin is, in elements
  Value samples;      ///< per bin, as index
};

/// The two elements that a sample lies between, with their weights; `outside` where it is too far away to count.
struct Neighbours {
  Value low, high, lowWeight, highWeight, outside;
};

Extent extentOf(Scalars &s, Value from, Value to, int64_t bins, onnx::RoiAlignOp op) {
  const bool halfPixel = op.getCoordinateTransformationMode() == "half_pixel";
  Value scale = s.like(from, op.getSpatialScale().convertToDouble()), offset = s.like(from, halfPixel ? 0.5 : 0);
  Value start = s.sub(s.mul(from, scale), offset), length = s.sub(s.sub(s.mul(to, scale), offset), start);
  if (!halfPixel)
    length = s.max(length, s.like(length, 1));
  Value bin = s.div(length, s.like(length, bins));
  if (op.getSamplingRatio() > 0)
    return {start, bin, indexConstant(s, op.getSamplingRatio())};
  return {start, bin, s.max(wholePlace(s, math::CeilOp::create(s, bin)), indexConstant(s, 0))};
}

Neighbours neighbours(Scalars &s, const Extent &extent, Value bin, Value sample, Value size) {
  const Type type = extent.start.getType();
  Value inBin = s.div(s.mul(s.add(s.fromIndex(sample, type), s.constant(type, 0.5)), extent.bin), s.fromIndex(extent.samples, type));
  Value at = s.add(s.add(extent.start, s.mul(s.fromIndex(bin, type), extent.bin)), inBin);
  Value outside = arith::OrIOp::create(s, s.less(at, s.like(at, -1)), s.less(s.fromIndex(size, type), at));
  at = s.max(at, s.like(at, 0));
  Value whole = wholePlace(s, at), low = clampIndex(s, whole, size), high = clampIndex(s, s.add(low, indexConstant(s, 1)), size);
  Value fraction = s.sub(at, s.fromIndex(low, type));
  fraction = s.select(s.equal(low, high), s.like(at, 0), fraction);
  return {low, high, s.sub(s.like(at, 1), fraction), fraction, outside};
}

/// The sample between the rows and columns given; the maximum's is the largest of the weighted elements.
Value sampleAt(Scalars &s, const Tensor &x, Value batch, Value channel, const Neighbours &row, const Neighbours &column, bool largest) {
  Value result;
  for (auto [y, weightY] : {std::pair(row.low, row.lowWeight), std::pair(row.high, row.highWeight)})
    for (auto [x1, weightX] : {std::pair(column.low, column.lowWeight), std::pair(column.high, column.highWeight)}) {
      Value element = decode(s, elementAt(s, x, {batch, channel, y, x1}), x.element), part = s.mul(s.mul(weightY, weightX), element);
      result = !result ? part : largest ? s.max(result, part) : s.add(result, part);
    }
  return s.select(arith::OrIOp::create(s, row.outside, column.outside), s.like(result, 0), result);
}

LogicalResult lowerRoiAlign(Node &node, onnx::RoiAlignOp op) {
  Tensor x = node.get(op.getX()), regions = node.get(op.getRois()), batches = node.get(op.getBatchIndices());
  const bool largest = op.getMode() == "max";
  if (x.rank() != 4 || regions.rank() != 2 || constantSize(node.sizes(regions)[1]) != 4 || llvm::is_contained(x.type().getShape(), 0))
    return node.refuse("feature maps of rank 4 and four coordinates per region", spell(x.value.getType()) + " and " + spell(regions.value.getType()));
  if (batches.rank() != 1 || !sameSize(node.sizes(batches)[0], node.sizes(regions)[0]))
    return node.refuse("one batch index per region", spell(batches.value.getType()) + " for " + spell(regions.value.getType()));
  if (op.getOutputHeight() < 1 || op.getOutputWidth() < 1)
    return node.refuse("output_height and output_width from 1 on", spell({op.getOutputHeight(), op.getOutputWidth()}));
  if (!largest && op.getMode() != "avg")
    return node.refuse("mode avg or max", op.getMode());
  const Sizes sizes = node.sizes(x), result{node.sizes(regions)[0], sizes[1], node.index(op.getOutputHeight()), node.index(op.getOutputWidth())};
  SmallVector<Value> extents = indexValues(node, sizes);
  Tensor y = pull(node, result, x.element, [&](Scalars &s, ValueRange place) {
    const auto coordinate = [&](int64_t i) { return decode(s, elementAt(s, regions, {place[0], indexConstant(s, i)}), regions.element); };
    Extent rows = extentOf(s, coordinate(1), coordinate(3), op.getOutputHeight(), op);
    Extent columns = extentOf(s, coordinate(0), coordinate(2), op.getOutputWidth(), op);
    Value batch = clampIndex(s, toIndex(s, elementAt(s, batches, place[0]), batches.element), extents[0]);
    Value count = s.mul(rows.samples, columns.samples), zero = s.constant(computeType(x.element), 0);
    Value start = largest ? s.like(zero, -std::numeric_limits<double>::infinity()) : zero;
    const auto add = [&](OpBuilder &b, Location loc, Value i, ValueRange known) {
      Scalars t(loc, b);
      Neighbours row = neighbours(t, rows, place[2], arith::DivUIOp::create(t, i, columns.samples), extents[2]);
      Neighbours column = neighbours(t, columns, place[3], arith::RemUIOp::create(t, i, columns.samples), extents[3]);
      Value sample = sampleAt(t, x, batch, place[1], row, column, largest);
      scf::YieldOp::create(t, ValueRange{largest ? t.max(known[0], sample) : t.add(known[0], sample)});
    };
    Value all = scf::ForOp::create(s, indexConstant(s, 0), count, indexConstant(s, 1), ValueRange{start}, add).getResult(0);
    Value none = s.equal(count, indexConstant(s, 0)), number = s.fromIndex(s.max(count, indexConstant(s, 1)), zero.getType());
    return encode(s, s.select(none, zero, largest ? all : s.div(all, number)), x.element);
  });
  return node.set(op.getY(), y);
}

} // namespace

void addRoiAlign(OperatorList &list) { list.add<onnx::RoiAlignOp>(lowerRoiAlign); }

} // namespace motion
