// kernel.contract on memrefs -> loops over register tiles of explicit vectors.
//   for batch loops (b depends on them)    [for parts of a long sum]    for panels of columns    for the other parallel loops    for tiles of rows
//     accumulators = 0;  for reductions: accumulators += a (broadcast) * b (vectors);  epilogue;  store
// Every row count gets a tile of exactly its size: static extents are cut in equal parts, dynamic ones have one variant per remainder.
// Padding: loops over taps are clamped to the taps that lie inside. Along the rows of a tile all taps must be inside. A single row of what is mostly zeros
// takes the steps of its reduction from a list.
#include "compiler/Lower/Contract/Passes.h"
#include "compiler/Lower/Contract/RowTiles.h"
#include "compiler/Rewrite/Views.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace motion {
#define GEN_PASS_DEF_EMITCONTRACTPASS
#include "compiler/Lower/Contract/Passes.h.inc"
} // namespace motion

using namespace mlir;

namespace motion::contract {
namespace {

/// A list of steps that are not skipped pays from this many vectors of columns, steps, and 1/leastSaving of them skipped.
constexpr int64_t fewestSkippedVectors = 2, fewestSkippedSteps = 64, leastSaving = 5;
/// Listed steps ahead of which panels that do not stay in the cache are prefetched.
constexpr int64_t listedPrefetch = 8;

/// Steps that are listed at a time: all, or a divisor of their number; 0 when there is none of a fair size.
int64_t listedPart(int64_t length) {
  if (length <= mostListed)
    return length;
  for (int64_t part = mostListed; part >= mostListed / 8; --part)
    if (length % part == 0)
      return part;
  return 0;
}

class ContractEmitter {
public:
  ContractEmitter(OpBuilder &b, kernel::ContractOp op, LinearForm form, Registers registers)
      : nest(b, op, std::move(form), registers), b(b), loc(op.getLoc()), math(nest.math) {}

  void emit() {
    SmallVector<OpFoldResult> offsets;
    for (const Pointer &pointer : nest.form.pointers)
      offsets.push_back(pointer.offset);
    nest.forPoints(nest.batch, offsets, [&](Offsets at) { products(at); });
  }

private:
  /// All rows; of a single one with many zeros, the steps whose element of a is not 0.
  void products(Offsets offsets) {
    if (!skipsZeros())
      return allRows(offsets);
    nest.choose(hasManyZeros(offsets), [&] { nonZeroSteps(offsets); }, [&] { allRows(offsets); });
  }

  /// i1: there is one row, and so many of its elements are 0 that it pays to look for the others.
  Value hasManyZeros(Offsets offsets) {
    const int64_t length = lengthOf(*onlySum());
    const auto look = [&]() -> Value {
      Value count = countNonZeros(b, loc, nest.form.pointers[0], offsets[0], length, nest.lanes);
      return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, count, math.value(math.constant(length - length / leastSaving)));
    };
    if (nest.others.empty())
      return look();
    auto one = scf::IfOp::create(b, loc, b.getI1Type(), nest.isEqual(nest.others[0].size, 1), /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(one.thenBlock());
    scf::YieldOp::create(b, loc, look());
    b.setInsertionPointToStart(one.elseBlock());
    scf::YieldOp::create(b, loc, arith::ConstantIntOp::create(b, loc, 0, 1).getResult());
    return one.getResult(0);
  }

  /// Whether there may be a single row of a product of matrices with many zeros in it, large enough to look for them.
  bool skipsZeros() {
    const bool oneRow = nest.others.empty() || !getConstantIntValue(nest.others[0].size);
    std::optional<Reduction> sum = nest.op.getSkipZeros() && oneRow ? onlySum() : std::nullopt;
    if (!sum || lengthOf(*sum) < fewestSkippedSteps || getConstantIntValue(sum->strideA) != 1)
      return false;
    if (getConstantIntValue(nest.form.columns).value_or(INT64_MAX) < fewestSkippedVectors * nest.lanes)
      return false;
    const int64_t part = listedPart(lengthOf(*sum));
    return part == lengthOf(*sum) || (part && firstInitIsFree());
  }

  /// The reduction of a product of matrices, b packed, when it is one loop of known length.
  std::optional<Reduction> onlySum() {
    if (!nest.isPacked() || !nest.form.paddings.empty() || nest.others.size() > 1)
      return std::nullopt;
    SmallVector<Reduction> sums = nest.clampedReductions({});
    return sums.size() == 1 && getConstantIntValue(sums[0].end) ? std::optional(sums[0]) : std::nullopt;
  }

  static int64_t lengthOf(const Reduction &sum) { return *getConstantIntValue(sum.end); }

  /// One row, in parts that a list of steps has room for.
  void nonZeroSteps(Offsets offsets) {
    SmallVector<Loop> rows = std::exchange(nest.others, {});
    const int64_t length = lengthOf(*onlySum()), step = listedPart(length);
    forParts(length, step, [&](OpFoldResult begin) {
      nonZeros = listNonZeros(b, loc, nest.form.pointers[0], offsets[0], begin, step, nest.lanes);
      nonZeros->ahead = nest.streamsPanels() ? listedPrefetch : 0;
      panels(offsets);
      nonZeros.reset();
    });
    nest.others = std::move(rows);
  }

  /// body(begin) for each part of a sum of `length` steps; a single part is no part.
  void forParts(int64_t length, int64_t step, function_ref<void(OpFoldResult)> body) {
    nest.forRange(math.constant(0), math.constant(length), step, [&](OpFoldResult begin) {
      if (step < length)
        part = Part{begin, step, nest.isEqual(begin, 0), nest.isEqual(begin, length - step)};
      body(begin);
      part.reset();
    });
  }

  /// Sums so far may lie in the first init: none of the extras is the same buffer.
  bool firstInitIsFree() {
    const unsigned init = 2 + nest.op.getExtras().size();
    return nest.form.pointers[init].memref.getType() == nest.form.pointers[0].memref.getType() &&
           llvm::none_of(nest.op.getExtras(), [&](Value extra) { return rootBuffer(extra) == rootBuffer(nest.op.getInits()[0]); });
  }

  /// All panels with all steps of the reduction; or, where a's rows do not stay in the cache from one panel to the next, part after part of a
  /// long sum, with the sums so far in the first init. Both add in the same order.
  void allRows(Offsets offsets) {
    std::optional<Reduction> sum = longSum();
    if (!sum)
      return panels(offsets);
    const int64_t length = lengthOf(*sum), cachedRows = largestCached / (length * nest.elementBytes());
    OpFoldResult rows = nest.others[0].size;
    if (auto count = getConstantIntValue(rows))
      return *count > cachedRows ? parts(offsets, length) : panels(offsets);
    Value many = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, math.value(rows), math.value(math.constant(cachedRows)));
    nest.choose(many, [&] { parts(offsets, length); }, [&] { panels(offsets); });
  }

  /// The sum of several rows when it is long enough to be added in parts.
  std::optional<Reduction> longSum() {
    std::optional<Reduction> sum = nest.others.empty() ? std::nullopt : onlySum();
    return sum && partOf(lengthOf(*sum)) && firstInitIsFree() ? sum : std::nullopt;
  }

  void parts(Offsets offsets, int64_t length) {
    forParts(length, partOf(length), [&](OpFoldResult) { panels(offsets); });
  }

  /// Columns: whole panels in a loop, then the part of the last one.
  void panels(Offsets offsets) {
    int64_t width = nest.isPacked() ? *getConstantIntValue(nest.laneLoop.size) : 4 * nest.lanes;
    SmallVector<OpFoldResult> step;
    for (OpFoldResult stride : nest.laneLoop.strides)
      step.push_back(math.mul(stride, math.constant(width)));
    if (nest.isPacked())
      step[1] = nest.panelLoop.strides[1];
    OpFoldResult whole = math.floorDiv(nest.form.columns, width);
    const unsigned streams = (fewRows() || nonZeros) && getConstantIntValue(whole) >= 2 ? 2 : 1;
    OpFoldResult grouped = math.mul(math.floorDiv(whole, streams), math.constant(streams));
    nest.forRange(math.constant(0), grouped, streams, [&](OpFoldResult panel) {
      columns(nest.advance(offsets, panel, step), streams * width / nest.lanes, Value());
    });
    nest.forRange(grouped, whole, 1, [&](OpFoldResult panel) { columns(nest.advance(offsets, panel, step), width / nest.lanes, Value()); });
    OpFoldResult rest = math.sub(nest.form.columns, math.mul(whole, math.constant(width)));
    SmallVector<OpFoldResult> last = nest.advance(offsets, whole, step);
    if (auto count = getConstantIntValue(rest)) {
      if (*count > 0)
        columns(last, llvm::divideCeil(*count, nest.lanes), *count % nest.lanes ? maskOf(b, loc, nest.lanes, *count % nest.lanes) : Value());
      return;
    }
    // A dynamic rest: vector by vector, each under its own mask.
    nest.forRange(math.constant(0), math.ceilDiv(rest, nest.lanes), 1, [&](OpFoldResult vector) {
      OpFoldResult done = math.mul(vector, math.constant(nest.lanes));
      OpFoldResult count = math.min(math.sub(rest, done), math.constant(nest.lanes));
      Value mask = vector::CreateMaskOp::create(b, loc, VectorType::get({nest.lanes}, b.getI1Type()), math.value(count));
      columns(nest.advance(last, done, nest.laneLoop.strides), 1, mask);
    });
  }

  /// One or two rows are possible: then two panels at a time are streamed, which a single core reads 10 % faster than one.
  bool fewRows() const {
    if (!nest.isPacked() || nest.others.size() > 1 || nest.registers.count < 32)
      return false;
    return nest.others.empty() || getConstantIntValue(nest.others[0].size).value_or(1) <= 2;
  }

  /// All rows of `vectors` vectors of columns.
  void columns(Offsets offsets, unsigned vectors, Value lastMask) { emitRows(nest, offsets, {vectors, lastMask, part, nonZeros}); }

  LoopNest nest;
  OpBuilder &b;
  Location loc;
  IndexMath &math;
  std::optional<Part> part;           ///< of a long sum that is being added
  std::optional<NonZeros> nonZeros;   ///< the steps that are made, when only some are
};

} // namespace
} // namespace motion::contract

namespace motion {
namespace {

struct EmitContractPass : impl::EmitContractPassBase<EmitContractPass> {
  using Base::Base;
  void runOnOperation() override {
    SmallVector<kernel::ContractOp> contracts;
    getOperation()->walk([&](kernel::ContractOp op) { contracts.push_back(op); });
    for (kernel::ContractOp op : contracts) {
      OpBuilder builder(op);
      FailureOr<contract::LinearForm> form = contract::linearize(builder, op);
      if (failed(form))
        return signalPassFailure();
      contract::ContractEmitter(builder, op, std::move(*form), contract::Registers{vectorBits, vectorBits == 512 ? 32u : 16u}).emit();
      op.erase();
    }
  }
};

} // namespace
} // namespace motion
