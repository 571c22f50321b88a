// erf. f32: two ranges in the form of N. Juffa (erf x = 1 - e^-q(x) beyond 0.93), exact to 1 ulp. f64: an odd polynomial below 1, above it
// 1 - e^(-x^2) g with g a polynomial. Errors: test/Lower/math_cases.py.
#include "compiler/Lower/MathBuilder.h"

using namespace motion::formula;

static const double smallSingle[] = {1.28379166e-1, -3.76125336e-1, 1.12819925e-1, -2.67681349e-2, 4.99119423e-3, -5.96761703e-4};
static const double largeSingle[] = {-1.28717512e-1, -6.34846687e-1, -1.06777877e-1, 2.42546219e-2, -3.88396438e-3, 3.83197126e-4, -1.72853470e-5};

static Expr erfSingle(Math &m, Expr x) {
  Expr a = m.abs(x);
  Expr t = m.select(a > m.real(4), m.real(4), a); // NaN stays
  Expr small = m.fma(m.polynomial(x * x, {smallSingle, {}}), a, a);
  Expr large = m.real(1) - expNormal(m, m.fma(m.polynomial(t, {largeSingle, {}}), t, -t));
  return m.copysign(m.select(a > m.real(0.927734375), large, small), x);
}

// erf x / x - 1 in x^2, x <= 1: 2^-62
static const double smallWide[] = {0.1283791670955126,     -0.3761263890318375,     0.11283791670954885,   -0.02686617064507787,   0.0052239776248283985,
                                   -0.0008548326981424113, 0.00012055331132916607,  -1.4925595771510586e-05, 1.6461008470897275e-06, -1.6350396185651638e-07,
                                   1.4660328685329812e-08, -1.1374956310600045e-09, 5.960687365487138e-11};
// erfc x e^(x^2) in u = (60 / (2 + x) - 13) / 11, x in [0.5, 28]: 2^-57
static const double scaledWide[] = {
    0.2025479696711243,     0.26906708003615815,   0.11326994423724154,    0.02989112398267349,    0.0023403645554882667,  -0.0012653078815865466,
    -0.00026533642179686834, 9.3457548925458e-05,  2.1912015719224482e-05, -1.088540419066967e-05, -1.216789438789781e-06, 1.462857349562848e-06,
    -1.1062699203207256e-07, -1.7128605903462606e-07, 5.6813152736308155e-08, 9.779976739683803e-09, -1.167127132113376e-08, 2.2143970747095227e-09,
    1.3267937230500066e-09, -8.77246092959112e-10, -1.874616007670893e-11, 1.5820116378447518e-10, -1.2704537721712951e-11, -1.424351870913653e-11};

/// erfc x = 1 - erf x for x in [0.5, 28], in f64.
static Expr erfcOfLarge(Math &m, Expr a) {
  a = m.select(a > m.real(28), m.real(28), a); // NaN stays
  Expr u = (m.real(60) / (m.real(2) + a) - m.real(13)) / m.real(11);
  Expr square = a * a, rest = m.fma(a, a, -square);
  Expr e = expScaled(m, -square, 0);
  Expr g = m.polynomial(u, {{}, scaledWide});
  return e * m.fma(-rest, g, g);
}

static Expr erfOfSmall(Math &m, Expr a) { return m.fma(m.polynomial(a * a, {{}, smallWide}), a, a); }

static Expr erfFormula(Math &m, llvm::ArrayRef<Expr> x) {
  if (!m.wide)
    return erfSingle(m, x[0]);
  Expr a = m.abs(x[0]);
  return m.copysign(m.select(a > m.real(1), m.real(1) - erfcOfLarge(m, a), erfOfSmall(m, a)), x[0]);
}

llvm::ArrayRef<NamedFormula> motion::formula::errorFunctionFormulas() {
  static const NamedFormula formulas[] = {{"math.erf", erfFormula}};
  return formulas;
}
