// Rows run along the last parallel loop, in tiles. Where padding is read only some of them have all taps inside: the others, at the borders, are
// taken one by one, and the rows of their tiles run along the next loop (the left border of an image is tiled downwards).
#include "compiler/Lower/Contract/RowTiles.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace motion::contract {
namespace {

/// Rows of a tile where the number of rows is not known when compiling.
constexpr unsigned mostDynamicRows = 8;
/// Rows of a tile from which the next panel of b is prefetched: with fewer the loads themselves keep memory busy.
constexpr unsigned fewestPrefetchRows = 3;

class RowEmitter {
public:
  RowEmitter(LoopNest &nest, const Columns &columns) : nest(nest), b(nest.b), loc(nest.loc), math(nest.math) {
    tile.part = columns.part;
    tile.nonZeros = columns.nonZeros;
    tile.packed = nest.isPacked();
    tile.laneStrides = nest.laneLoop.strides;
    if (tile.packed) {
      tile.panelVectors = *getConstantIntValue(nest.laneLoop.size) / nest.lanes;
      tile.panelStride = nest.panelLoop.strides[1];
    }
    tile.vectors = columns.vectors;
    tile.lastMask = columns.lastMask;
  }

  /// The points of some parallel loops: the last one gives the rows of the tiles. At the border (another loop is fixed) a loop without padding
  /// is not worth tiles of its own: a corner is one point of each image.
  void space(ArrayRef<Loop> loops, Offsets offsets, bool border = false) {
    if (loops.empty() || (border && !nest.isPadded(loops.back().dimension))) {
      tile.rowStrides.assign(offsets.size(), math.constant(0));
      return nest.forPoints(loops, offsets, [&](Offsets at) { exactRows(at, 1, {}); });
    }
    const Loop &row = loops.back();
    ArrayRef<Loop> outside = loops.drop_back();
    auto [begin, end, edge] = nest.interior(row);
    nest.forPoints(outside, offsets, [&, first = begin, behind = end, &inside = edge](Offsets at) {
      tile.rowStrides = row.strides;
      rows(row, at, first, behind, inside);
    });
    if (edge.empty())
      return;
    // Border positions: those before `begin`, then those from `end` on.
    OpFoldResult borders = math.add(begin, math.sub(row.size, end));
    nest.forRange(math.constant(0), borders, 1, [&, first = begin, behind = end](OpFoldResult index) {
      OpFoldResult at = borderPosition(index, first, behind);
      nest.position[row.dimension] = at;
      space(outside, nest.advance(offsets, at, row.strides), /*border=*/true);
      nest.position.erase(row.dimension);
    });
  }

private:
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

  /// Rows [begin, end) in register tiles. Static counts are cut in equal parts, dynamic ones end in a variant per remainder.
  void rows(const Loop &loop, Offsets offsets, OpFoldResult begin, OpFoldResult end, ArrayRef<const Padding *> inside) {
    unsigned most = maxRows(nest.registers, std::min(tile.vectors, nest.registers.tileVectors()));
    auto cb = getConstantIntValue(begin), ce = getConstantIntValue(end);
    const auto at = [&](OpFoldResult row) { return nest.advance(offsets, row, loop.strides); };
    if (cb && ce) {
      if (*ce <= *cb)
        return;
      const int64_t count = *ce - *cb, tiles = llvm::divideCeil(count, most), small = count / tiles, larger = count % tiles;
      const int64_t middle = *cb + larger * (small + 1);
      nest.forRange(begin, math.constant(middle), small + 1, [&](OpFoldResult row) { exactRows(at(row), small + 1, inside); });
      nest.forRange(math.constant(middle), end, small, [&](OpFoldResult row) { exactRows(at(row), small, inside); });
      return;
    }
    // One variant per remainder: narrow tiles stop at the rows that hide the multiply-adds' latency, for the size of the code.
    most = std::min(most, mostDynamicRows);
    OpFoldResult count = math.sub(end, begin);
    OpFoldResult whole = math.add(begin, math.mul(math.floorDiv(count, most), math.constant(most)));
    // Whole tiles of rows reuse one panel from the cache.
    eachPanel(offsets, [&](Offsets panel) {
      nest.forRange(begin, whole, most, [&](OpFoldResult row) { exactRows(nest.advance(panel, row, loop.strides), most, inside); });
    });
    remainder(at(whole), math.sub(end, whole), most, inside);
  }

  /// One panel after the other of a group: body(offsets) with the tile a panel wide.
  void eachPanel(Offsets offsets, LoopNest::Body body) {
    const unsigned all = tile.vectors;
    const bool grouped = tile.panelVectors && all > tile.panelVectors;
    if (grouped)
      tile.vectors = tile.panelVectors;
    SmallVector<OpFoldResult> step = stepOf(tile.vectors);
    if (grouped)
      step[1] = tile.panelStride;
    nest.forRange(math.constant(0), math.constant(all / tile.vectors), 1, [&](OpFoldResult panel) { body(nest.advance(offsets, panel, step)); });
    tile.vectors = all;
  }

  /// From a vector to the one `vectors` behind it in the same panel.
  SmallVector<OpFoldResult> stepOf(unsigned vectors) {
    SmallVector<OpFoldResult> step;
    for (OpFoldResult stride : tile.laneStrides)
      step.push_back(math.mul(stride, math.constant(vectors * nest.lanes)));
    if (tile.packed)
      step[1] = math.constant(vectors * nest.lanes);
    return step;
  }

  void remainder(Offsets offsets, OpFoldResult count, unsigned most, ArrayRef<const Padding *> inside) {
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

  /// `count` rows, in as many vectors at a time as the nest.registers hold. `inside`: paddings whose taps are all inside for these rows.
  void exactRows(Offsets offsets, unsigned count, ArrayRef<const Padding *> inside) {
    unsigned vectors = tile.vectors;
    while (vectors > 1 && count > maxRows(nest.registers, vectors))
      vectors = llvm::divideCeil(vectors, 2);
    Tile exact = tile;
    exact.rows = count;
    exact.reductions = nest.clampedReductions(inside);
    // Tiles narrower than a panel read every second line or so, which the hardware does not foresee: they ask for the next panel.
    if (count >= fewestPrefetchRows && vectors < tile.panelVectors && nest.streamsPanels())
      exact.prefetch = tile.panelStride;
    if (vectors == tile.vectors)
      return emitAt(exact, offsets);
    eachPanel(offsets, [&](Offsets at) { narrowTiles(exact, at, vectors); });
  }

  /// A panel in tiles of `vectors` vectors: equal ones are a loop, for the size of the code; then the narrower one, or the one under the mask.
  void narrowTiles(Tile &exact, Offsets offsets, unsigned vectors) {
    const unsigned all = tile.vectors, equal = (all - (tile.lastMask ? 1 : 0)) / vectors;
    exact.vectors = vectors;
    exact.lastMask = Value();
    SmallVector<OpFoldResult> step = stepOf(vectors);
    nest.forRange(math.constant(0), math.constant(equal), 1, [&](OpFoldResult index) { emitAt(exact, nest.advance(offsets, index, step)); });
    if (equal * vectors == all)
      return;
    exact.vectors = all - equal * vectors;
    exact.lastMask = tile.lastMask;
    emitAt(exact, nest.advance(offsets, math.constant(equal), step));
  }

  void emitAt(Tile &exact, Offsets offsets) {
    exact.offsets.assign(offsets.begin(), offsets.end());
    emitTile(b, nest.op, nest.form.pointers, exact, nest.registers);
  }

  LoopNest &nest;
  OpBuilder &b;
  Location loc;
  IndexMath &math;
  Tile tile;
};

} // namespace

void emitRows(LoopNest &nest, Offsets offsets, const Columns &columns) { RowEmitter(nest, columns).space(nest.others, offsets); }

} // namespace motion::contract
