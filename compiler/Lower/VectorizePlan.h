// Which loop goes into the lanes, and how. Shared by the Vectorize*.cpp files only.
#ifndef COMPILER_LOWER_VECTORIZEPLAN_H
#define COMPILER_LOWER_VECTORIZEPLAN_H
#include "compiler/Lower/VectorizeBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace motion::vectorize {
/// `dim` < 0: scalar loops. `kinds`: how each output combines, filled when the lanes hold a reduction.
struct Plan {
  int dim = -1;
  int64_t width = 0;
  bool scalarTail = false;
  bool apart = false; // elements along the lanes are not neighbours everywhere: a tail of one (a batch of one) is better off as a scalar
  unsigned cost = 0; // operations of the body, mathematical functions counted as twenty
  Spreads spreads;
  llvm::SmallVector<mlir::arith::AtomicRMWKind> kinds;
};

/// Which loop goes into the lanes, and how.
Plan choosePlan(LoopNest &nest, unsigned vectorBits);

/// A square of `size` lanes and `size` iterations of loop `other`, along which `operands` are contiguous.
struct Tile {
  unsigned other;
  int64_t size;
  llvm::SmallVector<unsigned> operands;
};

/// The tile for an op that transposes some of its inputs, if it is one.
std::optional<Tile> chooseTile(const LoopNest &nest, const Plan &plan);

/// Replaces the rows of a square matrix by its columns; the number of rows is a power of two.
void transposeSquare(mlir::OpBuilder &b, mlir::Location loc, llvm::SmallVectorImpl<mlir::Value> &rows);

/// Emits the loops of `nest` at the builder's position.
void emitNest(mlir::OpBuilder &b, LoopNest &nest, Plan plan);
} // namespace motion::vectorize
#endif
