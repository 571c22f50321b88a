// asin, acos, atan. Beyond 1/2 asin goes through asin sqrt((1 - x) / 2), beyond 1 atan through atan (1 / x). Errors: test/Lower/math_cases.py.
#include "compiler/Lower/MathBuilder.h"

using namespace motion::formula;

// (asin x - x) / x^3 in x^2, x <= 1/2: 2^-31 and 2^-59
static const double asinSingle[] = {0.1666666, 0.07500511, 0.044515748, 0.03181742, 0.01440324, 0.037564408};
static const double asinWide[] = {0.16666666666666763,  0.07499999999970319,  0.04464285717507523,  0.030381942685505463, 0.022372215613016264,
                                  0.017351600861785887, 0.013980952966155797, 0.011397840485510494, 0.010786190477421489, 0.0036842475250827376,
                                  0.02176071939810077,  -0.021073547545804962, 0.03267465201661009};
// (atan x - x) / x^3 in x^2, x <= 1: 2^-29 and 2^-58
static const double atanSingle[] = {-0.33333308, 0.19998874, -0.14267944, 0.10972449, -0.084646, 0.059030075, -0.032266606, 0.011507813, -0.0019278241};
static const double atanWide[] = {-0.33333333333333154, 0.199999999999656,     -0.14285714283390796, 0.11111111031056363,    -0.09090907428826157,
                                  0.07692284820204938,  -0.06666444849424401,  0.05880771190072286,  -0.052546057705019474,  0.04726027662683596,
                                  -0.0422893157519841,  0.036841440268902105,  -0.030221598159126978, 0.022377039543977167,  -0.01427174044730438,
                                  0.0074606167585853705, -0.003021557552921749, 0.0008798181189794064, -0.00016271711716858402, 1.4287350446783122e-05};

static Expr halfPi(Math &m) { return m.real(1.57079637050628662109375, 1.5707963267948966); }
static Expr halfPiRest(Math &m) { return m.real(-4.371139e-08, 6.123233995736766e-17); }

namespace {
/// asin of |x| up to 1/2; beyond, half of pi/2 - asin |x|.
struct HalfAsin {
  Expr value, large;
};
} // namespace

static HalfAsin halfAsin(Math &m, Expr x) {
  Expr a = m.abs(x), large = a > m.real(0.5);
  Expr z = m.select(large, m.real(0.5) - m.real(0.5) * a, a * a);
  Expr s = m.select(large, m.sqrt(z), a);
  return {m.fma(m.polynomial(z, {asinSingle, asinWide}) * z, s, s), large};
}

static Expr asinFormula(Math &m, llvm::ArrayRef<Expr> x) {
  HalfAsin part = halfAsin(m, x[0]);
  Expr beyond = m.fma(m.real(-2), part.value, halfPi(m)) + halfPiRest(m);
  return m.copysign(m.select(part.large, beyond, part.value), x[0]);
}

static Expr acosFormula(Math &m, llvm::ArrayRef<Expr> x) {
  HalfAsin part = halfAsin(m, x[0]);
  Expr twice = part.value + part.value;
  Expr rest = halfPiRest(m);
  Expr beyond = m.select(x[0] < m.real(0), (halfPi(m) + halfPi(m)) - (twice - (rest + rest)), twice);
  return m.select(part.large, beyond, halfPi(m) - (m.copysign(part.value, x[0]) - rest));
}

static Expr atanOfSmall(Math &m, Expr t) {
  Expr z = t * t;
  return m.fma(m.polynomial(z, {atanSingle, atanWide}) * z, t, t);
}

static Expr atanFormula(Math &m, llvm::ArrayRef<Expr> x) {
  Expr a = m.abs(x[0]), large = a > m.real(1);
  Expr part = atanOfSmall(m, m.select(large, m.real(1) / a, a));
  return m.copysign(m.select(large, halfPi(m) - (part - halfPiRest(m)), part), x[0]);
}

llvm::ArrayRef<NamedFormula> motion::formula::inverseFormulas() {
  static const NamedFormula formulas[] = {{"math.asin", asinFormula}, {"math.acos", acosFormula}, {"math.atan", atanFormula}};
  return formulas;
}
