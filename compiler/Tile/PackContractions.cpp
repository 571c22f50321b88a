// Packs the second operand of each contraction into panels of P columns, so that one sequential stream of whole vectors feeds the registers:
//   b: tensor<256x132xf32>, map (m, n, k) -> (n, k)
//   -> linalg.pack inner_dims_pos = [0] inner_tiles = [64] : tensor<4x132x64xf32>, map (m, n, k) -> (n floordiv 64, k, n mod 64)
// Order of a panel: dimensions that are parallel in b (groups, batches), panels, reductions in the order in which `a` is stored, lanes.
// An operand that depends on weights alone is packed when compiling (ExtractConstants moves the pack); another one only if its columns are not
// contiguous already. The last panel is filled with zeros.
#include "compiler/Tile/Passes.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace motion {
#define GEN_PASS_DEF_PACKCONTRACTIONSPASS
#include "compiler/Tile/Passes.h.inc"

using namespace mlir;

namespace {

/// Vectors in a panel: one row of a batch-1 product streams a whole panel at once.
constexpr int64_t panelVectors = 4;

/// The dimension that the last result of a map is, if it is one.
std::optional<unsigned> lastDimension(AffineMap map) {
  if (map.getNumResults() == 0 || !isa<AffineDimExpr>(map.getResults().back()))
    return std::nullopt;
  return cast<AffineDimExpr>(map.getResults().back()).getPosition();
}

/// Position of the result that is exactly `dim`.
std::optional<unsigned> positionOf(AffineMap map, unsigned dim) {
  for (auto [position, expr] : llvm::enumerate(map.getResults()))
    if (auto d = dyn_cast<AffineDimExpr>(expr); d && d.getPosition() == dim)
      return position;
  return std::nullopt;
}

/// Where a reduction stands in memory order of `a`: the last result that it occurs in.
unsigned depthIn(AffineMap map, unsigned dim) {
  unsigned depth = 0;
  for (auto [position, expr] : llvm::enumerate(map.getResults()))
    if (expr.isFunctionOfDim(dim))
      depth = position + 1;
  return depth;
}

/// True if the value follows from weights alone.
bool dependsOnWeightsAlone(Value value, llvm::DenseMap<Value, bool> &known) {
  if (auto it = known.find(value); it != known.end())
    return it->second;
  Operation *op = value.getDefiningOp();
  bool result = false;
  if (op && isMemoryEffectFree(op))
    result = llvm::all_of(op->getOperands(), [&](Value operand) { return dependsOnWeightsAlone(operand, known); });
  return known[value] = result;
}

/// a * b = b * a: the operand that runs along the last output dimension becomes b.
void orderOperands(RewriterBase &rewriter, kernel::ContractOp op) {
  SmallVector<AffineMap> maps = op.getMaps();
  std::optional<unsigned> n = lastDimension(maps[2 + op.getExtras().size()]);
  if (!n || op.getPadding() || maps[1].isFunctionOfDim(*n) || !maps[0].isFunctionOfDim(*n))
    return;
  std::swap(maps[0], maps[1]);
  Value a = op.getA();
  rewriter.modifyOpInPlace(op, [&] {
    op.getAMutable().assign(op.getB());
    op.getBMutable().assign(a);
    op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
  });
}

/// True if the last dimension of a tensor will have stride 1: no slice with steps along it is underneath.
bool isDense(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
      if (!slice.getMixedStrides().empty() && !isConstantIntValue(slice.getMixedStrides().back(), 1))
        return false;
      value = slice.getSource();
    } else if (isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op)) {
      value = op->getOperand(0);
    } else {
      return true;
    }
  }
  return true;
}

struct Panels {
  unsigned column;                      ///< position of the columns in b's map
  int64_t width;                        ///< columns in a panel
  SmallVector<int64_t> order;           ///< permutation of b's dimensions, the columns standing for the panels
};

/// The panels of a contraction's b, or failure when nothing has to be packed.
FailureOr<Panels> choosePanels(kernel::ContractOp op, int64_t lanes, bool constant) {
  SmallVector<AffineMap> maps = op.getMaps();
  AffineMap a = maps[0], b = maps[1], init = maps[2 + op.getExtras().size()];
  std::optional<unsigned> column = lastDimension(init);
  if (!column || !b.isProjectedPermutation())
    return failure();
  const unsigned n = *column;
  std::optional<unsigned> position = positionOf(b, n);
  if (!position || a.isFunctionOfDim(n) || (!constant && lastDimension(b) == n && isDense(op.getB())))
    return failure();
  const int64_t columns = cast<RankedTensorType>(op.getB().getType()).getDimSize(*position);
  int64_t width = panelVectors * lanes;
  if (!ShapedType::isDynamic(columns) && columns < width)
    width = llvm::alignTo(columns, lanes);
  Panels panels{*position, width, {}};
  SmallVector<bool> parallel = op.getParallelDims();
  SmallVector<std::pair<unsigned, int64_t>> reductions;
  for (auto [index, expr] : llvm::enumerate(b.getResults())) {
    const unsigned dim = cast<AffineDimExpr>(expr).getPosition();
    if (dim == n)
      continue;
    if (parallel[dim])
      panels.order.push_back(index);
    else
      reductions.push_back({depthIn(a, dim), index});
  }
  panels.order.push_back(*position);
  llvm::sort(reductions);
  for (auto [depth, index] : reductions)
    panels.order.push_back(index);
  return panels;
}

/// b in panels: pad with zeros, split the columns, transpose.
Value pack(RewriterBase &rewriter, Location loc, Value b, const Panels &panels) {
  auto element = cast<RankedTensorType>(b.getType()).getElementType();
  SmallVector<int64_t> position{panels.column};
  SmallVector<OpFoldResult> tiles{rewriter.getIndexAttr(panels.width)};
  Value destination = linalg::PackOp::createDestinationTensor(rewriter, loc, b, tiles, position, panels.order);
  Value zero = arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(element));
  const int64_t columns = cast<RankedTensorType>(b.getType()).getDimSize(panels.column);
  const bool whole = !ShapedType::isDynamic(columns) && columns % panels.width == 0;
  auto packOp = linalg::PackOp::create(rewriter, loc, b, destination, position, tiles, whole ? std::nullopt : std::optional<Value>(zero), panels.order);
  FailureOr<linalg::LowerPackResult> lowered = linalg::lowerPack(rewriter, packOp, /*lowerPadLikeWithInsertSlice=*/false);
  Value result = lowered->transposeOp->getResult(0);
  if (lowered->padOp) {
    rewriter.setInsertionPoint(lowered->padOp);
    (void)linalg::rewriteInDestinationPassingStyle(rewriter, lowered->padOp);
  }
  return result;
}

/// Panels that exist already: steps of a recurrence share their weights.
struct Packed {
  Value b, packed;
  Panels panels;
};

/// The panels of b, those of an earlier contraction when they are the same.
Value packOnce(RewriterBase &rewriter, kernel::ContractOp op, const Panels &panels, SmallVectorImpl<Packed> &before) {
  for (Packed &other : before)
    if (other.b == op.getB() && other.packed.getParentBlock() == op->getBlock() && other.panels.column == panels.column &&
        other.panels.width == panels.width && other.panels.order == panels.order)
      return other.packed;
  before.push_back({op.getB(), pack(rewriter, op.getLoc(), op.getB(), panels), panels});
  return before.back().packed;
}

void packContract(RewriterBase &rewriter, kernel::ContractOp op, const Panels &panels, SmallVectorImpl<Packed> &before) {
  rewriter.setInsertionPoint(op);
  Value packed = packOnce(rewriter, op, panels, before);
  SmallVector<AffineMap> maps = op.getMaps();
  AffineExpr n = maps[1].getResult(panels.column);
  SmallVector<AffineExpr> results;
  for (int64_t index : panels.order)
    results.push_back(index == panels.column ? n.floorDiv(panels.width) : maps[1].getResult(index));
  results.push_back(n % panels.width);
  maps[1] = AffineMap::get(maps[1].getNumDims(), 0, results, op.getContext());
  rewriter.modifyOpInPlace(op, [&] {
    op.getBMutable().assign(packed);
    op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
  });
}

struct PackContractionsPass : impl::PackContractionsPassBase<PackContractionsPass> {
  using Base::Base;
  void runOnOperation() override {
    llvm::DenseMap<Value, bool> known;
    SmallVector<kernel::ContractOp> contracts;
    SmallVector<Packed> packed;
    getOperation().walk([&](kernel::ContractOp op) { contracts.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (kernel::ContractOp op : contracts) {
      orderOperands(rewriter, op);
      if (!isa<FloatType>(getElementTypeOrSelf(op.getInits()[0])))
        continue;
      const int64_t lanes = vectorBits / getElementTypeOrSelf(op.getInits()[0]).getIntOrFloatBitWidth();
      FailureOr<Panels> panels = choosePanels(op, lanes, dependsOnWeightsAlone(op.getB(), known));
      if (succeeded(panels))
        packContract(rewriter, op, *panels, packed);
    }
  }
};

} // namespace
} // namespace motion
