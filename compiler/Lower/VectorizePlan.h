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
  unsigned cost = 0; // operations of the body, mathematical functions counted as twenty
  Spreads spreads;
  llvm::SmallVector<mlir::arith::AtomicRMWKind> kinds;
};

/// Which loop goes into the lanes, and how.
Plan choosePlan(LoopNest &nest, unsigned vectorBits);

/// Emits the loops of `nest` at the builder's position.
void emitNest(mlir::OpBuilder &b, LoopNest &nest, const Plan &plan);
} // namespace motion::vectorize
#endif
