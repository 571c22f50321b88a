// Comparisons, logic of bools, and the choice between two tensors.
#include "compiler/Linalg/Unary.h"

using namespace mlir;

namespace motion {

template <typename Op, typename Function> static void addLogic(OperatorList &list, Function function) {
  list.add<Op>([function](Node &node, Op op) -> LogicalResult {
    Tensor a = node.get(op->getOperand(0)), b = node.get(op->getOperand(1));
    FailureOr<Tensor> y = elementwise(node, node.getI1Type(), {a, b}, [&](Scalars &s, ValueRange v) -> Value {
      return function(s, v[0], v[1], isUnsigned(a.element));
    });
    return failed(y) ? failure() : node.set(op->getResult(0), *y);
  });
}

static LogicalResult lowerWhere(Node &node, onnx::WhereOp op) {
  Tensor condition = node.get(op.getCondition()), x = node.get(op.getX()), y = node.get(op.getY());
  // The choice is between bits: nothing is decoded.
  Tensor a{x.value, storageType(x.element)}, b{y.value, storageType(x.element)};
  FailureOr<Tensor> z = elementwise(node, a.element, {condition, a, b}, [](Scalars &s, ValueRange v) { return s.select(v[0], v[1], v[2]); });
  return failed(z) ? failure() : node.set(op.getOutput(), {z->value, x.element});
}

void addLogicOperators(OperatorList &list) {
  addLogic<onnx::AndOp>(list, [](Scalars &s, Value a, Value b, bool) { return arith::AndIOp::create(s, a, b).getResult(); });
  addLogic<onnx::EqualOp>(list, [](Scalars &s, Value a, Value b, bool) { return s.equal(a, b); });
  addLogic<onnx::GreaterOp>(list, [](Scalars &s, Value a, Value b, bool positive) { return s.less(b, a, positive); });
  addLogic<onnx::GreaterOrEqualOp>(list, [](Scalars &s, Value a, Value b, bool positive) { return s.lessEqual(b, a, positive); });
  addLogic<onnx::LessOp>(list, [](Scalars &s, Value a, Value b, bool positive) { return s.less(a, b, positive); });
  addLogic<onnx::LessOrEqualOp>(list, [](Scalars &s, Value a, Value b, bool positive) { return s.lessEqual(a, b, positive); });
  addLogic<onnx::OrOp>(list, [](Scalars &s, Value a, Value b, bool) { return arith::OrIOp::create(s, a, b).getResult(); });
  addLogic<onnx::XorOp>(list, [](Scalars &s, Value a, Value b, bool) { return arith::XOrIOp::create(s, a, b).getResult(); });
  list.add<onnx::WhereOp>(lowerWhere);
}

} // namespace motion
