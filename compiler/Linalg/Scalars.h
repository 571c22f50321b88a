// Scalar arithmetic inside linalg bodies: one call for floats and integers, with the numerics that every operator keeps. Floating-point sums and
// products may be contracted to FMAs; nothing else is relaxed.
#ifndef COMPILER_LINALG_SCALARS_H
#define COMPILER_LINALG_SCALARS_H
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace motion {

/// Builds scalar operations at one location.
class Scalars : public mlir::ImplicitLocOpBuilder {
public:
  using Value = mlir::Value;
  using Type = mlir::Type;
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  Scalars(mlir::Location loc, mlir::OpBuilder &b) : ImplicitLocOpBuilder(loc, b) {}

  /// `value` in type `type`; integers take its integral part.
  Value constant(Type type, double value);
  Value like(Value x, double value) { return constant(x.getType(), value); }
  Value integer(Type type, int64_t value);

  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  /// Integers: towards zero; x / 0 = 0 and MIN / -1 = MIN.
  Value div(Value a, Value b, bool isUnsigned = false);
  Value neg(Value a);
  Value abs(Value a, bool isUnsigned = false);
  /// Floats: NaN if either is NaN.
  Value max(Value a, Value b, bool isUnsigned = false);
  Value min(Value a, Value b, bool isUnsigned = false);
  Value less(Value a, Value b, bool isUnsigned = false);
  Value lessEqual(Value a, Value b, bool isUnsigned = false);
  Value equal(Value a, Value b);
  Value notEqual(Value a, Value b);
  Value select(Value condition, Value a, Value b) { return mlir::arith::SelectOp::create(*this, condition, a, b); }
  Value exp(Value a) { return mlir::math::ExpOp::create(*this, a); }
  Value log(Value a) { return mlir::math::LogOp::create(*this, a); }
  Value sqrt(Value a) { return mlir::math::SqrtOp::create(*this, a); }
  Value tanh(Value a) { return mlir::math::TanhOp::create(*this, a); }
  Value erf(Value a) { return mlir::math::ErfOp::create(*this, a); }
  /// 1 / (1 + exp(-x)), which neither overflows nor loses its small values.
  Value sigmoid(Value a);
  /// log(1 + exp(x)) without overflow.
  Value softplus(Value a);
  /// A loop index as a value of `type`.
  Value fromIndex(Value index, Type type);

private:
  mlir::arith::FastMathFlags contract = mlir::arith::FastMathFlags::contract;
  /// Of two zeros either is the larger: three instructions then keep the NaNs, not seven.
  mlir::arith::FastMathFlags extremum = mlir::arith::FastMathFlags::nsz;
};

/// Whether the scalar is of a floating-point type.
inline bool isFloat(mlir::Value value) { return llvm::isa<mlir::FloatType>(value.getType()); }

} // namespace motion
#endif
