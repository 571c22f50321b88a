// The steps of a reduction whose element of a is not 0, as a list on the stack: what the tiles of one row go through when much of a is 0.
#ifndef COMPILER_LOWER_CONTRACT_NONZEROS_H
#define COMPILER_LOWER_CONTRACT_NONZEROS_H
#include "compiler/Lower/Contract/LinearAccess.h"

namespace motion::contract {

/// Most steps in one list, of 2 bytes each.
constexpr int64_t mostListed = 4096;

/// A list of steps in rising order.
struct NonZeros {
  mlir::Value steps;         ///< memref of i16: counted from `begin`
  mlir::Value count;         ///< index
  mlir::OpFoldResult begin;
  int64_t ahead = 0;   ///< entries ahead of which b is asked of memory, or 0: the hardware does not foresee which steps follow
};

/// Lists the steps [begin, begin + length), at most mostListed, for which `a`, one element a step from `offset` on, is not 0. NaN is not 0.
NonZeros listNonZeros(mlir::OpBuilder &b, mlir::Location loc, const Pointer &a, mlir::OpFoldResult offset, mlir::OpFoldResult begin, int64_t length,
                      int64_t lanes);

/// How many of the `length` elements of a from `offset` on are not 0; index.
mlir::Value countNonZeros(mlir::OpBuilder &b, mlir::Location loc, const Pointer &a, mlir::OpFoldResult offset, int64_t length, int64_t lanes);

} // namespace motion::contract
#endif
