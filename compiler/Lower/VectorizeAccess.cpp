// Reads the linear access form of a linalg op: memref layouts and indexing maps in, one stride per operand and loop out.
//   memref<?x10xf32, strided<[40, 1], offset: 3>> under (i, j) -> (i, j): start 3, strides 40 and 1
// Loops i, j become one where stride(i) = size(j) * stride(j) in every operand.
#include "compiler/Lower/VectorizeAccess.h"

using namespace mlir;
using namespace motion::vectorize;

Product Product::get(OpFoldResult value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return {*constant, {}};
  return {1, {cast<Value>(value)}};
}

bool Product::operator==(const Product &other) const {
  if (constant != other.constant)
    return false;
  return constant == 0 || (factors.size() == other.factors.size() && std::is_permutation(factors.begin(), factors.end(), other.factors.begin()));
}

Product Product::operator*(const Product &other) const {
  Product result{constant * other.constant, factors};
  result.factors.append(other.factors.begin(), other.factors.end());
  if (result.constant == 0)
    result.factors.clear();
  return result;
}

Value Product::materialize(OpBuilder &b, Location loc) const {
  if (isConstant())
    return arith::ConstantIndexOp::create(b, loc, constant);
  Value result = factors.front();
  for (Value factor : ArrayRef<Value>(factors).drop_front())
    result = arith::MulIOp::create(b, loc, result, factor);
  if (constant != 1)
    result = arith::MulIOp::create(b, loc, result, arith::ConstantIndexOp::create(b, loc, constant));
  return result;
}

/// The size of one dimension, looked up where the buffer was made, so that equal dimensions are one value.
static Product sizeOf(OpBuilder &b, Value memref, unsigned dim) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.isDynamicDim(dim))
    return {type.getDimSize(dim), {}};
  Operation *def = memref.getDefiningOp();
  if (auto cast = dyn_cast_or_null<memref::CastOp>(def); cast && isa<MemRefType>(cast.getSource().getType()))
    return sizeOf(b, cast.getSource(), dim);
  if (auto cast = dyn_cast_or_null<memref::ReinterpretCastOp>(def))
    return Product::get(cast.getMixedSizes()[dim]);
  if (auto alloc = dyn_cast_or_null<memref::AllocOp>(def))
    return Product::get(alloc.getDynamicSizes()[type.getDynamicDimIndex(dim)]);
  if (auto alloca = dyn_cast_or_null<memref::AllocaOp>(def))
    return Product::get(alloca.getDynamicSizes()[type.getDynamicDimIndex(dim)]);
  if (auto view = dyn_cast_or_null<memref::ViewOp>(def))
    return Product::get(view.getSizes()[type.getDynamicDimIndex(dim)]);
  if (auto expand = dyn_cast_or_null<memref::ExpandShapeOp>(def))
    return Product::get(expand.getMixedOutputShape()[dim]);
  if (auto collapse = dyn_cast_or_null<memref::CollapseShapeOp>(def)) {
    Product size{1, {}};
    const SmallVector<ReassociationIndices, 4> groups = collapse.getReassociationIndices();
    for (int64_t source : groups[dim])
      size = size * sizeOf(b, collapse.getSrc(), source);
    return size;
  }
  if (auto subview = dyn_cast_or_null<memref::SubViewOp>(def)) {
    llvm::SmallBitVector dropped = subview.getDroppedDims();
    unsigned seen = 0;
    for (auto [i, size] : llvm::enumerate(subview.getMixedSizes()))
      if (!dropped.test(i) && seen++ == dim)
        return Product::get(size);
  }
  return Product::get(memref::DimOp::create(b, memref.getLoc(), memref, dim).getResult());
}

/// The strides of a memref, by the same way of looking.
static SmallVector<Product> stridesOf(OpBuilder &b, Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  auto [strides, offset] = type.getStridesAndOffset();
  SmallVector<Product> result(type.getRank());
  Product identity{1, {}};
  memref::ExtractStridedMetadataOp metadata;
  for (int64_t i = type.getRank() - 1; i >= 0; --i) {
    if (!ShapedType::isDynamic(strides[i])) {
      result[i] = {strides[i], {}};
    } else if (type.getLayout().isIdentity()) {
      result[i] = identity;
    } else if (auto cast = memref.getDefiningOp<memref::ReinterpretCastOp>()) {
      result[i] = Product::get(cast.getMixedStrides()[i]);
    } else if (auto cast = memref.getDefiningOp<memref::CastOp>(); cast && isa<MemRefType>(cast.getSource().getType())) {
      return stridesOf(b, cast.getSource());
    } else if (auto subview = memref.getDefiningOp<memref::SubViewOp>()) {
      SmallVector<Product> source = stridesOf(b, subview.getSource());
      llvm::SmallBitVector dropped = subview.getDroppedDims();
      SmallVector<Product> kept;
      for (auto [d, step] : llvm::enumerate(subview.getMixedStrides()))
        if (!dropped.test(d))
          kept.push_back(source[d] * Product::get(step));
      return kept;
    } else {
      if (!metadata)
        metadata = memref::ExtractStridedMetadataOp::create(b, memref.getLoc(), memref);
      result[i] = Product::get(metadata.getStrides()[i]);
    }
    if (type.getLayout().isIdentity())
      identity = identity * sizeOf(b, memref, i);
  }
  return result;
}

/// Sum of two strides; different symbols become one opaque value.
static Product add(OpBuilder &b, Location loc, const Product &x, const Product &y) {
  if (x.isZero())
    return y;
  if (y.isZero())
    return x;
  if (x.isConstant() && y.isConstant())
    return {x.constant + y.constant, {}};
  return {1, {arith::AddIOp::create(b, loc, x.materialize(b, loc), y.materialize(b, loc)).getResult()}};
}

/// Adds `expr * stride` to the strides of the loops and to the constant part. False when `expr` is not linear.
static bool addLinear(OpBuilder &b, Location loc, AffineExpr expr, const Product &stride, SmallVectorImpl<Product> &strides, Product &constant) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    strides[dim.getPosition()] = add(b, loc, strides[dim.getPosition()], stride);
    return true;
  }
  if (auto value = dyn_cast<AffineConstantExpr>(expr)) {
    constant = add(b, loc, constant, stride * Product{value.getValue(), {}});
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return addLinear(b, loc, binary.getLHS(), stride, strides, constant) && addLinear(b, loc, binary.getRHS(), stride, strides, constant);
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (binary.getKind() != AffineExprKind::Mul || !factor)
    return false;
  return addLinear(b, loc, binary.getLHS(), stride * Product{factor.getValue(), {}}, strides, constant);
}

/// A one-dimensional view with stride 1 of the buffer, from the memref's offset on. The size is not used by any access.
static Value flatten(OpBuilder &b, Location loc, Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memref);
  auto [strides, offset] = type.getStridesAndOffset();
  OpFoldResult start = ShapedType::isDynamic(offset) ? OpFoldResult(metadata.getOffset()) : b.getIndexAttr(offset);
  Value size = arith::ConstantIndexOp::create(b, loc, int64_t(1) << 40);
  auto flat = MemRefType::get({ShapedType::kDynamic}, type.getElementType(),
                              StridedLayoutAttr::get(b.getContext(), ShapedType::isDynamic(offset) ? ShapedType::kDynamic : offset, {1}),
                              type.getMemorySpace());
  Value view = memref::ReinterpretCastOp::create(b, loc, flat, metadata.getBaseBuffer(), start, ArrayRef<OpFoldResult>{size},
                                                 ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
  if (!type.getElementType().isInteger(1))
    return view;
  auto bytes = MemRefType::get(flat.getShape(), b.getI8Type(), flat.getLayout(), flat.getMemorySpace());
  return UnrealizedConversionCastOp::create(b, loc, bytes, view).getResult(0);
}

static LogicalResult describeOperand(OpBuilder &b, linalg::GenericOp op, OpOperand &use, SmallVectorImpl<Product> &sizes, Operand &operand) {
  Location loc = op.getLoc();
  operand.element = getElementTypeOrSelf(use.get().getType());
  operand.output = op.isDpsInit(&use);
  operand.read = !op.getMatchingBlockArgument(&use).use_empty();
  operand.strides.resize(op.getNumLoops());
  AffineMap map = op.getMatchingIndexingMap(&use);
  auto type = dyn_cast<MemRefType>(use.get().getType());
  if (!type) {
    operand.scalar = true;
    operand.base = use.get();
    return success(!isa<ShapedType>(use.get().getType()));
  }
  if (!type.isStrided() || map.getNumSymbols() != 0)
    return failure();
  Product constant;
  for (auto [i, expr, stride] : llvm::enumerate(map.getResults(), stridesOf(b, use.get()))) {
    if (!addLinear(b, loc, expr, stride, operand.strides, constant))
      return failure();
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim)
      continue;
    Product size = sizeOf(b, use.get(), i);
    Product &known = sizes[dim.getPosition()];
    if (known.isZero() || (!known.isConstant() && size.isConstant()))
      known = size;
    if (size.isZero()) // an empty loop stays empty
      known = {-1, {}};
  }
  operand.base = flatten(b, loc, use.get());
  operand.start = constant.isZero() ? Value() : constant.materialize(b, loc);
  return success();
}

/// True when the loops `outer` and `inner` can be one loop with `inner`'s strides.
static bool canMerge(const LoopNest &nest, unsigned outer, unsigned inner) {
  const LoopDim &o = nest.dims[outer], &i = nest.dims[inner];
  if (o.indexed || i.indexed || o.reduction != i.reduction)
    return false;
  return llvm::all_of(nest.operands, [&](const Operand &operand) { return operand.strides[outer] == i.size * operand.strides[inner]; });
}

static void eraseDim(LoopNest &nest, unsigned dim) {
  nest.dims.erase(nest.dims.begin() + dim);
  for (Operand &operand : nest.operands)
    operand.strides.erase(operand.strides.begin() + dim);
}

static void mergeDims(LoopNest &nest) {
  for (unsigned d = nest.dims.size(); d-- > 0;)
    if (nest.dims[d].size.isOne())
      eraseDim(nest, d);
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned outer = 0; outer < nest.dims.size() && !changed; ++outer)
      for (unsigned inner = outer + 1; inner < nest.dims.size() && !changed; ++inner) {
        if (nest.dims[outer].reduction && inner != outer + 1)
          break;
        if (!canMerge(nest, outer, inner))
          continue;
        LoopDim &kept = nest.dims[inner];
        kept.size = nest.dims[outer].size * kept.size;
        kept.sources.insert(kept.sources.begin(), nest.dims[outer].sources.begin(), nest.dims[outer].sources.end());
        eraseDim(nest, outer);
        changed = true;
      }
  }
}

FailureOr<LoopNest> motion::vectorize::describeNest(OpBuilder &b, linalg::GenericOp op) {
  LoopNest nest;
  nest.op = op;
  nest.numInputs = op.getNumDpsInputs();
  SmallVector<Product> sizes(op.getNumLoops());
  for (OpOperand &use : op->getOpOperands()) {
    nest.operands.emplace_back();
    if (failed(describeOperand(b, op, use, sizes, nest.operands.back())))
      return failure();
  }
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  for (auto [d, size] : llvm::enumerate(sizes)) {
    if (size.isZero()) // only inside sums of loops: no operand tells the size
      return failure();
    nest.dims.push_back({size.constant < 0 ? Product() : size, kinds[d] != utils::IteratorType::parallel, false, {unsigned(d)}});
  }
  op.getRegion().walk([&](linalg::IndexOp index) { nest.dims[index.getDim()].indexed = true; });
  mergeDims(nest);
  return nest;
}
