// The innermost part of a contraction: a tile of rows x vectors of accumulators that lives in registers, and its epilogue.
#ifndef COMPILER_LOWER_CONTRACT_REGISTERTILE_H
#define COMPILER_LOWER_CONTRACT_REGISTERTILE_H
#include "compiler/Lower/Contract/NonZeros.h"

namespace motion::contract {

/// Vector registers of the target.
struct Registers {
  unsigned bits = 512;    ///< width of one
  unsigned count = 32;    ///< how many
  /// Vectors in a row of the widest tile that reaches the peak: 6x4 of 32 registers, 6x2 of 16.
  unsigned tileVectors() const { return count >= 32 ? 4 : 2; }
};

/// Most rows of a tile `vectors` wide that stay in registers when b is loaded first: rows*vectors accumulators, `vectors` of b and one of a.
/// (B-first reaches the peak exactly as long as nothing spills; one row needs no register for b.)
unsigned maxRows(const Registers &registers, unsigned vectors);

/// A loop of the reduction inside a tile: strides of a and b, and bounds (padding clamps them).
struct Reduction {
  mlir::OpFoldResult begin, end, strideA, strideB;
};

/// A part of a long sum that is added to what earlier parts have left in the first init.
struct Part {
  mlir::OpFoldResult begin;   ///< first step of the innermost reduction
  int64_t length = 0;         ///< steps
  mlir::Value first, last;    ///< i1: nothing is there yet; the epilogue follows
};

/// One register tile. Offsets are those of its first row and column, per pointer.
struct Tile {
  unsigned rows = 1, vectors = 1;
  mlir::Value lastMask;   ///< mask of the last vector when only a part of it exists, else null
  llvm::SmallVector<mlir::OpFoldResult> offsets, rowStrides, laneStrides;
  llvm::SmallVector<Reduction> reductions;   ///< outermost first
  std::optional<Part> part;   ///< of the only reduction, or all of it
  std::optional<NonZeros> nonZeros;   ///< steps of the only reduction that are made, or all of them
  bool packed = true;     ///< b's panels are padded: it is never loaded under the mask
  unsigned panelVectors = 0;        ///< vectors in a panel of b; a tile may span panels
  mlir::OpFoldResult panelStride;   ///< elements from a panel of b to the next
  std::optional<mlir::OpFoldResult> prefetch;   ///< elements from what is read of b to what is asked of memory at the same time

  /// Elements from the tile's first vector of b to vector v.
  mlir::OpFoldResult vectorOffset(IndexMath &math, unsigned v, int64_t lanes) const {
    if (v < panelVectors || panelVectors == 0)
      return math.constant(v * lanes);
    return math.add(math.mul(math.constant(v / panelVectors), panelStride), math.constant(v % panelVectors * lanes));
  }
};

/// Length of the parts that a long sum is made of, or 0 for a sum in one go: a divisor of `length`. The error of a sum of n products grows with the
/// length of its longest chain of additions.
int64_t partOf(int64_t length);

/// Emits the sums of products and the epilogue of one tile at the builder's insertion point.
void emitTile(mlir::OpBuilder &b, kernel::ContractOp op, llvm::ArrayRef<Pointer> pointers, const Tile &tile, const Registers &registers);

} // namespace motion::contract
#endif
