// Cast, CastLike, BitCast: the same values, or bits, in another element type.
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

template <typename Op> static LogicalResult lowerCast(Node &node, Op op) {
  Tensor x = node.get(op->getOperand(0));
  const Type to = getElementTypeOrSelf(op->getResult(0).getType());
  if (isa<ComplexType>(to) || isa<ComplexType>(x.element))
    return node.refuse("real element types", "a cast from " + spell(x.element) + " to " + spell(to));
  if (isa<Float8E8M0FNUType>(to) && op.getRoundMode() != "up")
    return node.refuse("round_mode up", op.getRoundMode());
  const bool saturates = isNarrowFloat(to) && to.getIntOrFloatBitWidth() <= 8 && op.getSaturate();
  return node.set(op->getResult(0), convertTensor(node, x, to, saturates));
}

static LogicalResult lowerBitCast(Node &node, onnx::BitCastOp op) {
  Tensor x = node.get(op.getInput());
  const Type to = getElementTypeOrSelf(op.getOutput().getType());
  // Bools are bytes outside.
  if (x.element.isInteger(1) && to.getIntOrFloatBitWidth() == 8)
    return node.set(op.getOutput(), {convertTensor(node, x, node.getIntegerType(8, false)).value, to});
  Type from = storageType(x.element), stored = storageType(to);
  if (from.getIntOrFloatBitWidth() != stored.getIntOrFloatBitWidth())
    return node.refuse("element types of one width", spell(x.element) + " and " + spell(to));
  if (from == stored)
    return node.set(op.getOutput(), {x.value, to});
  FailureOr<Tensor> y = elementwise(node, stored, {{x.value, from}}, [&](Scalars &s, ValueRange v) {
    return arith::BitcastOp::create(s, stored, v[0]).getResult();
  });
  return failed(y) ? failure() : node.set(op.getOutput(), {y->value, to});
}

void addCasts(OperatorList &list) {
  list.add<onnx::BitCastOp>(lowerBitCast);
  list.add<onnx::CastOp>(lowerCast<onnx::CastOp>);
  list.add<onnx::CastLikeOp>(lowerCast<onnx::CastLikeOp>);
}

} // namespace motion
