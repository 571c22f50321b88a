// Element types: what ONNX calls them, how they are stored in tensors, and what arithmetic runs in.
//   ONNX            f32  f64  i1  i8..i64  ui8..ui64  f16, bf16    f8..., f4   i4, ui4, i2, ui2
//   stored          f32  f64  i1  i8..i64  i8..i64    i16 (bits)   i8 (bits)   i8
//   computed        f32  f64  i1  i8..i64  i8..i64    f32          f32         i8
#ifndef COMPILER_LINALG_ELEMENTS_H
#define COMPILER_LINALG_ELEMENTS_H
#include "compiler/Linalg/Scalars.h"
#include "mlir/IR/BuiltinTypes.h"

namespace motion {

/// f16, bf16 and smaller: stored as the integer of their bits, computed in f32.
bool isNarrowFloat(mlir::Type element);
bool isUnsigned(mlir::Type element);
mlir::Type storageType(mlir::Type element);
mlir::Type computeType(mlir::Type element);
/// The element's number in ONNX's TensorProto.DataType.
int64_t onnxDataType(mlir::Type element);

/// Stored scalar -> scalar to compute with, exactly.
mlir::Value decode(Scalars &s, mlir::Value stored, mlir::Type element);
/// The reverse, to nearest even; beyond the largest value: that value if `saturate`, else infinity, or NaN where the type has none.
mlir::Value encode(Scalars &s, mlir::Value value, mlir::Type element, bool saturate = false);
/// A scalar of `from`'s compute type as one of `to`'s, by ONNX's Cast. Floats out of an integer's range give its nearest bound, NaN gives 0;
/// integers of less than a byte are the low bits of such a one.
mlir::Value convert(Scalars &s, mlir::Value value, mlir::Type from, mlir::Type to);
/// A constant as it is stored.
mlir::TypedAttr storedAttr(mlir::Type element, const llvm::APFloat &value);
mlir::TypedAttr storedAttr(mlir::Type element, const llvm::APInt &value);

} // namespace motion
#endif
