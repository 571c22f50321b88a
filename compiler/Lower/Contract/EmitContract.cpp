// kernel.contract on memrefs -> loops over register tiles of explicit vectors.
//   for batch loops (b depends on them)    [for parts of a long sum]    for panels of columns    for the other parallel loops    for tiles of rows
//     accumulators = 0;  for reductions: accumulators += a (broadcast) * b (vectors);  epilogue;  store
// Every row count gets a tile of exactly its size: static extents are cut in equal parts, dynamic ones have one variant per remainder.
// Padding: loops over taps are clamped to the taps that lie inside. Along the rows of a tile all taps must be inside: the border positions of
// that loop are fixed one by one, and the rows of their tiles run along the next loop (the left border of an image is tiled downwards).
#include "compiler/Lower/Contract/Passes.h"
#include "compiler/Lower/Contract/RegisterTile.h"
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

/// Rows of a tile where the number of rows is not known when compiling.
constexpr unsigned mostDynamicRows = 8;
/// Rows of a tile from which the next panel of b is prefetched: with fewer the loads themselves keep memory busy.
constexpr unsigned fewestPrefetchRows = 3;
/// A list of steps that are not skipped pays from this many vectors of columns, steps, and 1/leastSaving of them skipped; it has room for so many.
constexpr int64_t fewestSkippedVectors = 2, fewestSkippedSteps = 64, leastSaving = 5, mostListed = 1024;
/// Listed steps ahead of which panels that do not stay in the cache are prefetched.
constexpr int64_t listedPrefetch = 8;
/// Bytes of a that stay in the second-level cache beside the panels of b.
constexpr int64_t largestCached = 512 * 1024;

class NestEmitter {
public:
  NestEmitter(OpBuilder &b, kernel::ContractOp op, LinearForm form, Registers registers)
      : b(b), loc(op.getLoc()), math(b, loc), op(op), form(std::move(form)), registers(registers) {}

  void emit() {
    lanes = registers.bits / cast<MemRefType>(this->form.pointers[0].memref.getType()).getElementTypeBitWidth();
    sortLoops();
    SmallVector<OpFoldResult> offsets;
    for (const Pointer &pointer : form.pointers)
      offsets.push_back(pointer.offset);
    outer(batch, 0, offsets, [&](ArrayRef<OpFoldResult> at) { products(at); });
  }

private:
  using Body = function_ref<void(ArrayRef<OpFoldResult>)>;

  /// Divides the loops into batch, others, rows and reductions.
  void sortLoops() {
    for (auto [index, loop] : llvm::enumerate(form.loops)) {
      if (static_cast<int>(index) == form.lanes)
        laneLoop = loop;
      else if (static_cast<int>(index) == form.panels)
        panelLoop = loop;
      else if (!loop.parallel)
        reductions.push_back(loop);
      else if (getConstantIntValue(loop.size) == 1 && !isPadded(loop.dimension))
        continue;
      else if (getConstantIntValue(loop.strides[1]) != 0)
        batch.push_back(loop);
      else
        others.push_back(loop);
    }
    llvm::sort(reductions, [](const Loop &x, const Loop &y) {
      const auto key = [](const Loop &l) { return std::pair(-getConstantIntValue(l.strides[0]).value_or(INT64_MAX), l.dimension); };
      return key(x) < key(y);
    });
    SmallVector<unsigned> keep;
    for (const Padding &padding : form.paddings)
      for (auto [dimension, coefficient] : padding.terms)
        keep.push_back(dimension);
    mergeLoops(math, others, keep);
  }

  bool isPadded(unsigned dimension) const {
    return llvm::any_of(form.paddings, [&](const Padding &p) { return llvm::any_of(p.terms, [&](auto t) { return t.first == dimension; }); });
  }

  SmallVector<OpFoldResult> advance(ArrayRef<OpFoldResult> offsets, OpFoldResult steps, ArrayRef<OpFoldResult> strides) {
    SmallVector<OpFoldResult> moved;
    for (auto [offset, stride] : llvm::zip(offsets, strides))
      moved.push_back(math.add(offset, math.mul(steps, stride)));
    return moved;
  }

  /// for iv in [begin, end) step: body(iv). Emits nothing for an empty static range, no loop for a single step.
  void forRange(OpFoldResult begin, OpFoldResult end, int64_t step, function_ref<void(OpFoldResult)> body) {
    auto cb = getConstantIntValue(begin), ce = getConstantIntValue(end);
    if (cb && ce && *ce <= *cb)
      return;
    if (cb && ce && *ce - *cb <= step)
      return body(begin);
    auto loop = scf::ForOp::create(b, loc, math.value(begin), math.value(end), math.value(math.constant(step)));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  }

  void outer(ArrayRef<Loop> loops, unsigned level, ArrayRef<OpFoldResult> offsets, Body body) {
    if (level == loops.size())
      return body(offsets);
    const Loop &loop = loops[level];
    forRange(math.constant(0), loop.size, 1, [&](OpFoldResult iv) {
      position[loop.dimension] = iv;
      outer(loops, level + 1, advance(offsets, iv, loop.strides), body);
      position.erase(loop.dimension);
    });
  }

  /// All rows; a single one may be mostly zeros.
  void products(ArrayRef<OpFoldResult> offsets) {
    if (!skipsZeros())
      return allRows(offsets);
    if (others.empty())
      return singleRow(offsets);
    choose(isEqual(others[0].size, 1), [&] { singleRow(offsets); }, [&] { allRows(offsets); });
  }

  /// Whether there may be a single row of a product of matrices, with many zeros in it.
  bool skipsZeros() {
    if (!op.getSkipZeros() || form.panels < 0 || !form.paddings.empty() || others.size() > 1 || reductions.size() != 1)
      return false;
    const auto length = getConstantIntValue(reductions[0].size);
    return (others.empty() || !getConstantIntValue(others[0].size)) && getConstantIntValue(reductions[0].strides[0]) == 1 && length &&
           getConstantIntValue(form.columns).value_or(INT64_MAX) >= fewestSkippedVectors * lanes && *length >= fewestSkippedSteps && (partOf(*length) ? firstInitIsFree() : *length <= mostListed);
  }

  /// One row, in parts that a list of steps has room for: only those whose element of a is not 0, where that saves something.
  void singleRow(ArrayRef<OpFoldResult> offsets) {
    SmallVector<Loop> rows = std::exchange(others, {});
    const int64_t length = *getConstantIntValue(reductions[0].size), step = partOf(length) ? partOf(length) : length;
    forRange(math.constant(0), math.constant(length), step, [&](OpFoldResult begin) {
      if (step < length)
        part = Part{begin, step, isEqual(begin, 0), isEqual(begin, length - step)};
      NonZeros list = listNonZeros(b, loc, form.pointers[0], offsets[0], begin, step, lanes);
      list.ahead = streamsPanels() ? listedPrefetch : 0;
      Value few = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, list.count, math.value(math.constant(step - step / leastSaving)));
      const auto some = [&] {
        nonZeros = list;
        panels(offsets);
        nonZeros.reset();
      };
      choose(few, some, [&] { panels(offsets); });
      part.reset();
    });
    others = std::move(rows);
  }

  Value isEqual(OpFoldResult value, int64_t number) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, math.value(value), math.value(math.constant(number)));
  }

  void choose(Value condition, function_ref<void()> yes, function_ref<void()> no) {
    auto branch = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    yes();
    b.setInsertionPointToStart(branch.elseBlock());
    no();
  }

  /// Sums so far may lie in the first init: none of the extras is the same buffer.
  bool firstInitIsFree() {
    const unsigned init = 2 + op.getExtras().size();
    return form.pointers[init].memref.getType() == form.pointers[0].memref.getType() &&
           llvm::none_of(op.getExtras(), [&](Value extra) { return rootBuffer(extra) == rootBuffer(op.getInits()[0]); });
  }

  /// All panels with all steps of the reduction; or, where a's rows do not stay in the cache from one panel to the next, part after part of a
  /// long sum, with the sums so far in the first init. Both add in the same order.
  void allRows(ArrayRef<OpFoldResult> offsets) {
    std::optional<Reduction> sum = longSum();
    if (!sum)
      return panels(offsets);
    const int64_t length = *getConstantIntValue(sum->end), cachedRows = largestCached / (length * elementBytes());
    OpFoldResult rows = others[0].size;
    if (auto count = getConstantIntValue(rows))
      return *count > cachedRows ? parts(offsets, length) : panels(offsets);
    Value many = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, math.value(rows), math.value(math.constant(cachedRows)));
    choose(many, [&] { parts(offsets, length); }, [&] { panels(offsets); });
  }

  /// The only reduction of a product of matrices that is long enough to be summed in parts.
  std::optional<Reduction> longSum() {
    if (form.panels < 0 || !form.paddings.empty() || others.size() != 1 || !firstInitIsFree())
      return std::nullopt;
    SmallVector<Reduction> sums = clampedReductions({});
    auto length = sums.size() == 1 ? getConstantIntValue(sums[0].end) : std::nullopt;
    return length && partOf(*length) ? std::optional(sums[0]) : std::nullopt;
  }

  void parts(ArrayRef<OpFoldResult> offsets, int64_t length) {
    const int64_t step = partOf(length);
    forRange(math.constant(0), math.constant(length), step, [&](OpFoldResult begin) {
      part = Part{begin, step, isEqual(begin, 0), isEqual(begin, length - step)};
      panels(offsets);
      part.reset();
    });
  }

  /// Columns: whole panels in a loop, then the part of the last one.
  void panels(ArrayRef<OpFoldResult> offsets) {
    int64_t width = form.panels >= 0 ? *getConstantIntValue(laneLoop.size) : 4 * lanes;
    SmallVector<OpFoldResult> step;
    for (OpFoldResult stride : laneLoop.strides)
      step.push_back(math.mul(stride, math.constant(width)));
    if (form.panels >= 0)
      step[1] = panelLoop.strides[1];
    OpFoldResult whole = math.floorDiv(form.columns, width);
    const unsigned streams = (fewRows() || nonZeros) && getConstantIntValue(whole) >= 2 ? 2 : 1;
    OpFoldResult grouped = math.mul(math.floorDiv(whole, streams), math.constant(streams));
    forRange(math.constant(0), grouped, streams, [&](OpFoldResult panel) {
      columns(advance(offsets, panel, step), streams * width / lanes, Value());
    });
    forRange(grouped, whole, 1, [&](OpFoldResult panel) { columns(advance(offsets, panel, step), width / lanes, Value()); });
    OpFoldResult rest = math.sub(form.columns, math.mul(whole, math.constant(width)));
    SmallVector<OpFoldResult> last = advance(offsets, whole, step);
    if (auto count = getConstantIntValue(rest)) {
      if (*count > 0)
        columns(last, llvm::divideCeil(*count, lanes), *count % lanes ? maskOf(*count % lanes) : Value());
      return;
    }
    // A dynamic rest: vector by vector, each under its own mask.
    forRange(math.constant(0), math.ceilDiv(rest, lanes), 1, [&](OpFoldResult vector) {
      OpFoldResult done = math.mul(vector, math.constant(lanes));
      Value mask = vector::CreateMaskOp::create(b, loc, VectorType::get({lanes}, b.getI1Type()), math.value(math.min(math.sub(rest, done), math.constant(lanes))));
      columns(advance(last, done, laneLoop.strides), 1, mask);
    });
  }

  /// One or two rows are possible: then two panels at a time are streamed, which a single core reads 10 % faster than one.
  bool fewRows() const {
    if (form.panels < 0 || others.size() > 1 || registers.count < 32)
      return false;
    return others.empty() || getConstantIntValue(others[0].size).value_or(1) <= 2;
  }

  int64_t elementBytes() const { return registers.bits / 8 / lanes; }

  /// The panels of b do not stay in the second-level cache, or, where their number is not known, may not.
  bool streamsPanels() const {
    const auto stride = form.panels >= 0 ? getConstantIntValue(panelLoop.strides[1]) : std::nullopt;
    return stride && getConstantIntValue(panelLoop.size).value_or(largestCached) * *stride * elementBytes() > largestCached;
  }

  Value maskOf(int64_t count) {
    SmallVector<bool> bits(lanes, false);
    std::fill_n(bits.begin(), count, true);
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(VectorType::get({lanes}, b.getI1Type()), bits));
  }

  /// All rows of `vectors` vectors of columns.
  void columns(ArrayRef<OpFoldResult> offsets, unsigned vectors, Value lastMask) {
    tile = Tile();
    tile.part = part;
    tile.nonZeros = nonZeros;
    tile.packed = form.panels >= 0;
    tile.laneStrides = laneLoop.strides;
    if (tile.packed) {
      tile.panelVectors = *getConstantIntValue(laneLoop.size) / lanes;
      tile.panelStride = panelLoop.strides[1];
    }
    tile.vectors = vectors;
    tile.lastMask = lastMask;
    space(others, offsets);
  }

  /// The points of some parallel loops: the last one gives the rows of the tiles. At the border (another loop is fixed) a loop without padding
  /// is not worth tiles of its own: a corner is one point of each image.
  void space(ArrayRef<Loop> loops, ArrayRef<OpFoldResult> offsets, bool border = false) {
    if (loops.empty() || (border && !isPadded(loops.back().dimension))) {
      tile.rowStrides.assign(offsets.size(), math.constant(0));
      return outer(loops, 0, offsets, [&](ArrayRef<OpFoldResult> at) { exactRows(at, 1, {}); });
    }
    const Loop &row = loops.back();
    ArrayRef<Loop> outside = loops.drop_back();
    auto [begin, end, edge] = interior(row);
    outer(outside, 0, offsets, [&, first = begin, behind = end, &inside = edge](ArrayRef<OpFoldResult> at) {
      tile.rowStrides = row.strides;
      rows(row, at, first, behind, inside);
    });
    if (edge.empty())
      return;
    // Border positions: those before `begin`, then those from `end` on.
    OpFoldResult borders = math.add(begin, math.sub(row.size, end));
    forRange(math.constant(0), borders, 1, [&, first = begin, behind = end](OpFoldResult index) {
      OpFoldResult at = borderPosition(index, first, behind);
      position[row.dimension] = at;
      space(outside, advance(offsets, at, row.strides), /*border=*/true);
      position.erase(row.dimension);
    });
  }

  OpFoldResult borderPosition(OpFoldResult index, OpFoldResult begin, OpFoldResult end) {
    OpFoldResult after = math.add(math.sub(index, begin), end);
    auto ci = getConstantIntValue(index), cb = getConstantIntValue(begin);
    if (ci && cb)
      return *ci < *cb ? index : after;
    if (cb == 0)
      return after;
    Value before = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, math.value(index), math.value(begin));
    return arith::SelectOp::create(b, loc, before, math.value(index), math.value(after)).getResult();
  }

  /// The positions of a loop for which no tap of its own paddings lies outside, and those paddings.
  std::tuple<OpFoldResult, OpFoldResult, SmallVector<const Padding *>> interior(const Loop &row) {
    OpFoldResult begin = math.constant(0), end = row.size;
    SmallVector<const Padding *> edge;
    for (const Padding &padding : form.paddings)
      if (auto taps = tapsOf(padding); taps && coefficientOf(padding, row)) {
        edge.push_back(&padding);
        const int64_t s = *coefficientOf(padding, row);
        OpFoldResult shift = shiftWithout(padding, row.dimension);
        OpFoldResult reach = math.mul(math.sub(taps->first, math.constant(1)), math.constant(taps->second));
        OpFoldResult first = math.ceilDiv(math.sub(math.constant(0), shift), s);
        OpFoldResult behind = math.add(math.floorDiv(math.sub(math.sub(math.sub(padding.extent, math.constant(1)), reach), shift), s), math.constant(1));
        begin = math.max(begin, first);
        end = math.min(end, behind);
      }
    if (!edge.empty()) {
      begin = math.min(begin, row.size);
      end = math.max(end, begin);
    }
    return {begin, end, edge};
  }

  /// Extent and dilation of a padded dimension's taps.
  std::optional<std::pair<OpFoldResult, int64_t>> tapsOf(const Padding &padding) {
    for (auto [dimension, coefficient] : padding.terms)
      for (const Loop &loop : reductions)
        if (loop.dimension == dimension)
          return std::pair(loop.size, coefficient);
    return std::nullopt;
  }

  std::optional<int64_t> coefficientOf(const Padding &padding, const Loop &loop) {
    for (auto [dimension, coefficient] : padding.terms)
      if (dimension == loop.dimension)
        return coefficient;
    return std::nullopt;
  }

  /// The index of a padded dimension from the loops that have a position, without `without` and without the taps.
  OpFoldResult shiftWithout(const Padding &padding, unsigned without) {
    OpFoldResult shift = padding.shift;
    for (auto [dimension, coefficient] : padding.terms)
      if (auto it = position.find(dimension); it != position.end() && dimension != without)
        shift = math.add(shift, math.mul(it->second, math.constant(coefficient)));
    return shift;
  }

  /// Rows [begin, end) in register tiles. Static counts are cut in equal parts, dynamic ones end in a variant per remainder.
  void rows(const Loop &loop, ArrayRef<OpFoldResult> offsets, OpFoldResult begin, OpFoldResult end, ArrayRef<const Padding *> inside) {
    unsigned most = maxRows(registers, std::min(tile.vectors, registers.tileVectors()));
    auto cb = getConstantIntValue(begin), ce = getConstantIntValue(end);
    const auto at = [&](OpFoldResult row) { return advance(offsets, row, loop.strides); };
    if (cb && ce) {
      if (*ce <= *cb)
        return;
      const int64_t count = *ce - *cb, tiles = llvm::divideCeil(count, most), small = count / tiles, larger = count % tiles;
      const int64_t middle = *cb + larger * (small + 1);
      forRange(begin, math.constant(middle), small + 1, [&](OpFoldResult row) { exactRows(at(row), small + 1, inside); });
      forRange(math.constant(middle), end, small, [&](OpFoldResult row) { exactRows(at(row), small, inside); });
      return;
    }
    // One variant per remainder: narrow tiles stop at the rows that hide the multiply-adds' latency, for the size of the code.
    most = std::min(most, mostDynamicRows);
    OpFoldResult count = math.sub(end, begin);
    OpFoldResult whole = math.add(begin, math.mul(math.floorDiv(count, most), math.constant(most)));
    // Whole tiles of rows reuse one panel from the cache.
    eachPanel(offsets, [&](ArrayRef<OpFoldResult> panel) {
      forRange(begin, whole, most, [&](OpFoldResult row) { exactRows(advance(panel, row, loop.strides), most, inside); });
    });
    remainder(at(whole), math.sub(end, whole), most, inside);
  }

  /// One panel after the other of a group: body(offsets) with the tile a panel wide.
  void eachPanel(ArrayRef<OpFoldResult> offsets, Body body) {
    const unsigned all = tile.vectors;
    const bool grouped = tile.panelVectors && all > tile.panelVectors;
    if (grouped)
      tile.vectors = tile.panelVectors;
    SmallVector<OpFoldResult> step = stepOf(tile.vectors);
    if (grouped)
      step[1] = tile.panelStride;
    forRange(math.constant(0), math.constant(all / tile.vectors), 1, [&](OpFoldResult panel) { body(advance(offsets, panel, step)); });
    tile.vectors = all;
  }

  /// From a vector to the one `vectors` behind it in the same panel.
  SmallVector<OpFoldResult> stepOf(unsigned vectors) {
    SmallVector<OpFoldResult> step;
    for (OpFoldResult stride : tile.laneStrides)
      step.push_back(math.mul(stride, math.constant(vectors * lanes)));
    if (tile.packed)
      step[1] = math.constant(vectors * lanes);
    return step;
  }

  void remainder(ArrayRef<OpFoldResult> offsets, OpFoldResult count, unsigned most, ArrayRef<const Padding *> inside) {
    if (most == 1)
      return;
    SmallVector<int64_t> cases;
    for (unsigned rows = 1; rows < most; ++rows)
      cases.push_back(rows);
    auto choice = scf::IndexSwitchOp::create(b, loc, TypeRange(), math.value(count), cases, cases.size());
    OpBuilder::InsertionGuard guard(b);
    for (auto [index, region] : llvm::enumerate(choice.getCaseRegions())) {
      b.setInsertionPointToStart(&region.emplaceBlock());
      exactRows(offsets, index + 1, inside);
      scf::YieldOp::create(b, loc);
    }
    b.setInsertionPointToStart(&choice.getDefaultRegion().emplaceBlock());
    scf::YieldOp::create(b, loc);
  }

  /// `count` rows, in as many vectors at a time as the registers hold. `inside`: paddings whose taps are all inside for these rows.
  void exactRows(ArrayRef<OpFoldResult> offsets, unsigned count, ArrayRef<const Padding *> inside) {
    unsigned vectors = tile.vectors;
    while (vectors > 1 && count > maxRows(registers, vectors))
      vectors = llvm::divideCeil(vectors, 2);
    Tile exact = tile;
    exact.rows = count;
    exact.reductions = clampedReductions(inside);
    // Tiles narrower than a panel read every second line or so, which the hardware does not foresee: they ask for the next panel.
    if (count >= fewestPrefetchRows && vectors < tile.panelVectors && streamsPanels())
      exact.prefetch = tile.panelStride;
    if (vectors == tile.vectors)
      return emitAt(exact, offsets);
    eachPanel(offsets, [&](ArrayRef<OpFoldResult> at) { narrowTiles(exact, at, vectors); });
  }

  /// A panel in tiles of `vectors` vectors: equal ones are a loop, for the size of the code; then the narrower one, or the one under the mask.
  void narrowTiles(Tile &exact, ArrayRef<OpFoldResult> offsets, unsigned vectors) {
    const unsigned all = tile.vectors, equal = (all - (tile.lastMask ? 1 : 0)) / vectors;
    exact.vectors = vectors;
    exact.lastMask = Value();
    SmallVector<OpFoldResult> step = stepOf(vectors);
    forRange(math.constant(0), math.constant(equal), 1, [&](OpFoldResult index) { emitAt(exact, advance(offsets, index, step)); });
    if (equal * vectors == all)
      return;
    exact.vectors = all - equal * vectors;
    exact.lastMask = tile.lastMask;
    emitAt(exact, advance(offsets, math.constant(equal), step));
  }

  void emitAt(Tile &exact, ArrayRef<OpFoldResult> offsets) {
    exact.offsets.assign(offsets.begin(), offsets.end());
    emitTile(b, op, form.pointers, exact, registers);
  }

  SmallVector<Reduction> clampedReductions(ArrayRef<const Padding *> inside) {
    SmallVector<Loop> loops(reductions);
    SmallVector<const Padding *> active;
    SmallVector<unsigned> keep;
    for (const Padding &padding : form.paddings)
      if (!llvm::is_contained(inside, &padding)) {
        active.push_back(&padding);
        for (auto [dimension, coefficient] : padding.terms)
          keep.push_back(dimension);
      }
    mergeLoops(math, loops, keep);
    SmallVector<Reduction> result;
    for (const Loop &loop : loops) {
      Reduction reduction{math.constant(0), loop.size, loop.strides[0], loop.strides[1]};
      for (const Padding *padding : active)
        for (auto [dimension, coefficient] : padding->terms)
          if (dimension == loop.dimension)
            clamp(reduction, *padding, dimension, coefficient);
      result.push_back(reduction);
    }
    return result;
  }

  void clamp(Reduction &reduction, const Padding &padding, unsigned dimension, int64_t dilation) {
    OpFoldResult shift = shiftWithout(padding, dimension);
    reduction.begin = math.max(reduction.begin, math.ceilDiv(math.sub(math.constant(0), shift), dilation));
    reduction.end = math.min(reduction.end, math.ceilDiv(math.sub(padding.extent, shift), dilation));
  }

  OpBuilder &b;
  Location loc;
  IndexMath math;
  kernel::ContractOp op;
  LinearForm form;
  Registers registers;
  int64_t lanes = 0;
  SmallVector<Loop> batch, others, reductions;
  Loop laneLoop, panelLoop;
  Tile tile;
  std::optional<Part> part;   ///< of a long sum that is being added
  std::optional<NonZeros> nonZeros;   ///< the steps that are made, when only some are
  llvm::DenseMap<unsigned, OpFoldResult> position;   ///< where the loops stand, by contraction dimension
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
      contract::NestEmitter(builder, op, std::move(*form), contract::Registers{vectorBits, vectorBits == 512 ? 32u : 16u}).emit();
      op.erase();
    }
  }
};

} // namespace
} // namespace motion
