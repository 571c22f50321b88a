// Sizes of buffers: from the operands of an alloc to a constant times index values at the head of the function.
#include "compiler/Bufferize/SizeExpression.h"
#include "compiler/Bufferize/MemoryPlanner.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace motion {

int64_t elementBytes(Type type) {
  if (auto complex = dyn_cast<ComplexType>(type))
    return 2 * elementBytes(complex.getElementType());
  if (isa<IndexType>(type))
    return 8;
  return static_cast<int64_t>(llvm::PowerOf2Ceil(llvm::divideCeil(type.getIntOrFloatBitWidth(), 8u)));
}

Value HeadValues::get(Value value) {
  if (Value there = known.lookupOrNull(value))
    return there;
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumRegions() != 0 || !isPure(op) || !llvm::all_of(op->getOperandTypes(), [](Type type) { return type.isIntOrIndex(); }))
    return {};
  for (Value operand : op->getOperands()) {
    Value there = get(operand);
    if (!there)
      return {};
    known.map(operand, there);
  }
  b.clone(*op, known);
  return known.lookup(value);
}

/// A constant, or a value at the head: `value` itself, or its upper bound over the iterations of `level`.
OpFoldResult HeadValues::getBounded(Value value, Operation *level) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return b.getIndexAttr(*constant);
  if (Value there = get(value))
    return there;
  auto loop = dyn_cast_or_null<LoopLikeOpInterface>(level);
  if (!loop)
    return {};
  FailureOr<int64_t> constant = ValueBoundsConstraintSet::computeConstantBound(presburger::BoundType::UB, value, nullptr, /*closedUB=*/true);
  if (succeeded(constant))
    return b.getIndexAttr(*constant);
  AffineMap map;
  ValueDimList operands;
  const std::optional<SmallVector<Value>> variables = loop.getLoopInductionVars();
  if (!variables || failed(ValueBoundsConstraintSet::computeIndependentBound(map, operands, presburger::BoundType::UB, value, *variables,
                                                                           /*closedUB=*/true)))
    return {};
  SmallVector<Value> there;
  for (auto [operand, dimension] : operands) {
    there.push_back(dimension ? Value() : get(operand));
    if (!there.back())
      return {};
  }
  return affine::AffineApplyOp::create(b, value.getLoc(), map, there).getResult();
}

FailureOr<SizeExpression> HeadValues::getSize(memref::AllocOp alloc, Operation *level) {
  SizeExpression size;
  size.bytes = elementBytes(alloc.getType().getElementType());
  for (int64_t extent : alloc.getType().getShape())
    if (!ShapedType::isDynamic(extent))
      size.bytes *= extent;
  for (Value dimension : alloc.getDynamicSizes()) {
    OpFoldResult bounded = getBounded(dimension, level);
    if (!bounded)
      return failure();
    if (std::optional<int64_t> constant = getConstantIntValue(bounded))
      size.bytes *= *constant;
    else
      size.factors.push_back(cast<Value>(bounded));
  }
  for (Value factor : size.factors)
    numberOf(factor);
  llvm::sort(size.factors, [&](Value x, Value y) { return numberOf(x) < numberOf(y); });
  return size;
}

Value HeadValues::multiplyOut(Location loc, int64_t bytes, ValueRange factors) {
  if (factors.empty())
    return arith::ConstantIndexOp::create(b, loc, alignBuffer(bytes));
  Value product = arith::ConstantIndexOp::create(b, loc, bytes);
  for (Value factor : factors)
    product = arith::MulIOp::create(b, loc, product, factor);
  if (bytes % bufferAlignment == 0)
    return product;
  Value up = arith::AddIOp::create(b, loc, product, arith::ConstantIndexOp::create(b, loc, bufferAlignment - 1));
  return arith::AndIOp::create(b, loc, up, arith::ConstantIndexOp::create(b, loc, -bufferAlignment));
}

} // namespace motion
