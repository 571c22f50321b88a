// The linear access form of kernel.contract on memrefs: every operand is a pointer with one stride per loop, so that the emitter sees loops and
// strides and no longer matrices or convolutions.
//   kernel.contract ins(%x, %w : memref<?x216x69xf32>, memref<1x25x69x32xf32>) ...
//   -> loops b, t, nb, n (parallel), kk, c (reduction) with strides of a, b, extras, init; kk and c merge into one loop of 1725 steps
#ifndef COMPILER_LOWER_CONTRACT_LINEARACCESS_H
#define COMPILER_LOWER_CONTRACT_LINEARACCESS_H
#include "dialects/Kernel/KernelDialect.h"

namespace motion::contract {

/// Index arithmetic that folds constants.
class IndexMath {
public:
  IndexMath(mlir::OpBuilder &b, mlir::Location loc) : b(b), loc(loc) {}
  mlir::OpFoldResult constant(int64_t value) { return b.getIndexAttr(value); }
  mlir::OpFoldResult add(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult sub(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult mul(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult min(mlir::OpFoldResult x, mlir::OpFoldResult y);
  mlir::OpFoldResult max(mlir::OpFoldResult x, mlir::OpFoldResult y);
  /// Quotients by a positive constant, rounded down or up; right for negative x.
  mlir::OpFoldResult floorDiv(mlir::OpFoldResult x, int64_t divisor);
  mlir::OpFoldResult ceilDiv(mlir::OpFoldResult x, int64_t divisor);
  mlir::Value value(mlir::OpFoldResult x);

private:
  mlir::OpBuilder &b;
  mlir::Location loc;
};

/// The first `count` of so many lanes, as a constant of i1.
mlir::Value maskOf(mlir::OpBuilder &b, mlir::Location loc, int64_t lanes, int64_t count);

/// One loop. `strides`: elements per step for a, b, extras..., inits...
struct Loop {
  mlir::OpFoldResult size;
  bool parallel = false;
  llvm::SmallVector<mlir::OpFoldResult> strides;
  unsigned dimension = 0;   ///< loop of the contraction it came from (the outermost one when merged)
};

/// A padded dimension of `a`: its index is sum(coefficient * loop) + shift, and the elements outside [0, extent) are zeros.
struct Padding {
  mlir::OpFoldResult extent, shift;
  llvm::SmallVector<std::pair<unsigned, int64_t>> terms;   ///< contraction dimension, coefficient
};

/// Operand as a pointer: a 1-D memref from element 0 of the buffer, and the offset of the view in elements.
struct Pointer {
  mlir::Value memref;
  mlir::OpFoldResult offset;
};

/// A contraction as loops and pointers. Loops keep the contraction's order; `n` is split into panels and lanes when b is packed.
struct LinearForm {
  llvm::SmallVector<Pointer> pointers;   ///< a, b, extras..., inits...
  llvm::SmallVector<Loop> loops;
  llvm::SmallVector<Padding> paddings;
  int lanes = -1;    ///< loop with stride 0 in a, 1 in b and in the inits
  int panels = -1;   ///< loop over packed panels, or -1
  mlir::OpFoldResult columns;   ///< columns in all: the last panel may be partly used
};

/// The linear form; failure with a diagnostic when no loop has stride 0 in a and stride 1 in both b and the inits.
mlir::FailureOr<LinearForm> linearize(mlir::OpBuilder &b, kernel::ContractOp op);

/// Merges neighbouring loops of equal kind where all operands' strides agree (outer stride = inner size * inner stride). Loops named in `keep`
/// (contraction dimensions) are left alone.
void mergeLoops(IndexMath &math, llvm::SmallVectorImpl<Loop> &loops, llvm::ArrayRef<unsigned> keep);

} // namespace motion::contract
#endif
