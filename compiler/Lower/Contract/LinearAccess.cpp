// From kernel.contract on memrefs to loops with one stride per operand.
#include "compiler/Lower/Contract/LinearAccess.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace motion::contract {

Value IndexMath::value(OpFoldResult x) { return getValueOrCreateConstantIndexOp(b, loc, x); }

OpFoldResult IndexMath::add(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(*cx + *cy);
  if (cx && *cx == 0)
    return y;
  if (cy && *cy == 0)
    return x;
  return arith::AddIOp::create(b, loc, value(x), value(y)).getResult();
}

OpFoldResult IndexMath::sub(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(*cx - *cy);
  if (cy && *cy == 0)
    return x;
  return arith::SubIOp::create(b, loc, value(x), value(y)).getResult();
}

OpFoldResult IndexMath::mul(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(*cx * *cy);
  if ((cx && *cx == 0) || (cy && *cy == 0))
    return constant(0);
  if (cx && *cx == 1)
    return y;
  if (cy && *cy == 1)
    return x;
  return arith::MulIOp::create(b, loc, value(x), value(y)).getResult();
}

OpFoldResult IndexMath::min(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(std::min(*cx, *cy));
  return arith::MinSIOp::create(b, loc, value(x), value(y)).getResult();
}

OpFoldResult IndexMath::max(OpFoldResult x, OpFoldResult y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return constant(std::max(*cx, *cy));
  return arith::MaxSIOp::create(b, loc, value(x), value(y)).getResult();
}

OpFoldResult IndexMath::floorDiv(OpFoldResult x, int64_t divisor) {
  if (divisor == 1)
    return x;
  if (auto cx = getConstantIntValue(x))
    return constant(llvm::divideFloorSigned(*cx, divisor));
  return affine::AffineApplyOp::create(b, loc, AffineMap::get(1, 0, b.getAffineDimExpr(0).floorDiv(divisor)), value(x)).getResult();
}

OpFoldResult IndexMath::ceilDiv(OpFoldResult x, int64_t divisor) { return floorDiv(add(x, constant(divisor - 1)), divisor); }

Value maskOf(OpBuilder &b, Location loc, int64_t lanes, int64_t count) {
  SmallVector<bool> bits(lanes, false);
  std::fill_n(bits.begin(), count, true);
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(VectorType::get({lanes}, b.getI1Type()), bits));
}

namespace {

/// Base pointer of a view, its offset and strides. Bools are bytes.
Pointer pointerTo(OpBuilder &b, Location loc, Value view, SmallVectorImpl<OpFoldResult> &sizes, SmallVectorImpl<OpFoldResult> &strides) {
  auto type = cast<MemRefType>(view.getType());
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, view);
  sizes = metadata.getConstifiedMixedSizes();
  strides = metadata.getConstifiedMixedStrides();
  auto flat = MemRefType::get({ShapedType::kDynamic}, type.getElementType());
  // The extent of the flat view is never read; every access is within the operand's own extent.
  Value extent = arith::ConstantIndexOp::create(b, loc, int64_t(1) << 40);
  Value memref = memref::ReinterpretCastOp::create(b, loc, flat, metadata.getBaseBuffer(), OpFoldResult(b.getIndexAttr(0)),
                                                   ArrayRef<OpFoldResult>{extent}, ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
  if (type.getElementType().isInteger(1)) // a byte each in memory, a bit each in a vector
    memref = UnrealizedConversionCastOp::create(b, loc, flat.clone(b.getI8Type()), memref).getResult(0);
  return {memref, metadata.getConstifiedMixedOffset()};
}

/// Adds `scale * coefficient(dim)` of a linear expression to `strides`; false when the expression is not linear.
bool addLinear(IndexMath &math, AffineExpr expr, OpFoldResult scale, MutableArrayRef<OpFoldResult> strides) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    strides[dim.getPosition()] = math.add(strides[dim.getPosition()], scale);
    return true;
  }
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue() == 0;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return addLinear(math, binary.getLHS(), scale, strides) && addLinear(math, binary.getRHS(), scale, strides);
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return binary.getKind() == AffineExprKind::Mul && factor &&
         addLinear(math, binary.getLHS(), math.mul(scale, math.constant(factor.getValue())), strides);
}

/// The dimension and width of `n floordiv P` or `n mod P`.
std::optional<std::pair<unsigned, int64_t>> panelOf(AffineExpr expr, AffineExprKind kind) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary || binary.getKind() != kind)
    return std::nullopt;
  auto dim = dyn_cast<AffineDimExpr>(binary.getLHS());
  auto width = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (!dim || !width)
    return std::nullopt;
  return std::pair(dim.getPosition(), width.getValue());
}

bool isOne(OpFoldResult x) { return getConstantIntValue(x) == 1; }

struct Packing {
  int dimension = -1;
  int64_t width = 0;
  OpFoldResult panelStride, laneStride;
};

/// Strides of one operand per contraction dimension; a packed dimension's strides go to `packing`.
LogicalResult operandStrides(IndexMath &math, AffineMap map, ArrayRef<OpFoldResult> memrefStrides, MutableArrayRef<OpFoldResult> strides,
                             Packing *packing) {
  for (auto [expr, stride] : llvm::zip(map.getResults(), memrefStrides)) {
    if (auto panel = panelOf(expr, AffineExprKind::FloorDiv); panel && packing) {
      packing->dimension = panel->first, packing->width = panel->second, packing->panelStride = stride;
      continue;
    }
    if (panelOf(expr, AffineExprKind::Mod) && packing) {
      packing->laneStride = stride;
      continue;
    }
    if (!addLinear(math, expr, stride, strides))
      return failure();
  }
  return success();
}

/// Splits the packed dimension n into panels and lanes: strides of the other operands follow from stride(n).
void splitPanels(IndexMath &math, LinearForm &form, const Packing &packing) {
  Loop lanes = form.loops[packing.dimension], panels = lanes;
  const OpFoldResult width = math.constant(packing.width);
  form.columns = lanes.size;
  for (auto [index, stride] : llvm::enumerate(panels.strides))
    stride = index == 1 ? packing.panelStride : math.mul(stride, width);
  lanes.strides[1] = packing.laneStride;
  lanes.size = width;
  panels.size = math.ceilDiv(form.columns, packing.width);
  form.loops[packing.dimension] = panels;
  form.loops.insert(form.loops.begin() + packing.dimension + 1, lanes);
  form.panels = packing.dimension;
  form.lanes = packing.dimension + 1;
}

/// Padded dimensions of a, whose maps count from the first zero: the pointer moves to there.
void addPaddings(IndexMath &math, kernel::ContractOp op, ArrayRef<OpFoldResult> sizes, ArrayRef<OpFoldResult> memrefStrides,
                 LinearForm &form) {
  if (!op.getPadding())
    return;
  for (auto [dim, pad] : llvm::enumerate(*op.getPadding())) {
    if (pad < 0)
      continue;
    Padding padding;
    padding.extent = sizes[dim];
    padding.shift = math.sub(getAsOpFoldResult(op.getOrigin()[dim]), math.constant(pad));
    SmallVector<OpFoldResult> coefficients(op.getNumLoops(), math.constant(0));
    addLinear(math, op.getMaps()[0].getResult(dim), math.constant(1), coefficients);
    for (auto [loop, coefficient] : llvm::enumerate(coefficients))
      if (*getConstantIntValue(coefficient) != 0)
        padding.terms.push_back({loop, *getConstantIntValue(coefficient)});
    form.pointers[0].offset = math.add(form.pointers[0].offset, math.mul(padding.shift, memrefStrides[dim]));
    form.paddings.push_back(padding);
  }
}

} // namespace

FailureOr<LinearForm> linearize(OpBuilder &b, kernel::ContractOp op) {
  IndexMath math(b, op.getLoc());
  LinearForm form;
  Packing packing;
  const unsigned loops = op.getNumLoops();
  SmallVector<SmallVector<OpFoldResult>> strides;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMap(operand);
    if (!map)
      continue;
    SmallVector<OpFoldResult> sizes, memrefStrides;
    form.pointers.push_back(pointerTo(b, op.getLoc(), operand.get(), sizes, memrefStrides));
    strides.emplace_back(loops, math.constant(0));
    const bool isB = &operand == &op.getBMutable();
    if (failed(operandStrides(math, map, memrefStrides, strides.back(), isB ? &packing : nullptr)))
      return op.emitOpError("expected linear indexing maps, found ") << AffineMapAttr::get(map);
    if (&operand == &op.getAMutable())
      addPaddings(math, op, sizes, memrefStrides, form);
  }
  SmallVector<OpFoldResult> sizes = op.getLoopSizes(b);
  SmallVector<bool> parallel = op.getParallelDims();
  for (unsigned i = 0; i < loops; ++i) {
    Loop loop{sizes[i], parallel[i], {}, i};
    for (auto &operand : strides)
      loop.strides.push_back(operand[i]);
    form.loops.push_back(loop);
  }
  const unsigned firstInit = 2 + op.getExtras().size();
  if (packing.dimension >= 0) {
    splitPanels(math, form, packing);
    if (isOne(form.loops[form.lanes].strides[1]) && isOne(form.loops[form.lanes].strides[firstInit]))
      return form;
  } else {
    for (int i = 0; i < static_cast<int>(loops); ++i)
      if (form.loops[i].parallel && getConstantIntValue(form.loops[i].strides[0]) == 0 && isOne(form.loops[i].strides[1]) &&
          isOne(form.loops[i].strides[firstInit])) {
        form.lanes = i;
        form.columns = form.loops[i].size;
        return form;
      }
  }
  return op.emitOpError("expected a parallel dimension that a lacks and that is contiguous in b and in the init");
}

void mergeLoops(IndexMath &math, SmallVectorImpl<Loop> &loops, ArrayRef<unsigned> keep) {
  const auto mergeable = [&](const Loop &outer, const Loop &inner) {
    auto size = getConstantIntValue(inner.size);
    if (!size || outer.parallel != inner.parallel || llvm::is_contained(keep, outer.dimension) || llvm::is_contained(keep, inner.dimension))
      return false;
    return llvm::all_of(llvm::zip(outer.strides, inner.strides), [&](auto strides) {
      auto o = getConstantIntValue(std::get<0>(strides)), i = getConstantIntValue(std::get<1>(strides));
      return o && i && *o == *size * *i;
    });
  };
  for (unsigned i = 0; i + 1 < loops.size();) {
    if (!mergeable(loops[i], loops[i + 1])) {
      ++i;
      continue;
    }
    loops[i].strides = loops[i + 1].strides;
    loops[i].size = math.mul(loops[i].size, loops[i + 1].size);
    loops.erase(loops.begin() + i + 1);
  }
}

} // namespace motion::contract
