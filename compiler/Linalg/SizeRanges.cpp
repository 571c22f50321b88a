// Sizes as sums, and the ranges that follow from those of the free dimensions:
//   affine.apply (t + 8) is at least %t, as a slice that cuts what a convolution padded asks; 512 is at least %t where onnx.dims says so
//   x[:, 0 : t] + table[0 : min(t, 512)]      =>      no t above 512 is right: onnx.dims = [{name = "t", min = 1, max = 512}]
#include "compiler/Linalg/SizeRanges.h"
#include "mlir/Dialect/Affine/Analysis/AffineStructures.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace motion {
namespace {

/// A dimension that the caller sets: its place in the function's onnx.dims.
struct FreeDim {
  func::FuncOp function;
  size_t place;

  ArrayAttr all() { return function->getAttrOfType<ArrayAttr>("onnx.dims"); }
  DictionaryAttr entry() { return cast<DictionaryAttr>(all()[place]); }
  std::optional<int64_t> bound(StringRef name) {
    auto value = entry().getAs<IntegerAttr>(name);
    return value ? std::optional(value.getInt()) : std::nullopt;
  }
};

std::optional<FreeDim> freeDim(OpFoldResult size) {
  auto value = dyn_cast<Value>(size);
  auto argument = value ? dyn_cast<BlockArgument>(value) : nullptr;
  auto function = argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()) : nullptr;
  auto dims = function ? function->getAttrOfType<ArrayAttr>("onnx.dims") : nullptr;
  auto name = dims ? function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.dim") : nullptr;
  for (size_t i = 0; name && i < dims.size(); ++i)
    if (cast<DictionaryAttr>(dims[i]).getAs<StringAttr>("name") == name)
      return FreeDim{function, i};
  return std::nullopt;
}

/// A size as a constant and multiples of values.
struct Sum {
  int64_t constant = 0;
  llvm::SmallMapVector<Value, int64_t, 4> factors;
};

/// Adds `factor` times `size`; false where a number does not fit.
bool add(Sum &sum, OpFoldResult size, int64_t factor) {
  const auto addTo = [](int64_t &total, int64_t a, int64_t b) { return !llvm::MulOverflow(a, b, a) && !llvm::AddOverflow(total, a, total); };
  if (auto constant = getConstantIntValue(size))
    return addTo(sum.constant, *constant, factor);
  auto apply = cast<Value>(size).getDefiningOp<affine::AffineApplyOp>();
  SmallVector<int64_t> flat;
  const bool isSum = apply && succeeded(getFlattenedAffineExpr(apply.getAffineMap().getResult(0), apply.getAffineMap().getNumDims(),
                                                              apply.getAffineMap().getNumSymbols(), &flat)) &&
                     flat.size() == apply.getMapOperands().size() + 1;
  if (!isSum)
    return addTo(sum.factors[cast<Value>(size)], 1, factor);
  for (auto [operand, multiple] : llvm::zip(apply.getMapOperands(), flat))
    if (int64_t product = multiple; llvm::MulOverflow(product, factor, product) || !add(sum, operand, product))
      return false;
  return addTo(sum.constant, flat.back(), factor);
}

std::optional<int64_t> bound(const Sum &sum, bool upper);

/// The largest or least value of what is no sum.
std::optional<int64_t> bound(Value value, bool upper) {
  if (std::optional<FreeDim> dim = freeDim(value))
    return dim->bound(upper ? "max" : "min");
  Operation *op = value.getDefiningOp();
  if (!isa_and_nonnull<arith::MinSIOp, arith::MaxSIOp>(op))
    return std::nullopt;
  std::optional<int64_t> bounds[2];
  for (auto [operand, result] : llvm::zip(op->getOperands(), bounds))
    if (Sum sum; add(sum, getAsOpFoldResult(operand), 1))
      result = bound(sum, upper);
  // The lesser of two is at most what either is at most.
  if (isa<arith::MinSIOp>(op) == upper && (!bounds[0] || !bounds[1]))
    return bounds[0] ? bounds[0] : bounds[1];
  if (!bounds[0] || !bounds[1])
    return std::nullopt;
  return isa<arith::MinSIOp>(op) ? std::min(*bounds[0], *bounds[1]) : std::max(*bounds[0], *bounds[1]);
}

std::optional<int64_t> bound(const Sum &sum, bool upper) {
  int64_t result = sum.constant;
  for (auto [value, factor] : sum.factors) {
    if (factor == 0)
      continue;
    std::optional<int64_t> most = bound(value, (factor > 0) == upper);
    if (int64_t product; !most || llvm::MulOverflow(*most, factor, product) || llvm::AddOverflow(result, product, result))
      return std::nullopt;
  }
  return result;
}

/// `lesser` is min(size, number): no value of `size` above that number is right.
bool limitTo(OpFoldResult size, OpFoldResult lesser) {
  auto value = dyn_cast<Value>(lesser);
  auto minimum = value ? value.getDefiningOp<arith::MinSIOp>() : nullptr;
  std::optional<FreeDim> dim = freeDim(size);
  if (!minimum || !dim || minimum.getLhs() != cast<Value>(size))
    return false;
  auto most = getConstantIntValue(minimum.getRhs());
  if (!most || *most < dim->bound("min").value_or(1))
    return false;
  Builder b(dim->function.getContext());
  NamedAttrList entry(dim->entry());
  entry.set("max", b.getI64IntegerAttr(std::min(*most, dim->bound("max").value_or(*most))));
  SmallVector<Attribute> dims(dim->all().getValue());
  dims[dim->place] = entry.getDictionary(b.getContext());
  dim->function->setAttr("onnx.dims", b.getArrayAttr(dims));
  return true;
}

} // namespace

bool isAtLeast(OpFoldResult a, OpFoldResult b) {
  Sum difference;
  return add(difference, a, 1) && add(difference, b, -1) && bound(difference, /*upper=*/false).value_or(-1) >= 0;
}

bool mustBeEqual(OpFoldResult a, OpFoldResult b) { return isEqualConstantIntOrValue(a, b) || limitTo(a, b) || limitTo(b, a); }

} // namespace motion
