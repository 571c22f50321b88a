// Operators of one operand: y = f(x), element by element.
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Unary.h"

using namespace mlir;

namespace motion {

template <typename MathOp> static Value math(Scalars &s, Value x) { return MathOp::create(s, x); }

static Value sign(Scalars &s, Value x, bool isUnsigned) {
  Value zero = s.like(x, 0), one = s.like(x, 1);
  if (isUnsigned)
    return s.min(x, one, true);
  // NaN and both zeros give themselves.
  Value negative = s.select(s.less(x, zero), s.like(x, -1), isFloat(x) ? x : zero);
  return s.select(s.less(zero, x), one, negative);
}

/// Infinities that the attributes ask for, as bool.
static LogicalResult lowerIsInf(Node &node, onnx::IsInfOp op) {
  Tensor x = node.get(op.getX());
  const bool positive = op.getDetectPositive(), negative = op.getDetectNegative();
  FailureOr<Tensor> y = elementwise(node, node.getI1Type(), {x}, [&](Scalars &s, ValueRange v) {
    const double infinity = std::numeric_limits<double>::infinity();
    Value no = s.integer(s.getI1Type(), 0);
    Value above = positive ? s.equal(v[0], s.like(v[0], infinity)) : no;
    Value below = negative ? s.equal(v[0], s.like(v[0], -infinity)) : no;
    return arith::OrIOp::create(s, above, below).getResult();
  });
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

static LogicalResult lowerIsNaN(Node &node, onnx::IsNaNOp op) {
  FailureOr<Tensor> y = elementwise(node, node.getI1Type(), {node.get(op.getX())}, [](Scalars &s, ValueRange v) {
    return arith::CmpFOp::create(s, arith::CmpFPredicate::UNO, v[0], v[0]).getResult();
  });
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

/// The value itself, and what is known about it.
static LogicalResult lowerIdentity(Node &node, onnx::IdentityOp op) {
  if (auto scalars = node.knownScalars(op.getInput()))
    return node.setScalars(op.getOutput(), *scalars);
  return node.set(op.getOutput(), node.get(op.getInput()));
}

void addUnaryOperators(OperatorList &list) {
  addUnary<onnx::AbsOp>(list, [](Scalars &s, Value x, onnx::AbsOp op) { return s.abs(x, hasUnsigned(op)); });
  addUnary<onnx::AcosOp>(list, math<math::AcosOp>);
  addUnary<onnx::AcoshOp>(list, math<math::AcoshOp>);
  addUnary<onnx::AsinOp>(list, math<math::AsinOp>);
  addUnary<onnx::AsinhOp>(list, math<math::AsinhOp>);
  addUnary<onnx::AtanOp>(list, math<math::AtanOp>);
  addUnary<onnx::AtanhOp>(list, math<math::AtanhOp>);
  addUnary<onnx::BitwiseNotOp>(list, [](Scalars &s, Value x) { return arith::XOrIOp::create(s, x, s.integer(x.getType(), -1)).getResult(); });
  addUnary<onnx::CeilOp>(list, math<math::CeilOp>);
  addUnary<onnx::CosOp>(list, math<math::CosOp>);
  addUnary<onnx::CoshOp>(list, math<math::CoshOp>);
  addUnary<onnx::ErfOp>(list, math<math::ErfOp>);
  addUnary<onnx::ExpOp>(list, math<math::ExpOp>);
  addUnary<onnx::FloorOp>(list, math<math::FloorOp>);
  addUnary<onnx::LogOp>(list, math<math::LogOp>);
  addUnary<onnx::NegOp>(list, [](Scalars &s, Value x) { return s.neg(x); });
  addUnary<onnx::NotOp>(list, [](Scalars &s, Value x) { return arith::XOrIOp::create(s, x, s.integer(x.getType(), 1)).getResult(); });
  addUnary<onnx::ReciprocalOp>(list, [](Scalars &s, Value x) { return s.div(s.like(x, 1), x); });
  addUnary<onnx::RoundOp>(list, math<math::RoundEvenOp>);
  addUnary<onnx::SigmoidOp>(list, [](Scalars &s, Value x) { return s.sigmoid(x); });
  addUnary<onnx::SignOp>(list, [](Scalars &s, Value x, onnx::SignOp op) { return sign(s, x, hasUnsigned(op)); });
  addUnary<onnx::SinOp>(list, math<math::SinOp>);
  addUnary<onnx::SinhOp>(list, math<math::SinhOp>);
  addUnary<onnx::SqrtOp>(list, math<math::SqrtOp>);
  addUnary<onnx::TanOp>(list, math<math::TanOp>);
  addUnary<onnx::TanhOp>(list, math<math::TanhOp>);
  list.add<onnx::IdentityOp>(lowerIdentity);
  list.add<onnx::IsInfOp>(lowerIsInf);
  list.add<onnx::IsNaNOp>(lowerIsNaN);
}

} // namespace motion
