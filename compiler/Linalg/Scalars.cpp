// Scalar arithmetic of linalg bodies.
#include "compiler/Linalg/Scalars.h"

using namespace mlir;

namespace motion {

Value Scalars::constant(Type type, double value) {
  if (auto floating = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(*this, getFloatAttr(floating, value));
  return integer(type, static_cast<int64_t>(value));
}

Value Scalars::integer(Type type, int64_t value) {
  if (type.isIndex())
    return arith::ConstantIndexOp::create(*this, value);
  const unsigned width = type.getIntOrFloatBitWidth();
  return arith::ConstantOp::create(*this, IntegerAttr::get(type, APInt(64, value, true).sextOrTrunc(width)));
}

Value Scalars::add(Value a, Value b) {
  return isFloat(a) ? arith::AddFOp::create(*this, a, b, contract).getResult() : arith::AddIOp::create(*this, a, b).getResult();
}

Value Scalars::sub(Value a, Value b) {
  return isFloat(a) ? arith::SubFOp::create(*this, a, b, contract).getResult() : arith::SubIOp::create(*this, a, b).getResult();
}

Value Scalars::mul(Value a, Value b) {
  return isFloat(a) ? arith::MulFOp::create(*this, a, b, contract).getResult() : arith::MulIOp::create(*this, a, b).getResult();
}

Value Scalars::div(Value a, Value b, bool isUnsigned) {
  if (isFloat(a))
    return arith::DivFOp::create(*this, a, b);
  Value zero = integer(b.getType(), 0), one = integer(b.getType(), 1), isZero = equal(b, zero);
  if (isUnsigned) {
    Value quotient = arith::DivUIOp::create(*this, a, select(isZero, one, b));
    return select(isZero, zero, quotient);
  }
  Value isMinusOne = equal(b, integer(b.getType(), -1));
  Value quotient = arith::DivSIOp::create(*this, a, select(isZero, one, select(isMinusOne, one, b)));
  return select(isZero, zero, select(isMinusOne, sub(zero, a), quotient));
}

Value Scalars::neg(Value a) {
  return isFloat(a) ? arith::NegFOp::create(*this, a).getResult() : sub(integer(a.getType(), 0), a);
}

Value Scalars::abs(Value a, bool isUnsigned) {
  if (isFloat(a))
    return math::AbsFOp::create(*this, a);
  return isUnsigned ? a : select(less(a, integer(a.getType(), 0)), neg(a), a);
}

Value Scalars::max(Value a, Value b, bool isUnsigned) {
  if (isFloat(a))
    return arith::MaximumFOp::create(*this, a, b, extremum);
  if (isUnsigned || a.getType().isInteger(1))
    return arith::MaxUIOp::create(*this, a, b);
  return arith::MaxSIOp::create(*this, a, b);
}

Value Scalars::min(Value a, Value b, bool isUnsigned) {
  if (isFloat(a))
    return arith::MinimumFOp::create(*this, a, b, extremum);
  if (isUnsigned || a.getType().isInteger(1))
    return arith::MinUIOp::create(*this, a, b);
  return arith::MinSIOp::create(*this, a, b);
}

Value Scalars::less(Value a, Value b, bool isUnsigned) {
  if (isFloat(a))
    return arith::CmpFOp::create(*this, arith::CmpFPredicate::OLT, a, b);
  const bool zeroExtend = isUnsigned || a.getType().isInteger(1);
  return arith::CmpIOp::create(*this, zeroExtend ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt, a, b);
}

Value Scalars::lessEqual(Value a, Value b, bool isUnsigned) {
  if (isFloat(a))
    return arith::CmpFOp::create(*this, arith::CmpFPredicate::OLE, a, b);
  const bool zeroExtend = isUnsigned || a.getType().isInteger(1);
  return arith::CmpIOp::create(*this, zeroExtend ? arith::CmpIPredicate::ule : arith::CmpIPredicate::sle, a, b);
}

Value Scalars::equal(Value a, Value b) {
  if (isFloat(a))
    return arith::CmpFOp::create(*this, arith::CmpFPredicate::OEQ, a, b);
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::eq, a, b);
}

Value Scalars::notEqual(Value a, Value b) {
  if (isFloat(a))
    return arith::CmpFOp::create(*this, arith::CmpFPredicate::UNE, a, b);
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::ne, a, b);
}

Value Scalars::sigmoid(Value a) { return div(like(a, 1), add(like(a, 1), exp(neg(a)))); }

Value Scalars::softplus(Value a) {
  Value small = math::Log1pOp::create(*this, exp(neg(abs(a))));
  return add(max(a, like(a, 0)), small);
}

Value Scalars::fromIndex(Value index, Type type) {
  if (type.isIndex())
    return index;
  if (isa<IntegerType>(type))
    return arith::IndexCastOp::create(*this, type, index);
  Value integer = arith::IndexCastOp::create(*this, getI64Type(), index);
  return arith::SIToFPOp::create(*this, type, integer);
}

} // namespace motion
