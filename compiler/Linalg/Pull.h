// Tensors given by a rule per element, the form of everything that moves data by computed places, and scalar index arithmetic for such rules.
#ifndef COMPILER_LINALG_PULL_H
#define COMPILER_LINALG_PULL_H
#include "compiler/Linalg/Node.h"

namespace motion {

/// From the place of an element of the result (one index per dimension) to its value.
using ElementRule = llvm::function_ref<mlir::Value(Scalars &, mlir::ValueRange)>;

/// result[i...] = rule(i...), values as they are stored.
Tensor pull(Node &node, llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type element, ElementRule rule);

/// The same with one element of `input` at every place, read by `map`; the rule gets it as its last value.
Tensor pullWith(Node &node, llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type element, const Tensor &input, mlir::AffineMap map, ElementRule rule);

/// The stored element at a place, which must be inside.
mlir::Value elementAt(Scalars &s, const Tensor &tensor, mlir::ValueRange place);

/// Sizes as values that bodies may use.
llvm::SmallVector<mlir::Value> indexValues(Node &node, llvm::ArrayRef<mlir::OpFoldResult> sizes);

/// Refuses indices that are known now and outside; element i of them counts in dimension i % n of the n `extents`.
mlir::LogicalResult checkIndices(Node &node, mlir::Value onnxIndices, llvm::ArrayRef<mlir::OpFoldResult> extents);
/// An index read from data, as an index inside of [0, size): negative ones count from the end, those out of range give the nearest.
mlir::Value insideIndex(Scalars &s, mlir::Value index, mlir::Value size);
/// min(max(index, 0), size - 1).
mlir::Value clampIndex(Scalars &s, mlir::Value index, mlir::Value size);
/// 0 <= index < size.
mlir::Value isInside(Scalars &s, mlir::Value index, mlir::Value size);
/// A stored integer as an index.
mlir::Value toIndex(Scalars &s, mlir::Value integer, mlir::Type element);
/// A float's integral part as an index; far outside of any tensor for what an index cannot hold, 0 for NaN.
mlir::Value wholePlace(Scalars &s, mlir::Value number);
/// A constant index.
mlir::Value indexConstant(Scalars &s, int64_t value);

/// Sizes that shape inference found for a result, or nothing when one is unknown.
std::optional<Sizes> declaredSizes(Node &node, mlir::Value onnxResult);

} // namespace motion
#endif
