// Element types, and the exact bit code of the narrow floats: their parameters come from llvm::fltSemantics, so that one routine serves all.
#include "compiler/Linalg/Elements.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace motion {

bool isNarrowFloat(Type element) { return isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32; }

bool isUnsigned(Type element) { return element.isUnsignedInteger() || element.isInteger(1); }

Type storageType(Type element) {
  if (isa<FloatType>(element) && !isNarrowFloat(element))
    return element;
  const unsigned width = element.getIntOrFloatBitWidth();
  return IntegerType::get(element.getContext(), width == 1 ? 1 : std::max(8u, width));
}

Type computeType(Type element) { return isNarrowFloat(element) ? Float32Type::get(element.getContext()) : storageType(element); }

int64_t onnxDataType(Type element) {
  if (auto integer = dyn_cast<IntegerType>(element)) {
    const bool positive = integer.isUnsigned();
    switch (integer.getWidth()) {
    case 1: return 9;
    case 2: return positive ? 25 : 26;
    case 4: return positive ? 21 : 22;
    case 8: return positive ? 2 : 3;
    case 16: return positive ? 4 : 5;
    case 32: return positive ? 12 : 6;
    default: return positive ? 13 : 7;
    }
  }
  return llvm::TypeSwitch<Type, int64_t>(element)
      .Case<Float32Type>([](Type) { return 1; })
      .Case<Float16Type>([](Type) { return 10; })
      .Case<Float64Type>([](Type) { return 11; })
      .Case<BFloat16Type>([](Type) { return 16; })
      .Case<Float8E4M3FNType>([](Type) { return 17; })
      .Case<Float8E4M3FNUZType>([](Type) { return 18; })
      .Case<Float8E5M2Type>([](Type) { return 19; })
      .Case<Float8E5M2FNUZType>([](Type) { return 20; })
      .Case<Float4E2M1FNType>([](Type) { return 23; })
      .Case<Float8E8M0FNUType>([](Type) { return 24; })
      .Default([](Type) { return 0; });
}

namespace {

/// A binary format of sign, exponent and mantissa.
struct Format {
  unsigned width, mantissa;
  int64_t leastExponent, largest, nan; ///< bits without sign; `nan` < 0: the format has none
  bool infinity, nanIsNegativeZero;
};

Format formatOf(Type element) {
  const llvm::fltSemantics &semantics = cast<FloatType>(element).getFloatSemantics();
  Format f{};
  f.width = element.getIntOrFloatBitWidth();
  f.mantissa = llvm::APFloat::semanticsPrecision(semantics) - 1;
  f.leastExponent = llvm::APFloat::semanticsMinExponent(semantics);
  f.largest = llvm::APFloat::getLargest(semantics).bitcastToAPInt().getZExtValue();
  f.infinity = llvm::APFloat::semanticsHasInf(semantics);
  f.nan = llvm::APFloat::semanticsHasNaN(semantics) ? int64_t(llvm::APFloat::getNaN(semantics).bitcastToAPInt().getZExtValue()) : -1;
  f.nanIsNegativeZero = f.nan == int64_t(1) << (f.width - 1);
  return f;
}

/// Powers of two from 2^-127 to 2^127 and NaN, without sign.
Value decodePowerOfTwo(Scalars &s, Value bits) {
  const Type i32 = s.getI32Type();
  Value result = arith::ShLIOp::create(s, bits, s.integer(i32, 23));
  result = s.select(s.equal(bits, s.integer(i32, 0)), s.integer(i32, 0x00400000), result);
  result = s.select(s.equal(bits, s.integer(i32, 255)), s.integer(i32, 0x7fc00000), result);
  return arith::BitcastOp::create(s, s.getF32Type(), result);
}

/// The power of two that is nearest above, as the suite's default rounding asks.
Value encodePowerOfTwo(Scalars &s, Value bits) {
  const Type i32 = s.getI32Type();
  Value magnitude = arith::AndIOp::create(s, bits, s.integer(i32, 0x7fffffff));
  Value up = s.add(magnitude, s.integer(i32, 0x007fffff));
  Value exponent = arith::ShRUIOp::create(s, up, s.integer(i32, 23));
  exponent = s.min(exponent, s.integer(i32, 254));
  return s.select(s.less(s.integer(i32, 0x7f800000), magnitude), s.integer(i32, 255), exponent);
}

} // namespace

Value decode(Scalars &s, Value stored, Type element) {
  if (!isNarrowFloat(element))
    return stored;
  const Type i32 = s.getI32Type(), f32 = s.getF32Type();
  Value bits = arith::ExtUIOp::create(s, i32, stored);
  if (isa<Float8E8M0FNUType>(element))
    return decodePowerOfTwo(s, bits);
  const Format f = formatOf(element);
  const int64_t signBit = int64_t(1) << (f.width - 1);
  Value magnitude = arith::AndIOp::create(s, bits, s.integer(i32, signBit - 1));
  Value sign = arith::ShLIOp::create(s, arith::AndIOp::create(s, bits, s.integer(i32, signBit)), s.integer(i32, 32 - f.width));
  Value shifted = arith::ShLIOp::create(s, magnitude, s.integer(i32, 23 - f.mantissa));
  // The exponent is rebiased by an exact product, which makes denormals right too.
  Value scaled = arith::BitcastOp::create(s, f32, shifted);
  if (f.leastExponent != -126)
    scaled = arith::MulFOp::create(s, scaled, s.constant(f32, std::ldexp(1.0, 126 + f.leastExponent)));
  Value result = arith::BitcastOp::create(s, i32, scaled);
  if (f.infinity) {
    Value special = arith::OrIOp::create(s, shifted, s.integer(i32, 0x7f800000));
    result = s.select(s.less(s.integer(i32, f.largest), magnitude), special, result);
  } else if (f.nan >= 0) {
    Value isNan = f.nanIsNegativeZero ? s.equal(bits, s.integer(i32, f.nan)) : s.less(s.integer(i32, f.largest), magnitude);
    result = s.select(isNan, s.integer(i32, 0x7fc00000), result);
  }
  return arith::BitcastOp::create(s, f32, arith::OrIOp::create(s, result, sign));
}

Value encode(Scalars &s, Value value, Type element, bool saturate) {
  if (auto integer = dyn_cast<IntegerType>(element); integer && integer.getWidth() > 1 && integer.getWidth() < 8) {
    Value shift = s.integer(value.getType(), 8 - integer.getWidth());
    Value high = arith::ShLIOp::create(s, value, shift);
    return integer.isUnsigned() ? arith::ShRUIOp::create(s, high, shift).getResult() : arith::ShRSIOp::create(s, high, shift).getResult();
  }
  if (!isNarrowFloat(element))
    return value;
  const Type i32 = s.getI32Type(), f32 = s.getF32Type();
  Value bits = arith::BitcastOp::create(s, i32, value);
  if (isa<Float8E8M0FNUType>(element))
    return arith::TruncIOp::create(s, storageType(element), encodePowerOfTwo(s, bits));
  const Format f = formatOf(element);
  const unsigned shift = 23 - f.mantissa;
  Value magnitude = arith::AndIOp::create(s, bits, s.integer(i32, 0x7fffffff));
  Value shiftBy = s.integer(i32, shift);
  // Normal: to nearest even by an addition that carries into the exponent. Denormal: by the rounding of an f32 sum with the right unit.
  Value odd = arith::AndIOp::create(s, arith::ShRUIOp::create(s, magnitude, shiftBy), s.integer(i32, 1));
  Value rounded = s.add(s.add(magnitude, s.integer(i32, (int64_t(1) << (shift - 1)) - 1)), odd);
  Value normal = s.sub(arith::ShRUIOp::create(s, rounded, shiftBy), s.integer(i32, (126 + f.leastExponent) << f.mantissa));
  const double unit = std::ldexp(1.0, static_cast<int>(f.leastExponent - f.mantissa) + 23);
  Value magic = s.constant(f32, unit);
  Value sum = arith::AddFOp::create(s, arith::BitcastOp::create(s, f32, magnitude), magic);
  Value denormal = s.sub(arith::BitcastOp::create(s, i32, sum), arith::BitcastOp::create(s, i32, magic));
  Value result = s.select(s.less(magnitude, s.integer(i32, (f.leastExponent + 127) << 23)), denormal, normal);
  const int64_t beyond = saturate || (!f.infinity && f.nan < 0) ? f.largest : f.infinity ? f.largest + 1 : f.nan;
  result = s.select(s.less(s.integer(i32, f.largest), result), s.integer(i32, beyond), result);
  // Where there is no NaN it becomes the negative zero, as in the standard's reference.
  const int64_t nan = f.nan >= 0 ? f.nan : int64_t(1) << (f.width - 1);
  result = s.select(s.less(s.integer(i32, 0x7f800000), magnitude), s.integer(i32, nan), result);
  Value sign = arith::ShLIOp::create(s, arith::ShRUIOp::create(s, bits, s.integer(i32, 31)), s.integer(i32, f.width - 1));
  // The unsigned zero of the FNUZ formats; their NaN is the negative zero already.
  if (f.nanIsNegativeZero)
    sign = s.select(s.equal(result, s.integer(i32, 0)), s.integer(i32, 0), sign);
  return arith::TruncIOp::create(s, storageType(element), arith::OrIOp::create(s, result, sign));
}

namespace {

Value floatToInteger(Scalars &s, Value value, Type to) {
  const unsigned width = to.getIntOrFloatBitWidth();
  // Less than a byte: the low bits of a wider integer, which encode() keeps.
  if (width < 8)
    return arith::TruncIOp::create(s, computeType(to), floatToInteger(s, value, s.getI32Type()));
  const bool positive = isUnsigned(to);
  Type type = computeType(to), wide = s.getIntegerType(std::max(width, 32u));
  const double above = std::ldexp(1.0, positive ? width : width - 1), least = positive ? 0 : -above;
  Value tooLarge = s.lessEqual(s.like(value, above), value), tooSmall = s.less(value, s.like(value, least));
  Value inside = arith::AndIOp::create(s, s.less(value, s.like(value, above)), s.lessEqual(s.like(value, least), value));
  Value safe = s.select(inside, value, s.like(value, 0));
  Value result = positive ? arith::FPToUIOp::create(s, wide, safe).getResult() : arith::FPToSIOp::create(s, wide, safe).getResult();
  if (wide != type)
    result = arith::TruncIOp::create(s, type, result);
  const unsigned stored = type.getIntOrFloatBitWidth();
  const APInt most = positive ? APInt::getMaxValue(width).zext(stored) : APInt::getSignedMaxValue(width).sext(stored);
  const APInt low = positive ? APInt::getZero(stored) : APInt::getSignedMinValue(width).sext(stored);
  const auto bound = [&](const APInt &v) { return arith::ConstantOp::create(s, IntegerAttr::get(type, v)).getResult(); };
  return s.select(tooLarge, bound(most), s.select(tooSmall, bound(low), result));
}

} // namespace

Value convert(Scalars &s, Value value, Type from, Type to) {
  Type type = computeType(to);
  if (to.isInteger(1))
    return from.isInteger(1) ? value : s.notEqual(value, s.like(value, 0));
  if (isFloat(value)) {
    if (!isa<FloatType>(type))
      return floatToInteger(s, value, to);
    if (type == value.getType())
      return value;
    return type.isF64() ? arith::ExtFOp::create(s, type, value).getResult() : arith::TruncFOp::create(s, type, value).getResult();
  }
  if (isa<FloatType>(type))
    return isUnsigned(from) ? arith::UIToFPOp::create(s, type, value).getResult() : arith::SIToFPOp::create(s, type, value).getResult();
  const unsigned before = value.getType().getIntOrFloatBitWidth(), after = type.getIntOrFloatBitWidth();
  if (before == after)
    return value;
  if (after < before)
    return arith::TruncIOp::create(s, type, value);
  return isUnsigned(from) ? arith::ExtUIOp::create(s, type, value).getResult() : arith::ExtSIOp::create(s, type, value).getResult();
}

TypedAttr storedAttr(Type element, const APFloat &value) {
  if (!isNarrowFloat(element))
    return FloatAttr::get(element, value);
  return IntegerAttr::get(storageType(element), value.bitcastToAPInt().zextOrTrunc(storageType(element).getIntOrFloatBitWidth()));
}

TypedAttr storedAttr(Type element, const APInt &value) {
  const unsigned width = storageType(element).getIntOrFloatBitWidth();
  return IntegerAttr::get(storageType(element), isUnsigned(element) ? value.zextOrTrunc(width) : value.sextOrTrunc(width));
}

} // namespace motion
