// Operators of the formula language: C++ expressions in, arith and math operations out.
#include "compiler/Lower/MathBuilder.h"

using namespace mlir;
using namespace motion::formula;

static bool isReal(Expr a) { return isa<FloatType>(getElementTypeOrSelf(a.v.getType())); }

template <typename FloatOp, typename IntOp>
static Expr binary(Expr a, Expr b) {
  Math &m = *a.m;
  return m.wrap(isReal(a) ? Value(FloatOp::create(m.b, m.loc, a.v, b.v)) : Value(IntOp::create(m.b, m.loc, a.v, b.v)));
}

namespace motion::formula {
Expr operator+(Expr a, Expr b) { return binary<arith::AddFOp, arith::AddIOp>(a, b); }
Expr operator-(Expr a, Expr b) { return binary<arith::SubFOp, arith::SubIOp>(a, b); }
Expr operator*(Expr a, Expr b) { return binary<arith::MulFOp, arith::MulIOp>(a, b); }
Expr operator/(Expr a, Expr b) { return a.m->wrap(arith::DivFOp::create(a.m->b, a.m->loc, a.v, b.v)); }
Expr operator-(Expr a) { return a.m->wrap(arith::NegFOp::create(a.m->b, a.m->loc, a.v)); }
Expr operator&(Expr a, Expr b) { return a.m->wrap(arith::AndIOp::create(a.m->b, a.m->loc, a.v, b.v)); }
Expr operator|(Expr a, Expr b) { return a.m->wrap(arith::OrIOp::create(a.m->b, a.m->loc, a.v, b.v)); }
Expr operator^(Expr a, Expr b) { return a.m->wrap(arith::XOrIOp::create(a.m->b, a.m->loc, a.v, b.v)); }
Expr operator<<(Expr a, int64_t count) { return a.m->wrap(arith::ShLIOp::create(a.m->b, a.m->loc, a.v, a.m->integer(count).v)); }
Expr operator>>(Expr a, int64_t count) { return a.m->wrap(arith::ShRSIOp::create(a.m->b, a.m->loc, a.v, a.m->integer(count).v)); }

static Expr compare(Expr a, Expr b, arith::CmpFPredicate real, arith::CmpIPredicate integer) {
  Math &m = *a.m;
  return m.wrap(isReal(a) ? Value(arith::CmpFOp::create(m.b, m.loc, real, a.v, b.v)) : Value(arith::CmpIOp::create(m.b, m.loc, integer, a.v, b.v)));
}
Expr operator<(Expr a, Expr b) { return compare(a, b, arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt); }
Expr operator>(Expr a, Expr b) { return compare(a, b, arith::CmpFPredicate::OGT, arith::CmpIPredicate::sgt); }
Expr operator==(Expr a, Expr b) { return compare(a, b, arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq); }
Expr operator!=(Expr a, Expr b) { return compare(a, b, arith::CmpFPredicate::UNE, arith::CmpIPredicate::ne); }

Math::Math(OpBuilder &b, Location loc, Type type) : b(b), loc(loc), type(type) {
  wide = getElementTypeOrSelf(type).isF64();
  mantissa = wide ? 52 : 23;
  bias = wide ? 1023 : 127;
  Type element = b.getIntegerType(wide ? 64 : 32);
  auto vector = dyn_cast<VectorType>(type);
  intType = vector ? Type(VectorType::get(vector.getShape(), element)) : element;
}

Expr Math::constant(Type type, double value) {
  TypedAttr attr = b.getFloatAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    attr = SplatElementsAttr::get(vector, Attribute(attr));
  return wrap(arith::ConstantOp::create(b, loc, attr));
}

Expr Math::integer(int64_t value) {
  TypedAttr attr = b.getIntegerAttr(getElementTypeOrSelf(intType), value);
  if (auto vector = dyn_cast<VectorType>(intType))
    attr = SplatElementsAttr::get(vector, Attribute(attr));
  return wrap(arith::ConstantOp::create(b, loc, attr));
}

Expr Math::fma(Expr x, Expr y, Expr z) { return wrap(math::FmaOp::create(b, loc, x.v, y.v, z.v)); }

Expr Math::polynomial(Expr x, const Table &table) {
  ArrayRef<double> coefficients = wide ? table.wide : table.single;
  Expr result = real(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    result = fma(result, x, real(coefficient));
  return result;
}

Expr Math::select(Expr condition, Expr yes, Expr no) { return wrap(arith::SelectOp::create(b, loc, condition.v, yes.v, no.v)); }
Expr Math::abs(Expr a) { return wrap(math::AbsFOp::create(b, loc, a.v)); }
Expr Math::sqrt(Expr a) { return wrap(math::SqrtOp::create(b, loc, a.v)); }
Expr Math::floor(Expr a) { return wrap(math::FloorOp::create(b, loc, a.v)); }
Expr Math::copysign(Expr magnitude, Expr sign) { return wrap(math::CopySignOp::create(b, loc, magnitude.v, sign.v)); }
Expr Math::bits(Expr a) { return wrap(arith::BitcastOp::create(b, loc, intType, a.v)); }
Expr Math::fromBits(Expr a) { return wrap(arith::BitcastOp::create(b, loc, type, a.v)); }
Expr Math::power2(Expr n) { return fromBits((n + integer(bias)) << mantissa); }

Math Math::twice() {
  auto vector = dyn_cast<VectorType>(type);
  return Math(b, loc, vector ? Type(VectorType::get(vector.getShape(), b.getF64Type())) : b.getF64Type());
}

Expr Math::convert(Expr a) {
  if (a.v.getType() == type)
    return wrap(a.v);
  return wrap(wide ? Value(arith::ExtFOp::create(b, loc, type, a.v)) : Value(arith::TruncFOp::create(b, loc, type, a.v)));
}

/// 1.5 * 2^mantissa: adding it leaves an integer in the low bits.
static Expr magic(Math &m) { return m.real(12582912.0, 6755399441055744.0); }

Expr Math::toReal(Expr n) { return fromBits(n + bits(magic(*this))) - magic(*this); }

std::pair<Expr, Expr> Math::nearest(Expr x, Expr scale) {
  Expr moved = fma(x, scale, magic(*this));
  return {moved - magic(*this), bits(moved) - bits(magic(*this))};
}
} // namespace motion::formula
