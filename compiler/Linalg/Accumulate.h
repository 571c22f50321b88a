// Sums, maxima and other combinations over loops, as linalg.generic.
#ifndef COMPILER_LINALG_ACCUMULATE_H
#define COMPILER_LINALG_ACCUMULATE_H
#include "compiler/Linalg/Node.h"

namespace motion {

/// New value of the accumulator from one scalar per input, in the inputs' compute types, and the accumulator.
using AccumulateBody = llvm::function_ref<mlir::Value(Scalars &, mlir::ValueRange, mlir::Value)>;

/// For every point of the loops in `resultMap`, a projected permutation: `start` combined with the inputs over all other loops, in order.
/// The result's element type is that of `start`.
Tensor accumulate(Node &node, llvm::ArrayRef<Tensor> inputs, llvm::ArrayRef<mlir::AffineMap> maps, llvm::ArrayRef<mlir::OpFoldResult> resultSizes,
                  mlir::AffineMap resultMap, mlir::Value start, AccumulateBody body);

/// Accumulates `input` over `axes`, which the result does not have.
Tensor accumulateAxes(Node &node, const Tensor &input, llvm::ArrayRef<int64_t> axes, mlir::Value start, AccumulateBody body);

/// The map from the loops of a tensor of rank `rank` to what accumulateAxes leaves.
mlir::AffineMap withoutAxes(Node &node, int64_t rank, llvm::ArrayRef<int64_t> axes);

/// Where maxima start: minus infinity, or the least integer.
mlir::Value leastValue(Node &node, mlir::Type element);

/// A constant of a compute type, outside of bodies.
mlir::Value scalarConstant(Node &node, mlir::Type type, double value);

} // namespace motion
#endif
