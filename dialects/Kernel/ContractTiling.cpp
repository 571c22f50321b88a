// TilingInterface of kernel.contract: slices along parallel dimensions. Each operand's slice is computed by evaluating its map at the tile's
// first and last point, so overlapping and packed operands need no special case; padded dimensions of `a` move their origin instead.
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace motion::kernel {
namespace {

OpFoldResult evaluate(OpBuilder &b, Location loc, AffineExpr expr, unsigned dims, ArrayRef<OpFoldResult> at) {
  return affine::makeComposedFoldedAffineApply(b, loc, AffineMap::get(dims, 0, expr), at);
}

/// The slice of `operand` that the tile touches; the whole operand when that is all of it.
Value sliceOperand(OpBuilder &b, ContractOp op, OpOperand &operand, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                   SmallVectorImpl<Value> &origin) {
  Location loc = op.getLoc();
  AffineMap map = op.getMap(operand);
  auto type = cast<RankedTensorType>(operand.get().getType());
  const bool padded = &operand == &op.getAMutable() && op.getPadding();
  SmallVector<OpFoldResult> last;
  AffineExpr size = b.getAffineDimExpr(0);
  for (OpFoldResult s : sizes)
    last.push_back(affine::makeComposedFoldedAffineApply(b, loc, AffineMap::get(1, 0, size - 1), {s}));
  SmallVector<OpFoldResult> sliceOffsets, sliceSizes, strides(type.getRank(), b.getIndexAttr(1));
  bool whole = true;
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    OpFoldResult extent = tensor::getMixedSize(b, loc, operand.get(), dim);
    OpFoldResult first = evaluate(b, loc, expr, map.getNumDims(), offsets);
    if (padded && (*op.getPadding())[dim] >= 0) {
      AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
      OpFoldResult moved = affine::makeComposedFoldedAffineApply(b, loc, AffineMap::get(2, 0, d0 + d1), {origin[dim], first});
      origin[dim] = getValueOrCreateConstantIndexOp(b, loc, moved);
      sliceOffsets.push_back(b.getIndexAttr(0));
      sliceSizes.push_back(extent);
      continue;
    }
    // `n mod P`: the slice holds whole panels.
    const bool panel = expr.getKind() == AffineExprKind::Mod;
    sliceOffsets.push_back(panel ? b.getIndexAttr(0) : first);
    sliceSizes.push_back(panel ? extent : affine::makeComposedFoldedAffineApply(b, loc, AffineMap::get(1, 0, size + 1),
                                                                               {evaluate(b, loc, expr, map.getNumDims(), last)}));
    whole &= isEqualConstantIntOrValue(sliceOffsets.back(), b.getIndexAttr(0)) && isEqualConstantIntOrValue(sliceSizes.back(), extent);
  }
  if (whole)
    return operand.get();
  return tensor::ExtractSliceOp::create(b, loc, operand.get(), sliceOffsets, sliceSizes, strides);
}

} // namespace

SmallVector<utils::IteratorType> ContractOp::getLoopIteratorTypes() {
  SmallVector<utils::IteratorType> types;
  for (bool parallel : getParallelDims())
    types.push_back(parallel ? utils::IteratorType::parallel : utils::IteratorType::reduction);
  return types;
}

SmallVector<Range> ContractOp::getIterationDomain(OpBuilder &b) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(getOperation());
  SmallVector<Range> domain;
  for (OpFoldResult size : getLoopSizes(b))
    domain.push_back({b.getIndexAttr(0), size, b.getIndexAttr(1)});
  return domain;
}

FailureOr<TilingResult> ContractOp::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) {
  SmallVector<Value> operands, origin(getOrigin()), inits;
  SmallVector<Operation *> slices;
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    if (!getMap(operand))
      continue;
    Value slice = sliceOperand(b, *this, operand, offsets, sizes, origin);
    (isDpsInit(&operand) ? inits : operands).push_back(slice);
    if (Operation *definition = slice.getDefiningOp(); definition && slice != operand.get())
      slices.push_back(definition);
  }
  llvm::append_range(operands, origin);
  llvm::append_range(operands, inits);
  OperationState state(getLoc(), getOperationName(), operands, ValueRange(inits).getTypes());
  state.propertiesAttr = getOperation()->getPropertiesAsAttribute();
  IRMapping mapping;
  getEpilogue().cloneInto(state.addRegion(), mapping);
  Operation *tiled = b.create(state);
  tiled->setDiscardableAttrs(getOperation()->getDiscardableAttrDictionary());
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

LogicalResult ContractOp::getResultTilePosition(OpBuilder &b, unsigned result, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                                                SmallVector<OpFoldResult> &resultOffsets, SmallVector<OpFoldResult> &resultSizes) {
  for (AffineExpr expr : getMap(getInitsMutable()[result]).getResults()) {
    resultOffsets.push_back(offsets[cast<AffineDimExpr>(expr).getPosition()]);
    resultSizes.push_back(sizes[cast<AffineDimExpr>(expr).getPosition()]);
  }
  return success();
}

LogicalResult ContractOp::getIterationDomainTileFromResultTile(OpBuilder &b, unsigned result, ArrayRef<OpFoldResult> offsets,
                                                               ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
                                                               SmallVectorImpl<OpFoldResult> &domainSizes) {
  for (Range range : getIterationDomain(b)) {
    domainOffsets.push_back(range.offset);
    domainSizes.push_back(range.size);
  }
  for (auto [position, expr] : llvm::enumerate(getMap(getInitsMutable()[result]).getResults())) {
    domainOffsets[cast<AffineDimExpr>(expr).getPosition()] = offsets[position];
    domainSizes[cast<AffineDimExpr>(expr).getPosition()] = sizes[position];
  }
  return success();
}

FailureOr<TilingResult> ContractOp::generateResultTileValue(OpBuilder &b, unsigned result, ArrayRef<OpFoldResult> offsets,
                                                            ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> domainOffsets, domainSizes;
  if (failed(getIterationDomainTileFromResultTile(b, result, offsets, sizes, domainOffsets, domainSizes)))
    return failure();
  FailureOr<TilingResult> tiled = getTiledImplementation(b, domainOffsets, domainSizes);
  if (failed(tiled))
    return failure();
  return TilingResult{tiled->tiledOps, {tiled->tiledValues[result]}, tiled->generatedSlices};
}

} // namespace motion::kernel
