// exp, expm1, sinh, cosh, tanh as polynomials on x - n ln 2, with 2^n put into the exponent in two steps so that denormals round once.
// Coefficients: minimax (Remez exchange) for the stated ranges. Errors in ulp, f32 / f64, from test/Lower/math_cases.py, which asserts them.
#include "compiler/Lower/MathBuilder.h"

using namespace motion::formula;

// (e^r - 1 - r) / r^2 on |r| <= 0.35: relative error of e^r 2^-28 and 2^-57
static const double expSingle[] = {0.5, 0.16666512, 0.041666187, 0.008369598, 0.0013951734};
static const double expWide[] = {0.5000000000000014,     0.16666666666666702,    0.04166666666650305,   0.008333333333304941,  0.0013888888950547211,
                                 0.00019841269922252905, 2.4801486035182657e-05, 2.7557211978602037e-06, 2.76327509160222e-07, 2.5119221236138326e-08};
// the same, relative to e^r - 1: 2^-31 and 2^-61
static const double expm1Single[] = {0.5, 0.16666667, 0.041666344, 0.00833327, 0.0013942007, 0.00019915625};
static const double expm1Wide[] = {0.5, 0.16666666666666677, 0.041666666666666706, 0.008333333333320689, 0.0013888888888864913, 0.00019841269888815752,
                                   2.4801587364338253e-05, 2.7557241234062388e-06, 2.755723954873551e-07, 2.5110156615714928e-08, 2.092542820981572e-09};
// (sinh x - x) / x^3 in x^2, x <= 1: the Taylor series
static const double sinhSingle[] = {1. / 6, 1. / 120, 1. / 5040, 1. / 362880, 1. / 39916800};
static const double sinhWide[] = {1. / 6, 1. / 120, 1. / 5040, 1. / 362880, 1. / 39916800, 1. / 6227020800, 1. / 1307674368000, 1. / 355687428096000};
// (tanh x - x) / x^3 in x^2, x <= 0.625: 2^-32
static const double tanhSingle[] = {-0.3333333, 0.1333321, -0.053947207, 0.02170297, -0.00818268, 0.0021475418};

namespace {
/// x = n ln 2 + r
struct Reduced {
  Expr r, n, integer;
};
} // namespace

static Reduced reduce(Math &m, Expr x) {
  auto [n, integer] = m.nearest(x, m.real(1.4426950408889634));
  Expr r = m.fma(n, m.real(-0.693147182464599609375, -0.6931471805599453), x);
  return {m.fma(n, m.real(1.9046542e-09, -2.3190468138462996e-17), r), n, integer};
}

static Expr clamp(Math &m, Expr x, Expr low, Expr high) { // NaN stays
  x = m.select(x < low, low, x);
  return m.select(x > high, high, x);
}

/// value * 2^n with one rounding, for |n| up to twice the exponent range.
static Expr scale(Math &m, Expr value, Expr n) {
  Expr half = n >> 1;
  return value * m.power2(half) * m.power2(n - half);
}

static Expr expOfReduced(Math &m, Expr r) { return m.fma(m.polynomial(r, {expSingle, expWide}), r * r, r) + m.real(1); }

namespace motion::formula {
Expr expScaled(Math &m, Expr x, int64_t shift) {
  Reduced reduced = reduce(m, clamp(m, x, m.real(-105, -750), m.real(91, 712)));
  return scale(m, expOfReduced(m, reduced.r), shift == 0 ? reduced.integer : reduced.integer + m.integer(shift));
}

Expr expNormal(Math &m, Expr x) {
  Reduced reduced = reduce(m, x);
  return expOfReduced(m, reduced.r) * m.power2(reduced.integer);
}

Expr expMinusOne(Math &m, Expr x) {
  Reduced reduced = reduce(m, clamp(m, x, m.real(-20, -40), m.real(88.8, 709.9)));
  Expr e = m.fma(m.polynomial(reduced.r, {expm1Single, expm1Wide}), reduced.r * reduced.r, reduced.r);
  // 2 (2^(n-1) e + (2^(n-1) - 1/2)): no overflow before the result
  Expr half = m.power2(reduced.integer - m.integer(1));
  Expr sum = m.fma(half, e, half - m.real(0.5));
  return m.copysign(sum + sum, x); // of a zero
}
} // namespace motion::formula

static Expr expFormula(Math &m, llvm::ArrayRef<Expr> x) { return expScaled(m, x[0], 0); }

static Expr expm1Formula(Math &m, llvm::ArrayRef<Expr> x) { return expMinusOne(m, x[0]); }

static Expr coshFormula(Math &m, llvm::ArrayRef<Expr> x) {
  Expr half = expScaled(m, m.abs(x[0]), -1);
  return half + m.real(0.25) / half;
}

static Expr sinhFormula(Math &m, llvm::ArrayRef<Expr> x) {
  Expr a = m.abs(x[0]), z = a * a, e = expMinusOne(m, a);
  Expr small = m.fma(m.polynomial(z, {sinhSingle, sinhWide}) * z, a, a);
  Expr middle = m.real(0.5) * (e + e / (e + m.real(1)));
  Expr value = m.select(a > m.real(20, 40), expScaled(m, a, -1), m.select(a < m.real(1), small, middle));
  return m.copysign(value, x[0]);
}

static Expr tanhFormula(Math &m, llvm::ArrayRef<Expr> x) {
  Expr a = m.abs(x[0]), two = m.real(2);
  Expr bounded = m.select(a > m.real(10, 20), m.real(10, 20), a); // NaN stays
  if (m.wide) {
    Expr e = expMinusOne(m, bounded + bounded);
    return m.copysign(e / (e + two), x[0]);
  }
  Expr z = a * a;
  Expr small = m.fma(m.polynomial(z, {tanhSingle, {}}) * z, a, a);
  Expr large = m.real(1) - two / (expNormal(m, bounded + bounded) + m.real(1));
  return m.copysign(m.select(a < m.real(0.625), small, large), x[0]);
}

llvm::ArrayRef<NamedFormula> motion::formula::exponentialFormulas() {
  static const NamedFormula formulas[] = {{"math.exp", expFormula}, {"math.expm1", expm1Formula}, {"math.cosh", coshFormula}, {"math.sinh", sinhFormula},
                                          {"math.tanh", tanhFormula}};
  return formulas;
}
