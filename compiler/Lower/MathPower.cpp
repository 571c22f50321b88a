// pow. f32 powers are computed in f64; f64 powers with the logarithm in two parts of 107 bits. Errors: test/Lower/math_cases.py.
#include "compiler/Lower/MathBuilder.h"

using namespace motion::formula;

// ((log((1 + s) / (1 - s)) - 2s) / s^3 - 2/3) / s^2 in s^2, s <= 0.1716: 2^-72
static const double logRest[] = {0.3999999999999998,  0.2857142857144515,  0.2222222221752741,  0.18181818871435898,
                                 0.15384556793937085, 0.13336320402096297, 0.1167475763003802,  0.11989522555274204};

namespace {
/// An unevaluated sum.
struct Pair {
  Expr high, low;
};
} // namespace

/// a + b, |a| >= |b|, exactly.
static Pair quickSum(Expr a, Expr b) {
  Expr sum = a + b;
  return {sum, b - (sum - a)};
}

static Pair product(Math &m, Expr a, Expr b) {
  Expr high = a * b;
  return {high, m.fma(a, b, -high)};
}

/// log |x| for finite x > 0 to about 2^-65, in f64.
static Pair logPair(Math &m, Expr x) {
  Expr small = x < m.real(0x1p-1022), bits = m.bits(m.select(small, x * m.real(0x1p54), x));
  Expr exponent = (bits - m.integer(0x3FE6A09E667F3BCD)) >> 52;
  Expr mantissa = m.fromBits(bits - (exponent << 52)), e = m.toReal(exponent) - m.select(small, m.real(54), m.real(0));
  Expr f = mantissa - m.real(1), d = mantissa + m.real(1);
  Expr dRest = mantissa - (d - m.real(1));
  Expr s = f / d;
  Expr sRest = m.fma(-s, dRest, m.fma(-s, d, f)) / d;
  Pair z = product(m, s, s);
  z.low = m.fma(s + s, sRest, z.low);
  // t = 2/3 z + z^2 P(z); log = 2 s + s t
  Pair t = product(m, z.high, m.real(0.6666666666666666));
  t.low = t.low + m.fma(z.high, m.real(3.700743415417188e-17), z.low * m.real(0.6666666666666666));
  t = quickSum(t.high, t.low + z.high * z.high * m.polynomial(z.high, {{}, logRest}));
  Pair st = product(m, s, t.high);
  st.low = st.low + m.fma(s, t.low, sRest * t.high);
  Pair sum = quickSum(s + s, st.high);
  sum.low = sum.low + (st.low + sRest + sRest);
  Pair ln2 = product(m, e, m.real(0.6931471805599453));
  // |e ln 2| is 0 or larger than the rest
  Pair total = quickSum(ln2.high, sum.high);
  Expr low = total.low + (ln2.low + sum.low + e * m.real(2.3190468138462996e-17));
  return quickSum(total.high, low);
}

/// |x|^y in f64.
static Expr powerOfSize(Math &m, Expr a, Expr y) {
  Pair log = logPair(m, a);
  Expr high = log.high * y;
  Expr low = m.fma(log.high, y, -high) + log.low * y;
  high = m.select(high > m.real(800), m.real(800), m.select(high < m.real(-800), m.real(-800), high));
  low = m.select(m.abs(low) < m.real(1), low, m.real(0));
  Expr e = expScaled(m, high, 0);
  Expr value = m.select(e == m.infinity(), e, m.fma(e, low, e));
  // the logarithms of zero and infinity
  Expr zero = a == m.real(0), infinite = a == m.infinity(), up = y > m.real(0);
  value = m.select(zero, m.select(up, m.real(0), m.infinity()), value);
  value = m.select(infinite, m.select(up, m.infinity(), m.real(0)), value);
  Expr grows = (a > m.real(1)) == (y > m.real(0));
  Expr endless = m.select(a == m.real(1), m.real(1), m.select(grows, m.infinity(), m.real(0)));
  return m.select(m.abs(y) == m.infinity(), endless, value);
}

static Expr powFormula(Math &m, llvm::ArrayRef<Expr> operands) {
  Math w = m.twice();
  Expr x = w.convert(operands[0]), y = w.convert(operands[1]), one = w.real(1);
  Expr value = powerOfSize(w, w.abs(x), y);
  Expr whole = w.floor(y) == y, half = y * w.real(0.5), odd = whole & (w.floor(half) != half);
  Expr negative = w.bits(x) < w.integer(0);
  value = w.select(odd & negative, w.copysign(value, x), value);
  Expr undefined = (x < w.real(0)) & (x > -w.infinity()) & (w.floor(y) != y);
  value = w.select(undefined, w.nan(), value);
  value = w.select(w.isNan(x), x, w.select(w.isNan(y), y, value));
  value = w.select(x == one, one, w.select(y == w.real(0), one, value));
  return m.convert(value);
}

llvm::ArrayRef<NamedFormula> motion::formula::powerFormulas() {
  static const NamedFormula formulas[] = {{"math.powf", powFormula}};
  return formulas;
}
