// Contractions that the emitter has no tile for become linalg.generic: those whose last output dimension is not one of b alone (dot products,
// products where both operands run along it), and single columns, whose sums run along memory.
//   kernel.contract (m, k) (m, k) -> (m)   ->   fill 0, linalg.generic {mulf, addf}, then the epilogue as a pointwise linalg.generic
// Padding, if any, is materialised with tensor.pad first. Runs after packing.
#include "compiler/Tile/Passes.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace motion {
#define GEN_PASS_DEF_GENERALIZECONTRACTIONSPASS
#include "compiler/Tile/Passes.h.inc"

using namespace mlir;

namespace {

/// A matrix times a vector, both in the order of their sums: vectors run along those, not along the one column.
bool isOneColumn(kernel::ContractOp op) {
  const SmallVector<AffineMap> maps = op.getMaps();
  auto dim = dyn_cast<AffineDimExpr>(maps[0].getResults().back());
  const SmallVector<bool> parallel = op.getParallelDims();
  return dim && !op.getPadding() && !parallel[dim.getPosition()] && cast<RankedTensorType>(op.getInits()[0].getType()).getShape().back() == 1;
}

/// True if the emitter can put the last output dimension into vector lanes.
bool hasLanes(kernel::ContractOp op) {
  SmallVector<AffineMap> maps = op.getMaps();
  AffineMap init = maps[2 + op.getExtras().size()];
  if (init.getNumResults() == 0 || maps[1].getNumResults() == 0 || !isa<FloatType>(getElementTypeOrSelf(op.getInits()[0])))
    return false;
  const unsigned n = cast<AffineDimExpr>(init.getResults().back()).getPosition();
  if (maps[0].isFunctionOfDim(n))
    return false;
  AffineExpr last = maps[1].getResults().back();
  if (last.getKind() == AffineExprKind::Mod)
    return last.isFunctionOfDim(n);
  return last == getAffineDimExpr(n, op.getContext()) && !isOneColumn(op);
}

/// a with its zeros around it.
Value padded(RewriterBase &rewriter, kernel::ContractOp op) {
  if (!op.getPadding())
    return op.getA();
  Location loc = op.getLoc();
  SmallVector<OpFoldResult> sizes = op.getLoopSizes(rewriter), low, high, last;
  AffineExpr d0 = rewriter.getAffineDimExpr(0), d1 = rewriter.getAffineDimExpr(1);
  for (OpFoldResult size : sizes)
    last.push_back(affine::makeComposedFoldedAffineApply(rewriter, loc, AffineMap::get(1, 0, d0 - 1), {size}));
  AffineMap map = op.getMaps()[0];
  for (auto [dim, pad] : llvm::enumerate(*op.getPadding())) {
    low.push_back(rewriter.getIndexAttr(std::max<int64_t>(pad, 0)));
    high.push_back(rewriter.getIndexAttr(0));
    if (pad < 0)
      continue;
    OpFoldResult extent = tensor::getMixedSize(rewriter, loc, op.getA(), dim);
    OpFoldResult reach = affine::makeComposedFoldedAffineApply(rewriter, loc, map.getSubMap({static_cast<unsigned>(dim)}), last);
    OpFoldResult missing = affine::makeComposedFoldedAffineApply(rewriter, loc, AffineMap::get(2, 0, d0 + 1 - pad - d1), {reach, extent});
    AffineMap atLeastZero = AffineMap::get(1, 0, {d0, rewriter.getAffineConstantExpr(0)}, rewriter.getContext());
    high.back() = affine::makeComposedFoldedAffineMax(rewriter, loc, atLeastZero, {missing});
  }
  auto type = cast<RankedTensorType>(op.getA().getType());
  Value zero = arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(type.getElementType()));
  auto pad = tensor::PadOp::create(rewriter, loc, Type(), op.getA(), low, high, zero);
  FailureOr<Operation *> written = linalg::rewriteInDestinationPassingStyle(rewriter, pad);
  return succeeded(written) ? Value((*written)->getResult(0)) : Value(pad.getResult());
}

void generalize(RewriterBase &rewriter, kernel::ContractOp op) {
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  const unsigned extras = op.getExtras().size();
  SmallVector<AffineMap> maps = op.getMaps();
  auto type = cast<RankedTensorType>(op.getInits()[0].getType());
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, op.getInits()[0]);
  Value a = padded(rewriter, op);
  rewriter.setInsertionPoint(op);
  Value zero = arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(type.getElementType()));
  Value empty = tensor::EmptyOp::create(rewriter, loc, sizes, type.getElementType());
  Value start = linalg::FillOp::create(rewriter, loc, ValueRange{zero}, ValueRange{empty}).getResult(0);
  SmallVector<utils::IteratorType> iterators = op.getLoopIteratorTypes();
  auto sum = linalg::GenericOp::create(rewriter, loc, type, ValueRange{a, op.getB()}, start, ArrayRef<AffineMap>{maps[0], maps[1], maps[2 + extras]},
                                       iterators, [](OpBuilder &b, Location at, ValueRange values) {
                                         Value product = arith::MulFOp::create(b, at, values[0], values[1]);
                                         linalg::YieldOp::create(b, at, ValueRange{arith::AddFOp::create(b, at, values[2], product)});
                                       });
  // The epilogue runs over the parallel dimensions alone.
  SmallVector<AffineExpr> renumbered(op.getNumLoops());
  unsigned parallel = 0;
  for (auto [dim, isParallel] : llvm::enumerate(op.getParallelDims()))
    renumbered[dim] = isParallel ? rewriter.getAffineDimExpr(parallel++) : rewriter.getAffineConstantExpr(0);
  const auto translate = [&](AffineMap map) { return map.replaceDimsAndSymbols(renumbered, {}, parallel, 0); };
  SmallVector<AffineMap> pointwise{translate(maps[2 + extras])};
  SmallVector<Value> inputs{sum.getResult(0)};
  for (auto [index, extra] : llvm::enumerate(op.getExtras())) {
    inputs.push_back(extra);
    pointwise.push_back(translate(maps[2 + index]));
  }
  pointwise.push_back(translate(maps[2 + extras]));
  SmallVector<utils::IteratorType> all(parallel, utils::IteratorType::parallel);
  auto result = linalg::GenericOp::create(rewriter, loc, type, inputs, op.getInits()[0], pointwise, all, [&](OpBuilder &b, Location at, ValueRange values) {
    IRMapping map;
    map.map(op.getEpilogue().getArguments(), values.drop_back());
    for (Operation &inner : op.getEpilogue().front().without_terminator())
      b.clone(inner, map);
    linalg::YieldOp::create(b, at, ValueRange{map.lookup(op.getEpilogue().front().getTerminator()->getOperand(0))});
  });
  rewriter.replaceOp(op, result.getResults());
}

struct GeneralizeContractionsPass : impl::GeneralizeContractionsPassBase<GeneralizeContractionsPass> {
  void runOnOperation() override {
    SmallVector<kernel::ContractOp> contracts;
    getOperation().walk([&](kernel::ContractOp op) {
      if (!hasLanes(op))
        contracts.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (kernel::ContractOp op : contracts)
      generalize(rewriter, op);
  }
};

} // namespace
} // namespace motion
