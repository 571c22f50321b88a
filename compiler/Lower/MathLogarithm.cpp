// log, log1p, asinh, acosh, atanh: x = 2^e m with m near 1, log x = e ln 2 + log m; denormals are scaled first.
// f32: log(1 + f) by a polynomial in f on [-1/3, 1/3]; f64: in s = f / (2 + f), the form of FreeBSD's e_log.c. Errors: test/Lower/math_cases.py.
#include "compiler/Lower/MathBuilder.h"

using namespace motion::formula;

// (log(1 + f) - f + f^2/2) / f^3 on |f| <= 1/3: 2^-30
static const double logSingle[] = {0.33333337, -0.2499982, 0.19999309, -0.16679597, 0.14312787, -0.121955276, 0.106618285, -0.12846105, 0.12356528};
// (log((1 + s) / (1 - s)) - 2s) / s^3 in s^2, s <= 0.1716: 2^-58
static const double logWide[] = {0.6666666666666735,  0.3999999999941313,  0.28571428742765864, 0.2222219853117092,
                                 0.18183566667051015, 0.15313986820570671, 0.1479662419263106};

namespace {
/// 2^e (1 + f), with 1 + f in [2/3, 4/3) for f32 and in [0.7, 1.42) for f64.
struct Split {
  Expr e, f;
};
} // namespace

/// Bits of the smallest 1 + f.
static Expr lowest(Math &m) { return m.integer(m.wide ? 0x3FE6A09E667F3BCD : 0x3F2AAAAB); }

static Expr exponentOf(Math &m, Expr bits) { return (bits - lowest(m)) >> m.mantissa; }

static Split split(Math &m, Expr x) {
  Expr small = x < m.real(0x1p-126, 0x1p-1022);
  Expr bits = m.bits(m.select(small, x * m.real(0x1p24, 0x1p54), x));
  Expr e = exponentOf(m, bits);
  Expr f = m.fromBits(bits - (e << m.mantissa)) - m.real(1);
  return {m.toReal(e) - m.select(small, m.real(24, 54), m.real(0)), f};
}

static Expr logOfSplit(Math &m, Split x) {
  Expr f = x.f, e = x.e;
  if (!m.wide) {
    Expr tail = m.fma(m.polynomial(f, {logSingle, {}}), f, m.real(-0.5));
    Expr sum = m.fma(tail, f * f, m.fma(e, m.real(-1.9046542e-09), f));
    return m.fma(e, m.real(0.693147182464599609375), sum);
  }
  Expr s = f / (m.real(2) + f), z = s * s, half = m.real(0.5) * f * f;
  Expr rest = s * m.fma(z, m.polynomial(z, {{}, logWide}), half);
  Expr low = m.fma(e, m.real(2.3190468138462996e-17), rest);
  return m.fma(e, m.real(0.6931471805599453), f - (half - low));
}

/// The values outside of the positive finite numbers.
static Expr withEdges(Math &m, Expr x, Expr result) {
  result = m.select(x == m.infinity(), x, result);
  result = m.select(x == m.real(0), -m.infinity(), result);
  return m.select(x < m.real(0), m.nan(), m.select(m.isNan(x), x, result));
}

namespace motion::formula {
Expr log(Math &m, Expr x) { return withEdges(m, x, logOfSplit(m, split(m, x))); }

Expr logOnePlus(Math &m, Expr x) {
  // f = (1 + x) 2^-e - 1 with one rounding; from 2^30 on, where 2^-e leaves the range, 1 + x is x
  Expr u = x + m.real(1);
  Expr e = exponentOf(m, m.bits(u));
  Expr inverse = m.power2(m.integer(0) - e);
  Expr large = m.fromBits(m.bits(u) - (e << m.mantissa)) - m.real(1);
  Expr f = m.select(x > m.real(0x1p30, 0x1p60), large, m.fma(inverse, x, inverse - m.real(1)));
  Expr result = withEdges(m, u, logOfSplit(m, {m.toReal(e), f}));
  return m.select(m.abs(x) < m.real(0x1p-26, 0x1p-55), x, result); // also keeps -0
}
} // namespace motion::formula

static Expr logFormula(Math &m, llvm::ArrayRef<Expr> x) { return log(m, x[0]); }
static Expr log1pFormula(Math &m, llvm::ArrayRef<Expr> x) { return logOnePlus(m, x[0]); }

static Expr asinhFormula(Math &m, llvm::ArrayRef<Expr> x) {
  Expr a = m.abs(x[0]), z = a * a;
  Expr large = log(m, a) + m.real(0.6931471805599453);
  Expr small = logOnePlus(m, a + z / (m.real(1) + m.sqrt(z + m.real(1))));
  return m.copysign(m.select(a > m.real(0x1p14, 0x1p28), large, small), x[0]);
}

/// In f64: near 1 the root, the sum and the logarithm would add up to more than 2 ulp of f32.
static Expr acoshFormula(Math &m, llvm::ArrayRef<Expr> operands) {
  Math w = m.twice();
  Expr x = w.convert(operands[0]), t = x - w.real(1);
  Expr large = log(w, x) + w.real(0.6931471805599453);
  Expr small = logOnePlus(w, t + w.sqrt(w.fma(t, t, t + t)));
  Expr value = w.select(x > w.real(0x1p28), large, small);
  return m.convert(w.select(x < w.real(1), w.nan(), value));
}

static Expr atanhFormula(Math &m, llvm::ArrayRef<Expr> x) {
  Expr a = m.abs(x[0]), twice = a + a;
  Expr t = twice + twice * a / (m.real(1) - a);
  Expr value = m.real(0.5) * logOnePlus(m, m.select(a == m.real(1), m.infinity(), t));
  return m.copysign(m.select(a > m.real(1), m.nan(), value), x[0]);
}

llvm::ArrayRef<NamedFormula> motion::formula::logarithmFormulas() {
  static const NamedFormula formulas[] = {{"math.log", logFormula}, {"math.log1p", log1pFormula}, {"math.asinh", asinhFormula}, {"math.acosh", acoshFormula},
                                          {"math.atanh", atanhFormula}};
  return formulas;
}
