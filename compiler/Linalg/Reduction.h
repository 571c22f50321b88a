// Reductions as linalg.generic: a destination filled with the neutral element, then one pass.
#ifndef COMPILER_LINALG_REDUCTION_H
#define COMPILER_LINALG_REDUCTION_H
#include "compiler/Linalg/Accumulate.h"
#include "compiler/Linalg/Elementwise.h"

namespace motion {

/// Combines the accumulator, first, with one scalar per input.
using ReductionBody = llvm::function_ref<mlir::Value(Scalars &, mlir::Value accumulator, mlir::ValueRange)>;

/// How a reduction combines two values.
enum class Kind { Sum, Product, Max, Min };

/// A constant of `element`'s compute type that leaves every other value as it is: 0, 1, the lowest, the highest.
mlir::Value neutral(Node &node, Kind kind, mlir::Type element);
/// acc (op) value.
mlir::Value combine(Scalars &s, Kind kind, mlir::Value accumulator, mlir::Value value, bool isUnsigned = false);

/// Reduces loops over `sizes` along `axes`; each input is read by its map, `loops`-dimensional. The result is in `element`, a compute type, with
/// the other dimensions in order (`keepDims`: the reduced ones as 1).
Tensor reduce(Node &node, mlir::Type element, llvm::ArrayRef<mlir::OpFoldResult> sizes, llvm::ArrayRef<int64_t> axes, bool keepDims,
              llvm::ArrayRef<Tensor> inputs, llvm::ArrayRef<mlir::AffineMap> maps, mlir::Value start, ReductionBody body);

/// Reduces one tensor; `before` is applied to each element (identity when null).
Tensor reduce(Node &node, const Tensor &x, llvm::ArrayRef<int64_t> axes, bool keepDims, Kind kind,
              llvm::function_ref<mlir::Value(Scalars &, mlir::Value)> before = nullptr);

/// Position of the greatest element along `axis` (least if `least`), the first such one or the last; i64, the axis left out.
Tensor argMax(Node &node, const Tensor &x, int64_t axis, bool least, bool last);

} // namespace motion
#endif
