// The kernel dialect's registration, and kernel.contract's builder, verifier and shape queries.
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/DialectImplementation.h"

#include "dialects/Kernel/KernelDialect.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Kernel/KernelOps.cpp.inc"

using namespace mlir;

namespace motion::kernel {

void KernelDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Kernel/KernelOps.cpp.inc"
      >();
}

ConstantOp ConstantOp::of(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  while (isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp, tensor::ExtractSliceOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return dyn_cast_or_null<ConstantOp>(op);
}

void ContractOp::build(OpBuilder &b, OperationState &state, Value a, Value bOperand, ValueRange extras, ValueRange inits,
                       ArrayRef<AffineMap> maps, ArrayRef<int64_t> padding,
                       function_ref<Value(OpBuilder &, Location, ValueRange)> epilogue) {
  SmallVector<Value> origin;
  if (!padding.empty())
    origin.assign(padding.size(), arith::ConstantIndexOp::create(b, state.location, 0));
  SmallVector<Type> results;
  for (Value init : inits)
    if (isa<RankedTensorType>(init.getType()))
      results.push_back(init.getType());
  build(b, state, results, a, bOperand, extras, origin, inits, b.getAffineMapArrayAttr(maps),
        padding.empty() ? DenseI64ArrayAttr() : b.getDenseI64ArrayAttr(padding));
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(state.regions.back().get());
  body->addArgument(getElementTypeOrSelf(inits.front()), state.location);
  for (Value extra : extras)
    body->addArgument(getElementTypeOrSelf(extra), state.location);
  Value result = epilogue ? epilogue(b, state.location, body->getArguments()) : body->getArgument(0);
  YieldOp::create(b, state.location, result);
}

SmallVector<bool> ContractOp::getParallelDims() {
  SmallVector<bool> parallel(getNumLoops(), false);
  AffineMap init = getMaps()[2 + getExtras().size()];
  for (unsigned i = 0; i < parallel.size(); ++i)
    parallel[i] = init.isFunctionOfDim(i);
  return parallel;
}

AffineMap ContractOp::getMap(OpOperand &operand) {
  const unsigned index = operand.getOperandNumber(), extras = getExtras().size(), origin = getOrigin().size();
  if (index < 2 + extras)
    return getMaps()[index];
  return index < 2 + extras + origin ? AffineMap() : getMaps()[index - origin];
}

SmallVector<OpFoldResult> ContractOp::getLoopSizes(OpBuilder &b) {
  SmallVector<OpFoldResult> sizes(getNumLoops());
  SmallVector<OpOperand *> order;
  for (OpOperand &init : getInitsMutable())
    order.push_back(&init);
  order.push_back(&getAMutable());
  order.push_back(&getBMutable());
  const auto sizeOf = [&](Value value, int64_t dim) -> OpFoldResult {
    auto type = cast<ShapedType>(value.getType());
    if (!type.isDynamicDim(dim))
      return b.getIndexAttr(type.getDimSize(dim));
    return isa<MemRefType>(type) ? memref::DimOp::create(b, getLoc(), value, dim).getResult()
                                 : tensor::DimOp::create(b, getLoc(), value, dim).getResult();
  };
  for (OpOperand *operand : order)
    for (auto [position, expr] : llvm::enumerate(getMap(*operand).getResults())) {
      if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
        if (!sizes[dim.getPosition()])
          sizes[dim.getPosition()] = sizeOf(operand->get(), position);
        continue;
      }
      // A packed dimension that nothing else names: `n floordiv P` and `n mod P` give panels * P.
      auto floordiv = dyn_cast<AffineBinaryOpExpr>(expr);
      if (!floordiv || floordiv.getKind() != AffineExprKind::FloorDiv)
        continue;
      auto dim = dyn_cast<AffineDimExpr>(floordiv.getLHS());
      auto width = dyn_cast<AffineConstantExpr>(floordiv.getRHS());
      auto extent = cast<ShapedType>(operand->get().getType()).getDimSize(position);
      if (dim && width && !sizes[dim.getPosition()] && !ShapedType::isDynamic(extent))
        sizes[dim.getPosition()] = b.getIndexAttr(extent * width.getValue());
    }
  return sizes;
}

LogicalResult ContractOp::verify() {
  const unsigned operands = 2 + getExtras().size() + getInits().size();
  if (getIndexingMaps().size() != operands)
    return emitOpError("expected ") << operands << " indexing maps, found " << getIndexingMaps().size();
  if (getInits().empty())
    return emitOpError("expected at least one init");
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    AffineMap map = getMap(operand);
    if (!map)
      continue;
    auto type = cast<ShapedType>(operand.get().getType());
    if (map.getNumResults() != static_cast<unsigned>(type.getRank()) || map.getNumDims() != getNumLoops())
      return emitOpError("map ") << AffineMapAttr::get(map) << " does not fit operand type " << type;
    if (llvm::is_contained(getInits(), operand.get()) && !map.isProjectedPermutation())
      return emitOpError("expected the init's map to be a projected permutation, found ") << AffineMapAttr::get(map);
  }
  const int64_t rank = cast<ShapedType>(getA().getType()).getRank();
  if (getPadding() && (static_cast<int64_t>(getPadding()->size()) != rank || static_cast<int64_t>(getOrigin().size()) != rank))
    return emitOpError("expected padding and origin with one entry per dimension of a");
  if (!getPadding() && !getOrigin().empty())
    return emitOpError("origin without padding");
  Block &body = getEpilogue().front();
  if (body.getNumArguments() != 1 + getExtras().size())
    return emitOpError("expected an epilogue of ") << 1 + getExtras().size() << " arguments";
  auto yield = dyn_cast<YieldOp>(body.getTerminator());
  if (!yield || yield.getValues().size() != getInits().size())
    return emitOpError("expected the epilogue to yield one value per init");
  return success();
}

void ContractOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    if (isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
}

LogicalResult ContractOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &shapes) {
  for (Value init : getInits())
    shapes.push_back(tensor::getMixedSizes(b, getLoc(), init));
  return success();
}

} // namespace motion::kernel
