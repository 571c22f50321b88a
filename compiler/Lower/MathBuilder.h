// Formulas over float scalars and vectors as C++ expressions. Shared by the Math*.cpp files only.
#ifndef COMPILER_LOWER_MATHBUILDER_H
#define COMPILER_LOWER_MATHBUILDER_H
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace motion::formula {
struct Math;

/// A value of float, integer or bool elements. Operators emit the operation of its element type; integers are two's complement.
struct Expr {
  Math *m = nullptr;
  mlir::Value v;
};
Expr operator+(Expr a, Expr b);
Expr operator-(Expr a, Expr b);
Expr operator*(Expr a, Expr b);
Expr operator/(Expr a, Expr b);
Expr operator-(Expr a);
Expr operator&(Expr a, Expr b);
Expr operator|(Expr a, Expr b);
Expr operator^(Expr a, Expr b);
Expr operator<<(Expr a, int64_t count);
/// Arithmetic shift to the right.
Expr operator>>(Expr a, int64_t count);
/// Ordered comparisons: false for NaN.
Expr operator<(Expr a, Expr b);
Expr operator>(Expr a, Expr b);
Expr operator==(Expr a, Expr b);
/// Unordered: true for NaN.
Expr operator!=(Expr a, Expr b);

/// Coefficients, lowest first, for f32 and for f64.
struct Table {
  llvm::ArrayRef<double> single, wide;
};

/// Emits formulas on one float type, f32 or f64, scalar or vector.
struct Math {
  Math(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type type, intType;
  bool wide;         // f64
  int64_t mantissa;  // 23 or 52 bits
  int64_t bias;      // 127 or 1023

  Expr wrap(mlir::Value value) { return {this, value}; }
  Expr real(double value) { return constant(type, value); }
  /// A constant that differs between f32 and f64.
  Expr real(double single, double twice) { return real(wide ? twice : single); }
  Expr integer(int64_t value);
  Expr constant(mlir::Type type, double value);

  Expr fma(Expr a, Expr b, Expr c);
  /// Horner's rule.
  Expr polynomial(Expr x, const Table &table);
  Expr select(Expr condition, Expr yes, Expr no);
  Expr abs(Expr a);
  Expr sqrt(Expr a);
  Expr floor(Expr a);
  /// |magnitude| with the sign of `sign`.
  Expr copysign(Expr magnitude, Expr sign);
  Expr bits(Expr a);
  Expr fromBits(Expr a);
  /// 2^n for integers n in the normal range.
  Expr power2(Expr n);
  /// The integer n (|n| < 2^21) as a float.
  Expr toReal(Expr n);
  /// The nearest integer to x * scale (|x * scale| < 2^21), as a float and as an integer.
  std::pair<Expr, Expr> nearest(Expr x, Expr scale);
  Expr infinity() { return real(std::numeric_limits<double>::infinity()); }
  Expr nan() { return real(std::numeric_limits<double>::quiet_NaN()); }
  /// The same shape in f64, for functions that need more digits than f32 has.
  Math twice();
  /// `a` of another builder in this builder's precision.
  Expr convert(Expr a);
  /// True in lanes that are NaN.
  Expr isNan(Expr a) { return a != a; }
};

/// A rewriting of one operation of the math dialect: operands in, result out, all of the builder's type.
using Formula = Expr (*)(Math &m, llvm::ArrayRef<Expr> operands);
/// A formula and the operation that it replaces.
struct NamedFormula {
  llvm::StringRef op;
  Formula formula;
};
/// The families, a file each.
llvm::ArrayRef<NamedFormula> exponentialFormulas();
llvm::ArrayRef<NamedFormula> logarithmFormulas();
llvm::ArrayRef<NamedFormula> trigonometricFormulas();
llvm::ArrayRef<NamedFormula> inverseFormulas();
llvm::ArrayRef<NamedFormula> powerFormulas();
llvm::ArrayRef<NamedFormula> errorFunctionFormulas();

/// Parts that several families use.
/// e^x * 2^shift, the whole range with infinities, zeros and denormals.
Expr expScaled(Math &m, Expr x, int64_t shift);
/// e^x for x in the range of normal results.
Expr expNormal(Math &m, Expr x);
Expr expMinusOne(Math &m, Expr x);
Expr log(Math &m, Expr x);
Expr logOnePlus(Math &m, Expr x);
} // namespace motion::formula
#endif
