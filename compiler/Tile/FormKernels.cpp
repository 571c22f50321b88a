// Cuts the large ops of the function and of its loops into static slices, one scf.forall each, so that threads can share them:
//   kernel.contract (m, n, k)  ->  scf.forall (%i, %j) over blocks of rows and panels { kernel.contract on the slices }
// Slice borders follow from shapes alone, never from a thread count. Ops with too little work stay whole: they are kernels of one slice.
#include "compiler/Tile/Passes.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/TilingInterface.h"

namespace motion {
#define GEN_PASS_DEF_FORMKERNELSPASS
#include "compiler/Tile/Passes.h.inc"

using namespace mlir;

namespace {

/// Slices that an op is cut into at least, when its shape allows: enough to share among 8 threads.
constexpr int64_t wantedSlices = 8;
/// Rows of unknown number in one slice: whole register tiles of 6 and of 14 rows, and few enough that 64 rows make two slices.
constexpr int64_t rowsPerSlice = 42;
/// Rows of smaller slices are a multiple of this: whole register tiles.
constexpr int64_t tileRows = 12;
/// Multiply-adds, or elements, below which a slice is not worth a call of the host (0.2 to 1 us).
constexpr int64_t leastProducts = 100000, leastElements = 16384;

/// Product of the static extents; an unknown one counts as 1.
int64_t work(ArrayRef<OpFoldResult> sizes) {
  int64_t result = 1;
  for (OpFoldResult size : sizes)
    result *= std::max<int64_t>(getConstantIntValue(size).value_or(1), 1);
  return result;
}

/// The panel width of a packed dimension, else 1: slices hold whole panels.
int64_t granularity(Operation *op, unsigned dim) {
  auto contract = dyn_cast<kernel::ContractOp>(op);
  if (!contract)
    return 1;
  for (AffineExpr expr : contract.getMaps()[1].getResults())
    if (expr.getKind() == AffineExprKind::Mod && expr.isFunctionOfDim(dim))
      return cast<AffineConstantExpr>(cast<AffineBinaryOpExpr>(expr).getRHS()).getValue();
  return 1;
}

/// Tile sizes per loop, 0 = not cut, and the order of the loops, the one that changes last first. No sizes when the op stays whole.
struct Slices {
  SmallVector<int64_t> sizes, order;
};

Slices chooseSlices(TilingInterface op, ArrayRef<Range> domain) {
  SmallVector<utils::IteratorType> iterators = op.getLoopIteratorTypes();
  SmallVector<OpFoldResult> sizes;
  for (const Range &range : domain)
    sizes.push_back(range.size);
  // Rows or images that make a slice worth a call: where it takes several, they alone are cut.
  const int64_t fewest = llvm::divideCeil(isa<kernel::ContractOp>(op) ? leastProducts : leastElements, std::max<int64_t>(work(sizes), 1));
  // Of unknown number are images, which have parallel loops of their own beside the innermost one and are taken one by one, or rows, in blocks. The last
  // block of rows may be a small one: a thread that takes slices next to each other then takes all rows of some columns.
  const auto isParallel = [](utils::IteratorType type) { return type == utils::IteratorType::parallel; };
  const auto isRows = [&](int64_t dim) { return llvm::count_if(ArrayRef(iterators).drop_front(dim + 1), isParallel) <= 1; };
  const auto key = [&](int64_t dim) { return std::pair(!getConstantIntValue(sizes[dim]) && isRows(dim), dim); };
  SmallVector<int64_t> tiles(sizes.size(), 0), order = llvm::to_vector(llvm::seq<int64_t>(0, sizes.size()));
  llvm::sort(order, [&](int64_t x, int64_t y) { return key(x) < key(y); });
  if (fewest > 1) {
    for (auto [dim, size] : llvm::enumerate(sizes))
      if (isParallel(iterators[dim]) && !getConstantIntValue(size)) {
        tiles[dim] = llvm::alignTo(fewest, isRows(dim) ? tileRows : 1);
        return {tiles, order};
      }
    return {};
  }
  int64_t slices = 1;
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    if (!isParallel(iterators[dim]))
      continue;
    auto extent = getConstantIntValue(size);
    if (!extent) {
      tiles[dim] = isRows(dim) ? rowsPerSlice : 1;
      continue;
    }
    const int64_t unit = granularity(op, dim), parts = std::min(llvm::divideCeil(*extent, unit), llvm::divideCeil(wantedSlices, slices));
    if (parts <= 1)
      continue;
    tiles[dim] = llvm::alignTo(llvm::divideCeil(*extent, parts), unit);
    slices *= llvm::divideCeil(*extent, tiles[dim]);
  }
  if (llvm::all_of(tiles, [](int64_t tile) { return tile == 0; }))
    return {};
  return {tiles, order};
}

bool canSlice(Operation *op) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return generic.hasPureTensorSemantics() && llvm::all_of(generic.getIndexingMapsArray(), [](AffineMap map) { return map.isProjectedPermutation(true); });
  return isa<kernel::ContractOp>(op);
}

/// What can be sliced in a block, and in the steps of its loops.
void collect(Block &block, SmallVector<TilingInterface> &ops) {
  for (Operation &op : block)
    if (canSlice(&op))
      ops.push_back(cast<TilingInterface>(op));
    else if (auto loop = dyn_cast<scf::ForOp>(op))
      collect(*loop.getBody(), ops);
}

struct FormKernelsPass : impl::FormKernelsPassBase<FormKernelsPass> {
  void runOnOperation() override {
    if (getOperation().isPrivate())
      return;
    SmallVector<TilingInterface> ops;
    collect(getOperation().getBody().front(), ops);
    IRRewriter rewriter(&getContext());
    for (TilingInterface op : ops) {
      rewriter.setInsertionPoint(op);
      Slices slices = chooseSlices(op, op.getIterationDomain(rewriter));
      if (slices.sizes.empty())
        continue;
      scf::SCFTilingOptions options;
      options.setTileSizes(getAsIndexOpFoldResult(&getContext(), slices.sizes));
      options.setInterchange(slices.order);
      options.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
      FailureOr<scf::SCFTilingResult> tiled = scf::tileUsingSCF(rewriter, op, options);
      if (failed(tiled)) {
        op->emitOpError("could not be cut into slices");
        return signalPassFailure();
      }
      rewriter.replaceOp(op, tiled->replacements);
    }
  }
};

} // namespace
} // namespace motion
