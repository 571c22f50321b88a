// Loops that run along two dimensions which the caller may give different sizes would read or write outside, and so would free dimensions that are
// taken for numbers:
//   linalg.generic {(n, c) -> (n, c), (n, c) -> (c)} ins(%x : tensor<?x3xf32>, %scale : tensor<?xf32>)      refused: 'k' and 3
//   tensor.cast %x : tensor<?xf32> to tensor<10xf32>                                                        refused: 'k' and 10
#include "compiler/Linalg/CheckSizes.h"
#include "compiler/Linalg/DerivedDims.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace motion {
namespace {

/// A dimension that the caller sets.
BlockArgument freeDim(OpFoldResult size) {
  auto value = dyn_cast<Value>(size);
  auto argument = value ? dyn_cast<BlockArgument>(value) : nullptr;
  return argument && isa<func::FuncOp>(argument.getOwner()->getParentOp()) ? argument : nullptr;
}

/// Null: a size that has no name.
std::string spellSize(OpFoldResult size) {
  if (auto constant = size ? getConstantIntValue(size) : std::nullopt)
    return std::to_string(*constant);
  BlockArgument argument = size ? freeDim(size) : nullptr;
  if (!argument)
    return "what follows from other dimensions";
  auto name = cast<func::FuncOp>(argument.getOwner()->getParentOp()).getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.dim");
  return "'" + (name ? name.str() : "?") + "'";
}

/// The sizes of a lowered tensor; nothing where they are not written anywhere.
std::optional<Sizes> knownSizes(const LoweredValues &values, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.hasStaticShape())
    return getAsIndexOpFoldResult(type.getContext(), type.getShape());
  if (auto it = values.sizes.find(tensor); it != values.sizes.end())
    return it->second;
  if (auto style = tensor.getDefiningOp<DestinationStyleOpInterface>())
    return knownSizes(values, style.getTiedOpOperand(cast<OpResult>(tensor))->get());
  if (auto empty = tensor.getDefiningOp<tensor::EmptyOp>())
    return empty.getMixedSizes();
  return std::nullopt;
}

LogicalResult refuse(Operation *op, OpFoldResult a, OpFoldResult b) {
  return emitError(op->getLoc()) << "expected dimensions that are equal, found " << spellSize(a) << " and " << spellSize(b)
                                 << ": give them the same name or fix them with --dim";
}

bool isVariable(OpFoldResult size) { return !getConstantIntValue(size) && followsFromArguments(size); }

/// A number in the place of what the caller sets. What a reshape flattens before it casts has no sizes yet: then those that it flattens count.
LogicalResult checkCast(tensor::CastOp op, const LoweredValues &values) {
  auto type = cast<RankedTensorType>(op.getType());
  const auto number = [&](int64_t size) { return getAsIndexOpFoldResult(op.getContext(), size); };
  if (std::optional<Sizes> sizes = knownSizes(values, op.getSource())) {
    for (auto [size, given] : llvm::zip(*sizes, type.getShape()))
      if (!ShapedType::isDynamic(given) && isVariable(size))
        return refuse(op, size, number(given));
  } else if (auto flat = op.getSource().getDefiningOp<tensor::CollapseShapeOp>(); flat && type.getRank() == 1 && type.hasStaticShape()) {
    if (sizes = knownSizes(values, flat.getSrc()); sizes && llvm::all_of(*sizes, followsFromArguments) && llvm::any_of(*sizes, isVariable))
      return refuse(op, {}, number(type.getDimSize(0)));
  }
  return success();
}

/// The sizes along the loops of one op, each with the first operand's.
class Loops {
public:
  Loops(Operation *op, const LoweredValues &values) : op(op), values(values) {}

  LogicalResult add(Value operand, AffineMap map) {
    std::optional<Sizes> sizes = isa<RankedTensorType>(operand.getType()) ? knownSizes(values, operand) : std::nullopt;
    if (!sizes)
      return success();
    for (auto [expr, size] : llvm::zip(map.getResults(), *sizes)) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (!dim || (!getConstantIntValue(size) && !freeDim(size)))
        continue;
      auto [known, isNew] = ofLoop.try_emplace(dim.getPosition(), size);
      if (!isNew && !isEqualConstantIntOrValue(known->second, size))
        return refuse(op, known->second, size);
    }
    return success();
  }

private:
  Operation *op;
  const LoweredValues &values;
  llvm::SmallDenseMap<unsigned, OpFoldResult> ofLoop;
};

} // namespace

LogicalResult checkSizes(Block &block, const LoweredValues &values) {
  bool good = true;
  block.walk([&](Operation *op) {
    Loops loops(op, values);
    if (auto cast = dyn_cast<tensor::CastOp>(op))
      good &= succeeded(checkCast(cast, values));
    else if (auto contract = dyn_cast<kernel::ContractOp>(op)) {
      for (OpOperand &operand : op->getOpOperands())
        if (AffineMap map = contract.getMap(operand); map && failed(loops.add(operand.get(), map)))
          return void(good = false);
    } else if (auto linalg = dyn_cast<linalg::LinalgOp>(op)) {
      for (OpOperand &operand : op->getOpOperands())
        if (failed(loops.add(operand.get(), linalg.getMatchingIndexingMap(&operand))))
          return void(good = false);
    }
  });
  return success(good);
}

} // namespace motion
