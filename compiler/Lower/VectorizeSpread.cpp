// Decides which loops of a linalg op can lie in the lanes of a vector: the body in, one spread per value out.
//   linalg.index of the loop is a step, an operand that the loop does not move is uniform; x[row, index] with a uniform row
//   and a step index is a contiguous load. Anything without a vector form (a load at data-dependent places, control flow on varying values) refuses.
#include "compiler/Lower/VectorizeBody.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace motion::vectorize;

static bool isLaneElement(Type type) { return type.isIntOrIndexOrFloat(); }

static Spread lookup(const Spreads &spreads, Value value) {
  auto it = spreads.find(value);
  return it == spreads.end() ? Spread::Uniform : it->second; // values from outside of the body are the same in all lanes
}

/// The spread of a load in the body, or nothing when its addresses have no order.
static std::optional<Spread> spreadOfLoad(memref::LoadOp load, const Spreads &spreads) {
  auto type = load.getMemRefType();
  auto [strides, offset] = type.isStrided() ? type.getStridesAndOffset() : std::pair<SmallVector<int64_t>, int64_t>();
  if (type.getRank() == 0 || strides.empty() || strides.back() != 1 || type.getElementType().isInteger(1) || !isLaneElement(type.getElementType()))
    return std::nullopt;
  for (Value index : load.getIndices().drop_back())
    if (lookup(spreads, index) != Spread::Uniform)
      return std::nullopt;
  if (lookup(spreads, load.getIndices().back()) != Spread::Step)
    return std::nullopt;
  return Spread::Varying;
}

/// True when a step moved by `op` stays a step: sums with uniform values and changes of the integer type that keep the value.
static bool keepsStep(Operation &op, const Spreads &spreads) {
  if (isa<arith::IndexCastOp>(op))
    return op.getOperand(0).getType().isIndex() || op.getResult(0).getType().isIndex();
  if (isa<arith::AddIOp>(op))
    return (lookup(spreads, op.getOperand(0)) == Spread::Uniform) != (lookup(spreads, op.getOperand(1)) == Spread::Uniform);
  return isa<arith::SubIOp>(op) && lookup(spreads, op.getOperand(1)) == Spread::Uniform;
}

static std::optional<Spread> spreadOfOp(Operation &op, const Spreads &spreads, unsigned lane, LoopNest &nest) {
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    const LoopDim &dim = nest.dims[lane];
    return dim.sources.size() == 1 && dim.sources.front() == index.getDim() ? Spread::Step : Spread::Uniform;
  }
  llvm::SetVector<Value> captured(op.operand_begin(), op.operand_end());
  getUsedValuesDefinedAbove(op.getRegions(), captured);
  if (llvm::all_of(captured, [&](Value value) { return lookup(spreads, value) == Spread::Uniform; }))
    return Spread::Uniform;
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return spreadOfLoad(load, spreads);
  if (!OpTrait::hasElementwiseMappableTraits(&op) || op.getNumRegions() != 0)
    return std::nullopt;
  if (!llvm::all_of(op.getOperandTypes(), isLaneElement) || !llvm::all_of(op.getResultTypes(), isLaneElement))
    return std::nullopt;
  bool steps = llvm::none_of(op.getOperands(), [&](Value value) { return lookup(spreads, value) == Spread::Varying; });
  return steps && keepsStep(op, spreads) ? Spread::Step : Spread::Varying;
}

std::optional<Spreads> motion::vectorize::spreadAlong(LoopNest &nest, unsigned dim) {
  Spreads spreads;
  for (auto [operand, argument] : llvm::zip(nest.operands, nest.body().getArguments())) {
    bool moves = !operand.strides[dim].isZero();
    if (!moves && operand.output && !nest.dims[dim].reduction)
      return std::nullopt;
    Spread spread = moves || operand.output ? Spread::Varying : Spread::Uniform;
    if (spread == Spread::Varying && !isLaneElement(operand.element))
      return std::nullopt;
    spreads[argument] = spread;
  }
  for (Operation &op : nest.body().without_terminator()) {
    std::optional<Spread> spread = spreadOfOp(op, spreads, dim, nest);
    if (!spread)
      return std::nullopt;
    for (Value result : op.getResults())
      spreads[result] = *spread;
  }
  return spreads;
}

unsigned motion::vectorize::widestBits(LoopNest &nest, unsigned dim, const Spreads &spreads) {
  unsigned bits = 8;
  auto widen = [&](Type type) {
    if (!type.isInteger(1))
      bits = std::max(bits, type.isIndex() ? 64u : type.getIntOrFloatBitWidth());
  };
  for (Operand &operand : nest.operands)
    if (!operand.strides[dim].isZero() || operand.output)
      widen(operand.element);
  for (Operation &op : nest.body().without_terminator())
    for (Value value : op.getResults())
      if (lookup(spreads, value) == Spread::Varying)
        widen(value.getType());
  return bits;
}
