// The rows of some columns in register tiles.
#ifndef COMPILER_LOWER_CONTRACT_ROWTILES_H
#define COMPILER_LOWER_CONTRACT_ROWTILES_H
#include "compiler/Lower/Contract/LoopNest.h"

namespace motion::contract {

/// Columns that are emitted together, and what of their sums is made.
struct Columns {
  unsigned vectors = 1;
  mlir::Value lastMask;   ///< mask of the last vector when only a part of it exists, else null
  std::optional<Part> part;
  std::optional<NonZeros> nonZeros;
};

/// Emits all rows of some columns from `offsets` on: tiles of the most rows that the registers hold, and one of exactly its size for what is left.
void emitRows(LoopNest &nest, Offsets offsets, const Columns &columns);

} // namespace motion::contract
#endif
