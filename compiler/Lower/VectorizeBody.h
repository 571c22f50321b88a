// One point of a loop nest, as a scalar or as the lanes of a vector along one loop. Shared by the Vectorize*.cpp files only.
#ifndef COMPILER_LOWER_VECTORIZEBODY_H
#define COMPILER_LOWER_VECTORIZEBODY_H
#include "compiler/Lower/VectorizeAccess.h"
#include <optional>

namespace motion::vectorize {
/// How a value of the body varies over the lanes: the same everywhere, increasing by one, or any.
enum class Spread { Uniform, Step, Varying };
using Spreads = llvm::DenseMap<mlir::Value, Spread>;

/// The spread of every value of the body when loop `dim` lies in the lanes; nothing when some op has no vector form.
std::optional<Spreads> spreadAlong(LoopNest &nest, unsigned dim);

/// Bits of the widest type that is computed or accessed in the lanes; at least 8.
unsigned widestBits(LoopNest &nest, unsigned dim, const Spreads &spreads);

/// Where the loops stand: the linear index per operand, the induction variable per loop (null: 0), scalars loaded before the loops inside.
struct Point {
  llvm::SmallVector<mlir::Value> index, iv, loaded;
};

/// The lanes of one vector along loop `dim`. `active` lanes are inside (equal to `width` in whole vectors); a symbolic number is in
/// `mask` alone. Width 0 means a scalar.
struct Lanes {
  int dim = -1;
  int64_t width = 0;
  int64_t active = 0;
  mlir::Value mask;
};

/// Emits what a linalg op does at one point of its loops, on vectors.
class BodyEmitter {
public:
  BodyEmitter(mlir::OpBuilder &b, LoopNest &nest, const Spreads &spreads) : b(b), loc(nest.op.getLoc()), nest(nest), spreads(spreads) {}

  /// The point at iteration 0 of every loop.
  Point origin();
  /// `point` with loop `dim` moved on by `iv` iterations.
  Point advance(const Point &point, unsigned dim, mlir::Value iv);
  /// Loads the inputs that no loop of `inner` moves, so that they stay in registers.
  void preload(Point &point, llvm::ArrayRef<unsigned> inner);
  /// The value of an operand at the lanes (a scalar where it does not vary).
  mlir::Value load(unsigned operand, const Point &point, const Lanes &lanes);
  void store(unsigned operand, const Point &point, const Lanes &lanes, mlir::Value value);
  /// The body's results. Output arguments take the values of `accumulators`; without them they are loaded.
  llvm::SmallVector<mlir::Value> evaluate(const Point &point, const Lanes &lanes, mlir::ValueRange accumulators);

  mlir::Value splat(mlir::Value scalar, int64_t width);
  mlir::Value constant(mlir::Type type, double value);
  /// A mask of the first `active` of `width` lanes.
  mlir::Value constantMask(int64_t width, int64_t active);
  /// A mask of the first `rest` (an index) of `width` lanes.
  mlir::Value dynamicMask(int64_t width, mlir::Value rest);

  mlir::OpBuilder &b;
  mlir::Location loc;
  LoopNest &nest;

private:
  struct Evaluation;
  mlir::Value addIndex(mlir::Value index, mlir::Value step, const Product &stride);
  mlir::Value loadStrided(const Operand &operand, mlir::Value index, const Product &stride, const Lanes &lanes, mlir::Type type);
  void storeStrided(const Operand &operand, mlir::Value index, const Product &stride, const Lanes &lanes, mlir::Value value);
  mlir::Value loadElement(const Operand &operand, mlir::Value index);
  /// The induction variable of dimension `source` of the linalg op.
  mlir::Value iteration(const Point &point, unsigned source);
  void cloneOp(Evaluation &e, mlir::Operation &op);
  void cloneLoad(Evaluation &e, mlir::memref::LoadOp op);
  const Spreads &spreads;
};

/// `type` in `width` lanes; the type itself for width 0.
mlir::Type laneType(mlir::Type type, int64_t width);
/// The storage type of an element in memory: bool is a byte.
mlir::Type storageType(mlir::Type element);
} // namespace motion::vectorize
#endif
