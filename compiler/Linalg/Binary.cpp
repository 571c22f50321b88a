// Arithmetic of two and more operands, with broadcasting: Add ... Pow, Mod, BitShift, Max, Min, Sum, Mean, Clip.
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Unary.h"

using namespace mlir;

namespace motion {

template <typename Op, typename Function> static void addBinary(OperatorList &list, Function function) {
  list.add<Op>([function](Node &node, Op op) -> LogicalResult {
    Tensor a = node.get(op->getOperand(0)), b = node.get(op->getOperand(1));
    FailureOr<Tensor> y = elementwise(node, a.element, {a, b}, [&](Scalars &s, ValueRange v) -> Value {
      return function(s, v[0], v[1], isUnsigned(a.element));
    });
    return failed(y) ? failure() : node.set(op->getResult(0), *y);
  });
}

/// One linalg.generic for all operands, folded from the left.
template <typename Op, typename Function> static void addVariadic(OperatorList &list, Function function, bool mean = false) {
  list.add<Op>([function, mean](Node &node, Op op) -> LogicalResult {
    SmallVector<Tensor> inputs;
    for (Value operand : op->getOperands())
      inputs.push_back(node.get(operand));
    const Type element = inputs.front().element;
    FailureOr<Tensor> y = elementwise(node, element, inputs, [&](Scalars &s, ValueRange v) -> Value {
      Value result = v[0];
      for (Value next : v.drop_front())
        result = function(s, result, next, isUnsigned(element));
      return mean ? s.div(result, s.like(result, inputs.size())) : result;
    });
    return failed(y) ? failure() : node.set(op->getResult(0), *y);
  });
}

/// The remainder with the sign of a (fmod). Floats: by a quotient in f64, exact while it has less than 53 bits.
static Value truncatedRemainder(Scalars &s, Value a, Value b, bool isUnsigned) {
  if (!isFloat(a))
    return s.sub(a, s.mul(s.div(a, b, isUnsigned), b));
  const Type type = a.getType(), f64 = s.getF64Type();
  Value x = type.isF64() ? a : arith::ExtFOp::create(s, f64, a).getResult();
  Value y = type.isF64() ? b : arith::ExtFOp::create(s, f64, b).getResult();
  Value quotient = math::TruncOp::create(s, s.div(x, y));
  Value r = math::FmaOp::create(s, s.neg(quotient), y, x);
  // A rounded quotient may be one too large.
  Value zero = s.like(x, 0), wrong = s.less(s.mul(r, x), zero);
  Value sameSign = arith::CmpIOp::create(s, arith::CmpIPredicate::eq, s.less(x, zero), s.less(y, zero));
  r = s.select(wrong, s.add(r, s.select(sameSign, y, s.neg(y))), r);
  Value infinite = s.equal(s.abs(y), s.like(y, std::numeric_limits<double>::infinity()));
  Value finite = s.less(s.abs(x), s.like(x, std::numeric_limits<double>::infinity()));
  r = s.select(arith::AndIOp::create(s, infinite, finite), x, r);
  r = math::CopySignOp::create(s, r, x);
  return type.isF64() ? r : arith::TruncFOp::create(s, type, r).getResult();
}

/// The remainder with the sign of b (Python's %).
static Value flooredRemainder(Scalars &s, Value a, Value b, bool isUnsigned) {
  Value r = truncatedRemainder(s, a, b, isUnsigned);
  if (isUnsigned)
    return r;
  Value zero = s.like(r, 0);
  Value differ = arith::XOrIOp::create(s, s.less(r, zero), s.less(b, zero));
  return s.select(arith::AndIOp::create(s, s.notEqual(r, zero), differ), s.add(r, b), r);
}

static LogicalResult lowerMod(Node &node, onnx::ModOp op) {
  Tensor a = node.get(op.getA()), b = node.get(op.getB());
  FailureOr<Tensor> y = elementwise(node, a.element, {a, b}, [&](Scalars &s, ValueRange v) {
    return op.getFmod() ? truncatedRemainder(s, v[0], v[1], isUnsigned(a.element)) : flooredRemainder(s, v[0], v[1], isUnsigned(a.element));
  });
  return failed(y) ? failure() : node.set(op.getC(), *y);
}

/// Shifts by the width or more give 0 (or the sign, to the right); a negative amount counts as such a shift.
static LogicalResult lowerBitShift(Node &node, onnx::BitShiftOp op) {
  Tensor x = node.get(op.getX()), amount = node.get(op.getY());
  const bool left = op.getDirection() == "LEFT", positive = isUnsigned(x.element);
  if (!left && op.getDirection() != "RIGHT")
    return node.refuse("direction LEFT or RIGHT", op.getDirection());
  FailureOr<Tensor> y = elementwise(node, x.element, {x, amount}, [&](Scalars &s, ValueRange v) {
    Type type = v[0].getType();
    const unsigned width = type.getIntOrFloatBitWidth();
    Value tooFar = arith::CmpIOp::create(s, arith::CmpIPredicate::uge, v[1], s.integer(type, width));
    Value safe = s.select(tooFar, s.integer(type, width - 1), v[1]);
    if (!left && !positive)
      return arith::ShRSIOp::create(s, v[0], safe).getResult();
    Value shifted = left ? arith::ShLIOp::create(s, v[0], safe).getResult() : arith::ShRUIOp::create(s, v[0], safe).getResult();
    return s.select(tooFar, s.integer(type, 0), shifted);
  });
  return failed(y) ? failure() : node.set(op.getZ(), *y);
}

/// base^exponent of integers by squaring; a negative exponent gives 1/base^n truncated.
static Value integerPower(Scalars &s, Value base, Value exponent) {
  Type type = base.getType();
  Value zero = s.integer(type, 0), one = s.integer(type, 1), result = one, factor = base, rest = exponent;
  for (unsigned bit = 0; bit < std::min(6u, type.getIntOrFloatBitWidth() - 1); ++bit) {
    Value odd = s.notEqual(arith::AndIOp::create(s, rest, one), zero);
    result = s.select(odd, s.mul(result, factor), result);
    factor = s.mul(factor, factor);
    rest = arith::ShRUIOp::create(s, rest, one);
  }
  Value minusOne = s.integer(type, -1);
  Value sign = s.select(s.notEqual(arith::AndIOp::create(s, exponent, one), zero), minusOne, one);
  Value inverse = s.select(s.equal(base, one), one, s.select(s.equal(base, minusOne), sign, zero));
  return s.select(s.less(exponent, zero), inverse, result);
}

/// The exponent that all elements have, when it is known now.
static std::optional<double> constantExponent(const Tensor &exponent) {
  Value scalar = uniformScalar(exponent.value);
  FloatAttr value;
  IntegerAttr integer;
  if (scalar && !isNarrowFloat(exponent.element) && matchPattern(scalar, m_Constant(&value)))
    return value.getValueAsDouble();
  if (scalar && !exponent.isFloat() && matchPattern(scalar, m_Constant(&integer)))
    return static_cast<double>(integer.getInt());
  return std::nullopt;
}

static Value power(Scalars &s, Value x, Value y, std::optional<double> known) {
  if (!isFloat(x))
    return integerPower(s, x, y);
  if (known == 2)
    return s.mul(x, x);
  if (known == 1)
    return x;
  if (known == 3)
    return s.mul(s.mul(x, x), x);
  if (known == -1)
    return s.div(s.like(x, 1), x);
  return math::PowFOp::create(s, x, y);
}

static LogicalResult lowerPow(Node &node, onnx::PowOp op) {
  Tensor x = node.get(op.getX()), exponent = node.get(op.getY());
  const std::optional<double> known = constantExponent(exponent);
  FailureOr<Tensor> y = elementwise(node, x.element, {x, exponent}, [&](Scalars &s, ValueRange v) {
    if (!x.isFloat() && exponent.isFloat()) {
      // An integer to a fractional power, in f64 and back.
      Value base = convert(s, v[0], x.element, s.getF64Type()), e = convert(s, v[1], exponent.element, s.getF64Type());
      return convert(s, power(s, base, e, known), s.getF64Type(), x.element);
    }
    return power(s, v[0], convert(s, v[1], exponent.element, x.element), known);
  });
  return failed(y) ? failure() : node.set(op.getZ(), *y);
}

static LogicalResult lowerClip(Node &node, onnx::ClipOp op) {
  Tensor x = node.get(op.getInput()), low = node.get(op.getMin()), high = node.get(op.getMax());
  const bool positive = isUnsigned(x.element);
  SmallVector<Tensor> inputs{x};
  for (const Tensor &bound : {low, high})
    if (bound)
      inputs.push_back(bound);
  FailureOr<Tensor> y = elementwise(node, x.element, inputs, [&](Scalars &s, ValueRange v) {
    Value result = v[0];
    unsigned next = 1;
    if (low)
      result = s.max(result, v[next++], positive);
    return high ? s.min(result, v[next], positive) : result;
  });
  return failed(y) ? failure() : node.set(op.getOutput(), *y);
}

void addBinaryOperators(OperatorList &list) {
  const auto add = [](Scalars &s, Value a, Value b, bool) { return s.add(a, b); };
  addBinary<onnx::AddOp>(list, add);
  addBinary<onnx::DivOp>(list, [](Scalars &s, Value a, Value b, bool positive) { return s.div(a, b, positive); });
  addBinary<onnx::MulOp>(list, [](Scalars &s, Value a, Value b, bool) { return s.mul(a, b); });
  addBinary<onnx::SubOp>(list, [](Scalars &s, Value a, Value b, bool) { return s.sub(a, b); });
  addBinary<onnx::BitwiseAndOp>(list, [](Scalars &s, Value a, Value b, bool) { return arith::AndIOp::create(s, a, b).getResult(); });
  addBinary<onnx::BitwiseOrOp>(list, [](Scalars &s, Value a, Value b, bool) { return arith::OrIOp::create(s, a, b).getResult(); });
  addBinary<onnx::BitwiseXorOp>(list, [](Scalars &s, Value a, Value b, bool) { return arith::XOrIOp::create(s, a, b).getResult(); });
  addVariadic<onnx::MaxOp>(list, [](Scalars &s, Value a, Value b, bool positive) { return s.max(a, b, positive); });
  addVariadic<onnx::MeanOp>(list, add, /*mean=*/true);
  addVariadic<onnx::MinOp>(list, [](Scalars &s, Value a, Value b, bool positive) { return s.min(a, b, positive); });
  addVariadic<onnx::SumOp>(list, add);
  list.add<onnx::BitShiftOp>(lowerBitShift);
  list.add<onnx::ClipOp>(lowerClip);
  list.add<onnx::ModOp>(lowerMod);
  list.add<onnx::PowOp>(lowerPow);
}

} // namespace motion
