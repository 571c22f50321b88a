// Hardmax:
//   maxima along the axis, the first position that holds one, and 1 where a position is that one
#include "compiler/Linalg/Accumulate.h"
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace motion {

/// 1 at the first maximum (or NaN) along the axis, 0 elsewhere: maxima, then the least position that holds one, then a comparison.
static LogicalResult lowerHardmax(Node &node, onnx::HardmaxOp op) {
  Tensor x = node.get(op.getInput());
  const int64_t rank = x.rank(), axis = normaliseAxis(op.getAxis(), rank);
  AffineMap all = AffineMap::getMultiDimIdentityMap(rank, node.getContext()), kept = withoutAxes(node, rank, {axis});
  Tensor maximum = accumulateAxes(node, x, {axis}, leastValue(node, x.element), [](Scalars &s, ValueRange v, Value best) { return s.max(best, v[0]); });
  Value none = scalarConstant(node, node.getI64Type(), std::ldexp(1.0, 62));
  Tensor first = accumulate(node, {x, maximum}, {all, kept}, node.sizes(maximum), kept, none, [&](Scalars &s, ValueRange v, Value least) {
    Value isNan = arith::CmpFOp::create(s, arith::CmpFPredicate::UNO, v[0], v[0]);
    Value found = arith::OrIOp::create(s, s.equal(v[0], v[1]), isNan);
    Value here = s.fromIndex(linalg::IndexOp::create(s, axis), s.getI64Type());
    return s.min(least, s.select(found, here, s.like(here, std::ldexp(1.0, 62))));
  });
  Tensor y = pointwise(node, x.element, node.sizes(x), {first}, {kept}, [&](Scalars &s, ValueRange v) {
    const Type type = computeType(x.element);
    Value here = s.fromIndex(linalg::IndexOp::create(s, axis), s.getI64Type());
    return s.select(s.equal(here, v[0]), s.constant(type, 1), s.constant(type, 0));
  });
  return node.set(op.getOutput(), y);
}

void addHardmax(OperatorList &list) { list.add<onnx::HardmaxOp>(lowerHardmax); }

} // namespace motion
