// Sizes of outputs that follow from the free dimensions become entries of onnx.dims, and functions:
// %s = affine.apply affine_map<()[n] -> (n * 4)>()[%batch], the size of an output's axis "y_dim0" in @f
//   -> onnx.dims = [{name = "batch", ...}, {name = "y_dim0", min = 4, max = 256, formula = "batch * 4"}]
//      func.func private @f.derived.0(%batch: index) -> index
#include "compiler/Linalg/DerivedDims.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace motion {
namespace {

std::string parenthesized(const std::string &part) { return StringRef(part).contains(' ') ? "(" + part + ")" : part; }

std::string text(AffineExpr expression, ArrayRef<std::string> dims, ArrayRef<std::string> symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expression))
    return std::to_string(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expression))
    return dims[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expression))
    return symbols[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expression);
  const std::string left = parenthesized(text(binary.getLHS(), dims, symbols)), right = parenthesized(text(binary.getRHS(), dims, symbols));
  switch (expression.getKind()) {
  case AffineExprKind::Add:
    return StringRef(right).starts_with("-") ? left + " - " + right.substr(1) : left + " + " + right;
  case AffineExprKind::Mul:
    return left + " * " + right;
  case AffineExprKind::Mod:
    return left + " % " + right;
  case AffineExprKind::FloorDiv:
    return left + " / " + right;
  default:
    return "ceil(" + left + " / " + right + ")";
  }
}

std::string text(Value value, func::FuncOp function) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.dim");
    return name ? name.str() : "?";
  }
  IntegerAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    return std::to_string(constant.getInt());
  Operation *op = value.getDefiningOp();
  SmallVector<std::string> operands;
  for (Value operand : op->getOperands())
    operands.push_back(text(operand, function));
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op)) {
    const ArrayRef<std::string> all = operands;
    const unsigned dims = apply.getAffineMap().getNumDims();
    return text(apply.getAffineMap().getResult(0), all.take_front(dims), all.drop_front(dims));
  }
  return parenthesized(operands[0]) + " * " + parenthesized(operands[1]);
}

/// The size where every free dimension has the given bound, "min" or "max"; as large as possible when that overflows.
int64_t evaluate(Value value, func::FuncOp function, StringRef bound) {
  constexpr int64_t largest = std::numeric_limits<int64_t>::max();
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.dim");
    for (auto dim : function->getAttrOfType<ArrayAttr>("onnx.dims").getAsRange<DictionaryAttr>())
      if (dim.getAs<StringAttr>("name") == name && dim.getAs<IntegerAttr>(bound))
        return dim.getAs<IntegerAttr>(bound).getInt();
    return largest;
  }
  IntegerAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    return constant.getInt();
  Operation *op = value.getDefiningOp();
  SmallVector<Attribute> operands;
  int64_t product = 1;
  bool overflows = false;
  for (Value operand : op->getOperands()) {
    const int64_t size = evaluate(operand, function, bound);
    overflows |= size == largest || llvm::MulOverflow(product, size, product);
    operands.push_back(IntegerAttr::get(IndexType::get(function.getContext()), size));
  }
  if (overflows)
    return largest;
  auto apply = dyn_cast<affine::AffineApplyOp>(op);
  if (!apply)
    return product;
  SmallVector<Attribute> results;
  if (failed(apply.getAffineMap().constantFold(operands, results)))
    return largest;
  return cast<IntegerAttr>(results[0]).getInt();
}

Value cloneInto(OpBuilder &b, Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  for (Value operand : value.getDefiningOp()->getOperands())
    cloneInto(b, operand, mapping);
  b.clone(*value.getDefiningOp(), mapping);
  return mapping.lookup(value);
}

void addFunction(func::FuncOp function, const Twine &name, Value size) {
  OpBuilder b(function);
  SmallVector<BlockArgument> dims;
  for (BlockArgument argument : function.getArguments())
    if (argument.getType().isIndex())
      dims.push_back(argument);
  auto type = b.getFunctionType(SmallVector<Type>(dims.size(), b.getIndexType()), {b.getIndexType()});
  auto derived = func::FuncOp::create(b, function.getLoc(), name.str(), type);
  derived.setPrivate();
  IRMapping mapping;
  b.setInsertionPointToStart(derived.addEntryBlock());
  for (auto [dim, argument] : llvm::zip_equal(dims, derived.getArguments()))
    mapping.map(dim, argument);
  func::ReturnOp::create(b, function.getLoc(), cloneInto(b, size, mapping));
}

} // namespace

bool followsFromArguments(OpFoldResult size) {
  auto value = dyn_cast<Value>(size);
  if (!value)
    return true;
  if (auto argument = dyn_cast<BlockArgument>(value))
    return isa<func::FuncOp>(argument.getOwner()->getParentOp());
  Operation *op = value.getDefiningOp();
  return isa<affine::AffineApplyOp, arith::MulIOp, arith::ConstantOp>(op) &&
         llvm::all_of(op->getOperands(), [](Value operand) { return followsFromArguments(operand); });
}

StringAttr describeDerivedDim(func::FuncOp function, StringRef wanted, Value size) {
  Builder b(function.getContext());
  SmallVector<Attribute> dims;
  if (auto declared = function->getAttrOfType<ArrayAttr>("onnx.dims"))
    llvm::append_range(dims, declared);
  llvm::StringMap<StringAttr> formulas; // of the names in use; null for free dimensions
  unsigned derived = 0;
  for (Attribute attribute : dims) {
    auto dim = cast<DictionaryAttr>(attribute);
    auto formula = dim.getAs<StringAttr>("formula");
    formulas[dim.getAs<StringAttr>("name")] = formula;
    derived += formula != nullptr;
  }
  const std::string formula = text(size, function);
  std::string name = wanted.str();
  for (unsigned i = 2; formulas.contains(name); ++i) {
    if (StringAttr known = formulas.lookup(name); known && known == formula)
      return b.getStringAttr(name);
    name = wanted.str() + "_" + std::to_string(i);
  }
  const int64_t least = evaluate(size, function, "min"), most = evaluate(size, function, "max");
  dims.push_back(b.getDictionaryAttr({b.getNamedAttr("name", b.getStringAttr(name)),
                                      b.getNamedAttr("min", b.getI64IntegerAttr(std::max<int64_t>(0, std::min(least, most)))),
                                      b.getNamedAttr("max", b.getI64IntegerAttr(std::max<int64_t>(0, std::max(least, most)))),
                                      b.getNamedAttr("formula", b.getStringAttr(formula))}));
  addFunction(function, function.getName() + ".derived." + Twine(derived), size);
  function->setAttr("onnx.dims", b.getArrayAttr(dims));
  return b.getStringAttr(name);
}

} // namespace motion
