// Sizes of lowered tensors, as constants or values of type index, and the tensors that are made from sizes. Products remember their factors, so that
// [batch * 4, 8] is seen to be [batch, 32] again.
#include "compiler/Linalg/Node.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;

namespace motion {

Sizes Node::sizes(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Sizes result;
  Sizes dynamic;
  if (!type.hasStaticShape()) {
    auto it = values.sizes.find(tensor);
    dynamic = it != values.sizes.end() ? it->second : computeSizes(tensor);
  }
  for (int64_t i = 0; i < type.getRank(); ++i)
    result.push_back(type.isDynamicDim(i) ? dynamic[i] : OpFoldResult(getIndexAttr(type.getDimSize(i))));
  return result;
}

Sizes Node::computeSizes(Value tensor) {
  if (auto dps = tensor.getDefiningOp<DestinationStyleOpInterface>())
    return sizes(dps.getTiedOpOperand(cast<OpResult>(tensor))->get());
  if (auto empty = tensor.getDefiningOp<tensor::EmptyOp>())
    return empty.getMixedSizes();
  if (auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>())
    if (static_cast<int64_t>(slice.getMixedSizes().size()) == slice.getType().getRank())
      return slice.getMixedSizes();
  if (auto cast = tensor.getDefiningOp<tensor::CastOp>())
    return sizes(cast.getSource());
  return tensor::getMixedSizes(*this, getLoc(), tensor);
}

OpFoldResult Node::apply(AffineExpr expr, ArrayRef<OpFoldResult> operands) {
  auto map = AffineMap::get(operands.size(), 0, expr);
  OpFoldResult result = affine::makeComposedFoldedAffineApply(*this, getLoc(), map, operands);
  auto value = dyn_cast<Value>(result);
  auto applied = value ? value.getDefiningOp<affine::AffineApplyOp>() : nullptr;
  if (!applied)
    return result;
  SmallVector<Value> &same = values.applied[AffineMapAttr::get(applied.getAffineMap())];
  for (Value other : same)
    if (other.getParentRegion()->isAncestor(getInsertionBlock()->getParent()) && other != value &&
        other.getDefiningOp()->getOperands() == applied->getOperands()) {
      applied.erase();
      return other;
    }
  if (!llvm::is_contained(same, value))
    same.push_back(value);
  return value;
}

OpFoldResult Node::add(OpFoldResult a, OpFoldResult b) { return apply(getAffineDimExpr(0) + getAffineDimExpr(1), {a, b}); }
OpFoldResult Node::sub(OpFoldResult a, OpFoldResult b) { return apply(getAffineDimExpr(0) - getAffineDimExpr(1), {a, b}); }

OpFoldResult Node::mul(OpFoldResult a, OpFoldResult b) {
  if (constantSize(a))
    std::swap(a, b);
  // A product of two unknowns is semi-affine: the second one is a symbol.
  return constantSize(b) ? apply(getAffineDimExpr(0) * *constantSize(b), {a}) : [&]() -> OpFoldResult {
    Value x = indexValue(a), y = indexValue(b);
    if (x.getAsOpaquePointer() > y.getAsOpaquePointer())
      std::swap(x, y);
    for (Operation *user : x.getUsers())
      if (auto known = dyn_cast<arith::MulIOp>(user))
        if (((known.getLhs() == x && known.getRhs() == y) || (known.getLhs() == y && known.getRhs() == x)) &&
            known->getParentRegion()->isAncestor(getInsertionBlock()->getParent()))
          return known.getResult();
    return arith::MulIOp::create(*this, x, y).getResult();
  }();
}

Factors Node::factors(OpFoldResult size) {
  if (auto constant = constantSize(size))
    return {*constant, {}};
  auto it = values.factors.find(cast<Value>(size));
  return it == values.factors.end() ? Factors{1, {cast<Value>(size)}} : it->second;
}

Factors Node::factors(ArrayRef<OpFoldResult> sizes) {
  Factors result{1, {}};
  for (OpFoldResult size : sizes) {
    Factors f = factors(size);
    result.constant *= f.constant;
    result.values.append(f.values);
  }
  llvm::sort(result.values, [](Value a, Value b) { return a.getAsOpaquePointer() < b.getAsOpaquePointer(); });
  return result;
}

OpFoldResult Node::product(const Factors &factors) {
  OpFoldResult result;
  for (Value value : factors.values)
    result = result ? mul(result, value) : OpFoldResult(value);
  if (!result)
    return index(factors.constant);
  result = mul(result, index(factors.constant));
  if (auto value = dyn_cast<Value>(result))
    values.factors[value] = factors;
  return result;
}

OpFoldResult Node::product(ArrayRef<OpFoldResult> sizes) { return product(factors(sizes)); }

OpFoldResult Node::quotient(ArrayRef<OpFoldResult> sizes, ArrayRef<OpFoldResult> divisors) {
  Factors above = factors(sizes), below = factors(divisors);
  SmallVector<Value> rest;
  for (Value value : below.values) {
    auto it = llvm::find(above.values, value);
    if (it != above.values.end())
      above.values.erase(it);
    else
      rest.push_back(value);
  }
  if (below.constant != 0 && above.constant % below.constant == 0) {
    above.constant /= below.constant;
    below.constant = 1;
  }
  below.values = rest;
  OpFoldResult result = product(above);
  if (below.values.empty() && below.constant == 0)
    return index(0);
  if (below.values.empty())
    return apply(getAffineDimExpr(0).floorDiv(below.constant), {result});
  return arith::DivUIOp::create(*this, indexValue(result), indexValue(product(below))).getResult();
}

Value Node::indexValue(OpFoldResult size) { return getValueOrCreateConstantIndexOp(*this, getLoc(), size); }

Sizes Node::refine(Sizes sizes, Value onnxResult) {
  auto type = dyn_cast<RankedTensorType>(onnxResult.getType());
  for (auto [i, size] : llvm::enumerate(sizes))
    if (type && static_cast<int64_t>(i) < type.getRank() && !type.isDynamicDim(i) && !constantSize(size))
      size = getIndexAttr(type.getDimSize(i));
  return sizes;
}

// ---- Building ----

Value Node::empty(ArrayRef<OpFoldResult> sizes, Type storage) { return tensor::EmptyOp::create(*this, sizes, storage); }

Value Node::filled(ArrayRef<OpFoldResult> sizes, Value scalar) {
  return linalg::FillOp::create(*this, ValueRange{scalar}, ValueRange{empty(sizes, scalar.getType())}).getResult(0);
}

Value Node::cast(Value tensor, Type type) { return tensor.getType() == type ? tensor : tensor::CastOp::create(*this, type, tensor).getResult(); }

/// Groups of the longer shape's dimensions that make up each of the shorter one's; nothing when they do not line up.
static std::optional<SmallVector<ReassociationIndices>> groupsOf(Node &node, ArrayRef<OpFoldResult> from, ArrayRef<OpFoldResult> to) {
  SmallVector<ReassociationIndices> groups;
  size_t next = 0;
  for (OpFoldResult size : to) {
    ReassociationIndices &group = groups.emplace_back();
    const Factors wanted = node.factors(ArrayRef<OpFoldResult>{size});
    const size_t first = next;
    while (next < from.size() && (group.empty() || node.factors(from.slice(first, next - first)) != wanted))
      group.push_back(next++);
    if (group.empty() || node.factors(from.slice(first, next - first)) != wanted)
      return std::nullopt;
  }
  for (; next < from.size(); ++next) {
    if (constantSize(from[next]) != 1 || groups.empty())
      return std::nullopt;
    groups.back().push_back(next);
  }
  return groups;
}

Tensor Node::reshape(const Tensor &tensor, ArrayRef<OpFoldResult> sizes) {
  const Sizes before = this->sizes(tensor);
  const Type storage = tensor.type().getElementType();
  const auto typeOf = [&](ArrayRef<OpFoldResult> sizes) {
    SmallVector<int64_t> shape;
    SmallVector<Value> dynamic;
    dispatchIndexOpFoldResults(sizes, dynamic, shape);
    return RankedTensorType::get(shape, storage);
  };
  RankedTensorType target = typeOf(sizes);
  const auto remember = [&](Value value, ArrayRef<OpFoldResult> sizes) {
    values.sizes[value] = Sizes(sizes);
    return Tensor{value, tensor.element};
  };
  if (before.size() == sizes.size() && llvm::all_of(llvm::zip(before, sizes), [](auto pair) { return sameSize(std::get<0>(pair), std::get<1>(pair)); }))
    return tensor;
  if (sizes.empty() || before.empty()) {
    // One element: a rank-0 tensor has no groups.
    const SmallVector<ReassociationIndices> none;
    Value value = cast(tensor.value, RankedTensorType::get(SmallVector<int64_t>(before.size(), 1), storage));
    if (sizes.empty())
      return {tensor::CollapseShapeOp::create(*this, target, value, none), tensor.element};
    auto ones = RankedTensorType::get(SmallVector<int64_t>(sizes.size(), 1), storage);
    return remember(cast(tensor::ExpandShapeOp::create(*this, ones, value, none), target), sizes);
  }
  if (sizes.size() < before.size())
    if (auto groups = groupsOf(*this, before, sizes))
      return remember(tensor::CollapseShapeOp::create(*this, target, tensor.value, *groups), sizes);
  if (sizes.size() > before.size())
    if (auto groups = groupsOf(*this, sizes, before))
      return remember(tensor::ExpandShapeOp::create(*this, target, tensor.value, *groups, sizes), sizes);
  // Through one dimension.
  const Sizes flatSizes{product(sizes)};
  Value flat = tensor.value;
  if (before.size() != 1)
    flat = tensor::CollapseShapeOp::create(*this, flat, ArrayRef<ReassociationIndices>{llvm::to_vector<2>(llvm::seq<int64_t>(0, before.size()))});
  flat = remember(cast(flat, typeOf(flatSizes)), flatSizes).value;
  if (sizes.size() == 1)
    return remember(cast(flat, target), sizes);
  SmallVector<ReassociationIndices> all{llvm::to_vector<2>(llvm::seq<int64_t>(0, sizes.size()))};
  return remember(tensor::ExpandShapeOp::create(*this, target, flat, all, sizes), sizes);
}

} // namespace motion
