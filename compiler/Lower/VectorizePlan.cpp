// Chooses the loop for the lanes by access volume: a linalg op's loops and strides in, a plan out.
// Per operand: the share of all iterations that touch different elements (outputs twice); contiguous +8, strided -16 times that share.
// A loop shorter than the vector counts for the lanes it fills. Parallel loops win ties. (Weights measured: the first choice by
// operand rank was four times slower on column sums.)
#include "compiler/Lower/VectorizePlan.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace motion::vectorize;

static constexpr double assumedExtent = 64; // of symbolic loops

static double extent(const LoopDim &dim) { return dim.isStatic() ? double(dim.size.constant) : assumedExtent; }

/// How `result` of the body combines with the accumulator `argument`, when it is an associative operation.
static std::optional<arith::AtomicRMWKind> combiner(Value result, BlockArgument argument) {
  Operation *op = result.getDefiningOp();
  if (!op || !argument.hasOneUse() || *argument.user_begin() != op)
    return std::nullopt;
  using Kind = arith::AtomicRMWKind;
  if (isa<math::FmaOp>(op))
    return op->getOperand(2) == argument ? std::optional(Kind::addf) : std::nullopt;
  return llvm::TypeSwitch<Operation *, std::optional<Kind>>(op)
      .Case([](arith::AddFOp) { return Kind::addf; })
      .Case([](arith::AddIOp) { return Kind::addi; })
      .Case([](arith::MulFOp) { return Kind::mulf; })
      .Case([](arith::MulIOp) { return Kind::muli; })
      .Case([](arith::MaximumFOp) { return Kind::maximumf; })
      .Case([](arith::MinimumFOp) { return Kind::minimumf; })
      .Case([](arith::MaxNumFOp) { return Kind::maxnumf; })
      .Case([](arith::MinNumFOp) { return Kind::minnumf; })
      .Case([](arith::MaxSIOp) { return Kind::maxs; })
      .Case([](arith::MaxUIOp) { return Kind::maxu; })
      .Case([](arith::MinSIOp) { return Kind::mins; })
      .Case([](arith::MinUIOp) { return Kind::minu; })
      .Case([](arith::AndIOp) { return Kind::andi; })
      .Case([](arith::OrIOp) { return Kind::ori; })
      .Case([](arith::XOrIOp) { return Kind::xori; })
      .Default([](Operation *) { return std::nullopt; });
}

static bool combinersOf(LoopNest &nest, SmallVectorImpl<arith::AtomicRMWKind> &kinds) {
  for (auto [i, result] : llvm::enumerate(nest.body().getTerminator()->getOperands())) {
    auto kind = combiner(result, nest.body().getArgument(nest.numInputs + i));
    if (!kind)
      return false;
    kinds.push_back(*kind);
  }
  return true;
}

static double scoreOf(LoopNest &nest, unsigned dim, int64_t width) {
  double good = 0, bad = 0;
  for (Operand &operand : nest.operands) {
    if (operand.scalar || (!operand.read && !operand.output) || operand.strides[dim].isZero())
      continue;
    double share = operand.output ? 2 : 1;
    for (auto [loop, stride] : llvm::zip(nest.dims, operand.strides))
      if (stride.isZero())
        share /= extent(loop);
    if (operand.strides[dim].isOne())
      good += 8 * share;
    else
      bad += 16 * share;
  }
  int64_t n = nest.dims[dim].isStatic() ? nest.dims[dim].size.constant : width;
  double filled = double(n) / (llvm::divideCeil(std::max<int64_t>(n, 1), width) * width);
  // Lanes that do not come from memory still save arithmetic.
  return (good + 1) * filled - bad - (nest.dims[dim].reduction ? 0.01 : 0);
}

static bool hasNarrowAccess(LoopNest &nest, unsigned dim) {
  bool narrow = false;
  for (Operand &operand : nest.operands)
    narrow |= !operand.scalar && !operand.strides[dim].isZero() && operand.element.isIntOrFloat() && operand.element.getIntOrFloatBitWidth() < 32;
  nest.body().walk([&](memref::LoadOp load) { narrow |= load.getType().isIntOrFloat() && load.getType().getIntOrFloatBitWidth() < 32; });
  return narrow;
}

/// Elements apart: a masked vector would gather them one by one, wanted or not.
static bool hasStridedAccess(LoopNest &nest, unsigned dim) {
  return llvm::any_of(nest.operands, [&](const Operand &operand) {
    return !operand.scalar && (operand.read || operand.output) && !operand.strides[dim].isZero() && !operand.strides[dim].isOne();
  });
}

static unsigned costOf(LoopNest &nest) {
  unsigned cost = 0;
  for (Operation &op : nest.body().without_terminator())
    cost += isa<math::MathDialect>(op.getDialect()) && !isa<math::AbsFOp, math::FmaOp, math::FloorOp, math::CeilOp>(op) ? 20 : 1;
  return cost;
}

Plan motion::vectorize::choosePlan(LoopNest &nest, unsigned vectorBits) {
  static constexpr unsigned cheap = 16; // a body that costs less than the gathers of a masked vector
  Plan best;
  best.cost = costOf(nest);
  SmallVector<arith::AtomicRMWKind> kinds;
  bool associative = combinersOf(nest, kinds);
  double bestScore = -1e30;
  for (unsigned dim = 0; dim < nest.dims.size(); ++dim) {
    LoopDim &loop = nest.dims[dim];
    if (loop.reduction && !associative)
      continue;
    std::optional<Spreads> spreads = spreadAlong(nest, dim);
    if (!spreads)
      continue;
    int64_t width = std::min<int64_t>(vectorBits / widestBits(nest, dim, *spreads), 64);
    if (loop.isStatic())
      width = std::min<int64_t>(width, llvm::PowerOf2Ceil(loop.size.constant));
    double score = scoreOf(nest, dim, vectorBits / widestBits(nest, dim, *spreads));
    if (width < 2 || score <= bestScore)
      continue;
    bestScore = score;
    best.dim = dim;
    best.width = width;
    best.spreads = std::move(*spreads);
    best.apart = !loop.isStatic() && hasStridedAccess(nest, dim);
    best.scalarTail = (vectorBits < 512 && hasNarrowAccess(nest, dim)) || (best.apart && best.cost <= cheap);
    best.kinds = loop.reduction ? kinds : SmallVector<arith::AtomicRMWKind>();
  }
  return best;
}
