// Activation functions: y = f(x) with parameters from attributes. Formulas are those of the ONNX operator reference.
#include "compiler/Linalg/Unary.h"

using namespace mlir;

namespace motion {

/// x where x > 0, else y; NaN gives y, which must keep it.
static Value whenPositive(Scalars &s, Value x, Value positive, Value other) { return s.select(s.less(s.like(x, 0), x), positive, other); }

static Value expm1(Scalars &s, Value x) { return math::ExpM1Op::create(s, x); }

static Value gelu(Scalars &s, Value x, onnx::GeluOp op) {
  if (op.getApproximate() == "tanh") {
    Value cubed = s.mul(s.mul(x, x), x);
    Value inner = s.mul(s.like(x, 0.7978845608028654), s.add(x, s.mul(s.like(x, 0.044715), cubed)));
    return s.mul(s.mul(s.like(x, 0.5), x), s.add(s.like(x, 1), s.tanh(inner)));
  }
  Value scaled = s.mul(x, s.like(x, 0.7071067811865476));
  return s.mul(s.mul(s.like(x, 0.5), x), s.add(s.like(x, 1), s.erf(scaled)));
}

static Value hardSigmoid(Scalars &s, Value x, double alpha, double beta) {
  Value line = s.add(s.mul(x, s.like(x, alpha)), s.like(x, beta));
  return s.max(s.like(x, 0), s.min(s.like(x, 1), line));
}

static Value celu(Scalars &s, Value x, onnx::CeluOp op) {
  const double alpha = op.getAlpha().convertToDouble();
  Value curve = s.mul(s.like(x, alpha), expm1(s, s.div(x, s.like(x, alpha))));
  return s.add(s.max(x, s.like(x, 0)), s.min(s.like(x, 0), curve));
}

static Value elu(Scalars &s, Value x, onnx::EluOp op) {
  return whenPositive(s, x, x, s.mul(s.like(x, op.getAlpha().convertToDouble()), expm1(s, x)));
}

static Value selu(Scalars &s, Value x, onnx::SeluOp op) {
  Value alpha = s.like(x, op.getAlpha().convertToDouble()), gamma = s.like(x, op.getGamma().convertToDouble());
  return s.mul(gamma, whenPositive(s, x, x, s.mul(alpha, expm1(s, x))));
}

static Value shrink(Scalars &s, Value x, onnx::ShrinkOp op) {
  const double lambda = op.getLambd().convertToDouble(), bias = op.getBias().convertToDouble();
  if (!isFloat(x)) {
    // Integers follow the f32 formula, truncated.
    Value f = arith::SIToFPOp::create(s, s.getF32Type(), x), zero = s.like(f, 0);
    Value above = s.select(s.less(s.like(f, lambda), f), s.sub(f, s.like(f, bias)), zero);
    Value y = s.select(s.less(f, s.like(f, -lambda)), s.add(f, s.like(f, bias)), above);
    return convert(s, y, s.getF32Type(), x.getType());
  }
  Value above = s.select(s.less(s.like(x, lambda), x), s.sub(x, s.like(x, bias)), s.like(x, 0));
  return s.select(s.less(x, s.like(x, -lambda)), s.add(x, s.like(x, bias)), above);
}

static LogicalResult lowerPRelu(Node &node, onnx::PReluOp op) {
  Tensor x = node.get(op.getX()), slope = node.get(op.getSlope());
  const bool positive = isUnsigned(x.element);
  FailureOr<Tensor> y = elementwise(node, x.element, {x, slope}, [&](Scalars &s, ValueRange v) {
    return positive ? v[0] : s.select(s.less(v[0], s.like(v[0], 0)), s.mul(v[0], v[1]), v[0]);
  });
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

void addActivations(OperatorList &list) {
  addUnary<onnx::CeluOp>(list, celu);
  addUnary<onnx::EluOp>(list, elu);
  addUnary<onnx::GeluOp>(list, gelu);
  addUnary<onnx::HardSigmoidOp>(list, [](Scalars &s, Value x, onnx::HardSigmoidOp op) {
    return hardSigmoid(s, x, op.getAlpha().convertToDouble(), op.getBeta().convertToDouble());
  });
  addUnary<onnx::HardSwishOp>(list, [](Scalars &s, Value x) { return s.mul(x, hardSigmoid(s, x, 1.0 / 6, 0.5)); });
  addUnary<onnx::LeakyReluOp>(list, [](Scalars &s, Value x, onnx::LeakyReluOp op) {
    return s.select(s.less(x, s.like(x, 0)), s.mul(x, s.like(x, op.getAlpha().convertToDouble())), x);
  });
  addUnary<onnx::MishOp>(list, [](Scalars &s, Value x) { return s.mul(x, s.tanh(s.softplus(x))); });
  addUnary<onnx::ReluOp>(list, [](Scalars &s, Value x) { return s.max(x, s.like(x, 0)); });
  addUnary<onnx::SeluOp>(list, selu);
  addUnary<onnx::ShrinkOp>(list, shrink);
  addUnary<onnx::SoftplusOp>(list, [](Scalars &s, Value x) { return s.softplus(x); });
  addUnary<onnx::SoftsignOp>(list, [](Scalars &s, Value x) { return s.div(x, s.add(s.like(x, 1), s.abs(x))); });
  addUnary<onnx::SwishOp>(list, [](Scalars &s, Value x, onnx::SwishOp op) {
    return s.mul(x, s.sigmoid(s.mul(x, s.like(x, op.getAlpha().convertToDouble()))));
  });
  addUnary<onnx::ThresholdedReluOp>(list, [](Scalars &s, Value x, onnx::ThresholdedReluOp op) {
    return s.select(s.less(s.like(x, op.getAlpha().convertToDouble()), x), x, s.like(x, 0));
  });
  list.add<onnx::PReluOp>(lowerPRelu);
}

} // namespace motion
