// sin, cos, tan: x = n pi/2 + r with |r| <= pi/4, then a polynomial chosen by n mod 4. Up to a limit n pi/2 is subtracted in three parts;
// lanes beyond it, which never run in practice, go through a function that multiplies by 2/pi with 1,280 bits (Payne and Hanek). Errors: test/Lower/math_cases.py.
#include "compiler/Lower/MathBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace motion::formula;

// (sin r - r) / r^3 and (cos r - 1 + r^2/2) / r^4 in r^2: 2^-37 and more
static const double sinSingle[] = {-0.16666667, 0.008333329, -0.00019839256, 2.7175643e-06};
static const double sinWide[] = {-0.16666666666666666,    0.008333333333333321,   -0.000198412698412536,  2.755731921342015e-06,
                                 -2.5052104708749424e-08, 1.6058340534726024e-10, -7.577393212158789e-13};
static const double cosSingle[] = {0.041666668, -0.0013888883, 2.4799436e-05, -2.7203305e-07};
static const double cosWide[] = {0.041666666666666664,  -0.0013888888888888872,  2.4801587301569897e-05, -2.755731921468489e-07,
                                 2.087675420988442e-09, -1.1470275469551544e-11, 4.737303879728935e-14};

// |x| >= 2^16 in, the remainder in [-pi/4, pi/4] and the multiple of pi/2 modulo 4 out. The table is 2/pi after one word of zeros. The 192 bits from
// place `at` on, times the 53 bits of x, give x * 2/pi modulo 4: two bits of quadrant, then the fraction.
static constexpr llvm::StringLiteral reduceFunction = R"mlir(
memref.global "private" constant @motion.two_over_pi : memref<21xi64> = dense<[0, -6703182060581546711, -277156292786332224, -2638381946312093631,
  -121206125134887583, -5249950069107600672, 452944820249399836, -135693905287338178, -1692731182770600828, -1613291254968254911, 4148332274289687028,
  -7168499653074671557, 2303758334597371919, -1211730484530615009, 7869616827067468215, 5712322887342352941, 8441921394348257659, 4397547296490951402,
  7780917995555872008, 6197850593633725355, -1094449336203069923]>
func.func private @motion.reduce_half_pi(%x: f64) -> (f64, i64) attributes {llvm.linkage = #llvm.linkage<internal>} {
  %table = memref.get_global @motion.two_over_pi : memref<21xi64>
  %c1 = arith.constant 1 : i64
  %c2 = arith.constant 2 : i64
  %c6 = arith.constant 6 : i64
  %c52 = arith.constant 52 : i64
  %c62 = arith.constant 62 : i64
  %c63 = arith.constant 63 : i64
  %i1 = arith.constant 1 : index
  %signless = arith.constant 9223372036854775807 : i64
  %mantissa = arith.constant 4503599627370495 : i64
  %one = arith.constant 4503599627370496 : i64
  %bits = arith.bitcast %x : f64 to i64
  %abs = arith.andi %bits, %signless : i64
  %exponent = arith.shrui %abs, %c52 : i64
  %low = arith.andi %abs, %mantissa : i64
  %m = arith.ori %low, %one : i64
  %start = arith.constant 1013 : i64
  %at = arith.subi %exponent, %start : i64
  %word64 = arith.shrui %at, %c6 : i64
  %word = arith.index_cast %word64 : i64 to index
  %shift = arith.andi %at, %c63 : i64
  %back = arith.subi %c63, %shift : i64
  %word1 = arith.addi %word, %i1 : index
  %word2 = arith.addi %word1, %i1 : index
  %word3 = arith.addi %word2, %i1 : index
  %w0 = memref.load %table[%word] : memref<21xi64>
  %w1 = memref.load %table[%word1] : memref<21xi64>
  %w2 = memref.load %table[%word2] : memref<21xi64>
  %w3 = memref.load %table[%word3] : memref<21xi64>
  %h0 = arith.shli %w0, %shift : i64
  %h1 = arith.shli %w1, %shift : i64
  %h2 = arith.shli %w2, %shift : i64
  %r1 = arith.shrui %w1, %c1 : i64
  %r2 = arith.shrui %w2, %c1 : i64
  %r3 = arith.shrui %w3, %c1 : i64
  %l1 = arith.shrui %r1, %back : i64
  %l2 = arith.shrui %r2, %back : i64
  %l3 = arith.shrui %r3, %back : i64
  %a0 = arith.ori %h0, %l1 : i64
  %a1 = arith.ori %h1, %l2 : i64
  %a2 = arith.ori %h2, %l3 : i64
  %m128 = arith.extui %m : i64 to i128
  %a1x = arith.extui %a1 : i64 to i128
  %a2x = arith.extui %a2 : i64 to i128
  %c64 = arith.constant 64 : i128
  %p2 = arith.muli %m128, %a2x : i128
  %p2h = arith.shrui %p2, %c64 : i128
  %p1 = arith.muli %m128, %a1x : i128
  %sum = arith.addi %p1, %p2h : i128
  %middle = arith.trunci %sum : i128 to i64
  %sumh = arith.shrui %sum, %c64 : i128
  %carry = arith.trunci %sumh : i128 to i64
  %p0 = arith.muli %m, %a0 : i64
  %high = arith.addi %p0, %carry : i64
  %quadrant = arith.shrui %high, %c62 : i64
  %f1a = arith.shli %high, %c2 : i64
  %f1b = arith.shrui %middle, %c62 : i64
  %f1 = arith.ori %f1a, %f1b : i64
  %f0 = arith.shli %middle, %c2 : i64
  %up = arith.shrui %f1, %c63 : i64
  %rounded = arith.addi %quadrant, %up : i64
  %negative = arith.shrsi %f1, %c63 : i64
  %g1 = arith.xori %f1, %negative : i64
  %g0 = arith.xori %f0, %negative : i64
  %tail = arith.constant 2047 : i64
  %g1l = arith.andi %g1, %tail : i64
  %g1h = arith.subi %g1, %g1l : i64
  %d1 = arith.sitofp %g1h : i64 to f64
  %d1l = arith.sitofp %g1l : i64 to f64
  %d0 = arith.uitofp %g0 : i64 to f64
  %tiny = arith.constant 5.4210108624275222e-20 : f64
  %dl = math.fma %d0, %tiny, %d1l : f64
  %scale = arith.constant 8.515303950216386e-20 : f64
  %scalel = arith.constant 3.319411800407449e-36 : f64
  %rh = arith.mulf %d1, %scale : f64
  %rhn = arith.negf %rh : f64
  %e0 = math.fma %d1, %scale, %rhn : f64
  %e1 = math.fma %d1, %scalel, %e0 : f64
  %e2 = math.fma %dl, %scale, %e1 : f64
  %r = arith.addf %rh, %e2 : f64
  %zero = arith.constant 0 : i64
  %sign = arith.xori %negative, %bits : i64
  %flip = arith.cmpi slt, %sign, %zero : i64
  %rn = arith.negf %r : f64
  %signed = arith.select %flip, %rn, %r : f64
  %qn = arith.subi %zero, %rounded : i64
  %below = arith.cmpi slt, %bits, %zero : i64
  %q = arith.select %below, %qn, %rounded : i64
  %infinity = arith.constant 0x7FF0000000000000 : f64
  %nan = arith.constant 0x7FF8000000000000 : f64
  %size = math.absf %x : f64
  %finite = arith.cmpf olt, %size, %infinity : f64
  %result = arith.select %finite, %signed, %nan : f64
  return %result, %q : f64, i64
}
)mlir";

namespace {
/// x = quadrant * pi/2 + r
struct Angle {
  Expr r, quadrant;
};
} // namespace

/// The module's copy of the function, made when first asked for.
static func::FuncOp reducer(Math &m) {
  auto module = m.b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  if (auto known = module.lookupSymbol<func::FuncOp>("motion.reduce_half_pi"))
    return known;
  OwningOpRef<ModuleOp> parsed = parseSourceString<ModuleOp>(reduceFunction, module.getContext());
  for (Operation &op : llvm::make_early_inc_range(*parsed->getBody()))
    op.moveBefore(module.getBody(), module.getBody()->end());
  return module.lookupSymbol<func::FuncOp>("motion.reduce_half_pi");
}

/// One lane through the function.
static std::pair<Value, Value> reduceLane(Math &m, func::FuncOp function, Value x) {
  Type element = getElementTypeOrSelf(m.type);
  auto call = func::CallOp::create(m.b, m.loc, function, m.wide ? x : Value(arith::ExtFOp::create(m.b, m.loc, m.b.getF64Type(), x)));
  if (m.wide)
    return {call.getResult(0), call.getResult(1)};
  return {arith::TruncFOp::create(m.b, m.loc, element, call.getResult(0)),
          arith::TruncIOp::create(m.b, m.loc, getElementTypeOrSelf(m.intType), call.getResult(1))};
}

/// `fast`, with the lanes where `far` holds done again by the function.
static Angle reduceFar(Math &m, Expr x, Expr far, Angle fast) {
  OpBuilder &b = m.b;
  Location loc = m.loc;
  func::FuncOp function = reducer(m);
  auto vector = dyn_cast<VectorType>(m.type);
  Value any = vector ? Value(vector::ReductionOp::create(b, loc, vector::CombiningKind::OR, far.v)) : far.v;
  auto otherwise = [&](OpBuilder &, Location) { scf::YieldOp::create(b, loc, ValueRange{fast.r.v, fast.quadrant.v}); };
  auto scalar = [&](OpBuilder &, Location) {
    auto [r, q] = reduceLane(m, function, x.v);
    scf::YieldOp::create(b, loc, ValueRange{r, q});
  };
  auto lanes = [&](OpBuilder &, Location) {
    auto index = [&](int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); };
    auto loop = scf::ForOp::create(
        b, loc, index(0), index(vector.getDimSize(0)), index(1), ValueRange{fast.r.v, fast.quadrant.v},
        [&](OpBuilder &, Location, Value lane, ValueRange carried) {
          auto each = scf::IfOp::create(
              b, loc, vector::ExtractOp::create(b, loc, far.v, OpFoldResult(lane)),
              [&](OpBuilder &, Location) {
                auto [r, q] = reduceLane(m, function, vector::ExtractOp::create(b, loc, x.v, OpFoldResult(lane)));
                Value rs = vector::InsertOp::create(b, loc, r, carried[0], OpFoldResult(lane));
                Value qs = vector::InsertOp::create(b, loc, q, carried[1], OpFoldResult(lane));
                scf::YieldOp::create(b, loc, ValueRange{rs, qs});
              },
              [&](OpBuilder &, Location) { scf::YieldOp::create(b, loc, carried); });
          scf::YieldOp::create(b, loc, each.getResults());
        });
    scf::YieldOp::create(b, loc, loop.getResults());
  };
  auto branch = vector ? scf::IfOp::create(b, loc, any, lanes, otherwise) : scf::IfOp::create(b, loc, any, scalar, otherwise);
  return {m.wrap(branch.getResult(0)), m.wrap(branch.getResult(1))};
}

static Angle reduceAngle(Math &m, Expr x) {
  auto [n, quadrant] = m.nearest(x, m.real(0.6366197723675814));
  Expr r = m.fma(n, m.real(-1.57079601287841796875, -1.5707963267948966), x);
  r = m.fma(n, m.real(-3.1391647326017846e-07, -6.123233995736766e-17), r);
  r = m.fma(n, m.real(-5.390302529957765e-15, 1.4973849048591698e-33), r);
  return reduceFar(m, x, m.abs(x) > m.real(71476, 1048576), {r, quadrant});
}

static Expr sinOfReduced(Math &m, Expr r) {
  Expr z = r * r;
  return m.fma(m.polynomial(z, {sinSingle, sinWide}) * z, r, r);
}

static Expr cosOfReduced(Math &m, Expr r) {
  Expr z = r * r, half = m.real(0.5) * z, w = m.real(1) - half;
  Expr rest = (m.real(1) - w) - half; // what the rounding of w lost
  return w + m.fma(m.polynomial(z, {cosSingle, cosWide}), z * z, rest);
}

static Expr isOdd(Math &m, Expr n) { return (n & m.integer(1)) != m.integer(0); }

/// sin of quadrant * pi/2 + r.
static Expr sinOf(Math &m, Angle a) {
  Expr value = m.select(isOdd(m, a.quadrant), cosOfReduced(m, a.r), sinOfReduced(m, a.r));
  Expr sign = (a.quadrant & m.integer(2)) << (m.mantissa + (m.wide ? 10 : 7));
  return m.fromBits(m.bits(value) ^ sign);
}

static Expr sinFormula(Math &m, llvm::ArrayRef<Expr> x) {
  Expr value = sinOf(m, reduceAngle(m, x[0]));
  return m.select(x[0] == m.real(0), x[0], value);
}

static Expr cosFormula(Math &m, llvm::ArrayRef<Expr> x) {
  Angle a = reduceAngle(m, x[0]);
  return sinOf(m, {a.r, a.quadrant + m.integer(1)});
}

static Expr tanFormula(Math &m, llvm::ArrayRef<Expr> operands) {
  Math w = m.twice();
  Expr x = w.convert(operands[0]);
  Angle a = reduceAngle(w, x);
  Expr s = sinOfReduced(w, a.r), c = cosOfReduced(w, a.r), odd = isOdd(w, a.quadrant);
  Expr value = w.select(odd, -c, s) / w.select(odd, s, c);
  return m.convert(w.select(x == w.real(0), x, value));
}

llvm::ArrayRef<NamedFormula> motion::formula::trigonometricFormulas() {
  static const NamedFormula formulas[] = {{"math.sin", sinFormula}, {"math.cos", cosFormula}, {"math.tan", tanFormula}};
  return formulas;
}
