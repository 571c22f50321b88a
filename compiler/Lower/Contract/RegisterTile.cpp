// Emits one register tile: accumulators as iter_args of the reduction loops, b's vectors loaded before the rows (B-first order: LLVM keeps it,
// and it needs rows*vectors + vectors + 1 registers), a's elements broadcast, then the epilogue's operations on vectors.
#include "compiler/Lower/Contract/RegisterTile.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace motion::contract {

unsigned maxRows(const Registers &registers, unsigned vectors) {
  const unsigned rows = (registers.count - vectors - 1) / vectors;
  return std::max(1u, std::min(rows, 14u));
}

/// Products that are summed in one chain: longer sums are made of parts, so that their error stays near that of a tree of additions.
static constexpr int64_t longestPart = 512;

/// The same of a list, with one set of accumulators where others have two to four.
static constexpr int64_t longestChain = longestPart / 4;

int64_t partOf(int64_t length) {
  if (length <= 2 * longestPart)
    return 0;
  for (int64_t part = longestPart; part >= longestPart / 4; --part)
    if (length % part == 0 && part % 4 == 0)
      return part;
  for (int64_t part = longestPart; part >= longestPart / 4; --part)
    if (length % part == 0)
      return part;
  return 0;
}

namespace {

/// Accumulators that hide the latency of a fused multiply-add (4 cycles, 2 a cycle).
constexpr unsigned enoughAccumulators = 8;

class Emitter {
public:
  Emitter(OpBuilder &b, kernel::ContractOp op, ArrayRef<Pointer> pointers, const Tile &tile, const Registers &registers)
      : b(b), loc(op.getLoc()), math(b, loc), op(op), pointers(pointers), tile(tile) {
    element = cast<MemRefType>(pointers[0].memref.getType()).getElementType();
    lanes = registers.bits / element.getIntOrFloatBitWidth();
    vector = VectorType::get({lanes}, element);
  }

  void emit() {
    const unsigned accumulators = tile.rows * tile.vectors;
    // By the width of whole panels, not of this tile: every column is summed in the same order, so that equal columns give equal results.
    const unsigned wide = tile.rows * (tile.panelVectors ? tile.panelVectors : tile.vectors);
    unsigned sets = 1;
    if (!tile.reductions.empty() && !tile.nonZeros)
      while (sets < 4 && wide * sets < enoughAccumulators && canUnroll(sets * 2))
        sets *= 2;
    Value zero = arith::ConstantOp::create(b, loc, vector, DenseElementsAttr::get(vector, b.getZeroAttr(element)));
    SmallVector<Value> sums(accumulators * sets, zero);
    if (tile.nonZeros)
      sums = sumOfNonZeros(*tile.nonZeros, sums);
    else if (tile.part)
      sums = sumOfPart(tile.reductions.front(), tile.part->begin, tile.part->length, 0, tile.offsets[0], tile.offsets[1], sums, sets);
    else
      sums = reduce(0, tile.offsets[0], tile.offsets[1], sums, sets);
    for (unsigned half = sets / 2; half > 0; half /= 2)
      for (unsigned i = 0; i < half * accumulators; ++i)
        sums[i] = arith::AddFOp::create(b, loc, sums[i], sums[i + half * accumulators]);
    sums.resize(accumulators);
    if (tile.part)
      finishPart(*tile.part, sums);
    else
      epilogue(sums);
  }

private:
  /// Several sets of accumulators take turns along the innermost loop, if its length is known.
  bool canUnroll(unsigned by) const {
    auto begin = getConstantIntValue(tile.reductions.back().begin), end = getConstantIntValue(tile.reductions.back().end);
    return begin && end && *end - *begin >= 2 * by;
  }

  SmallVector<Value> reduce(unsigned level, OpFoldResult offsetA, OpFoldResult offsetB, ArrayRef<Value> sums, unsigned sets) {
    if (level == tile.reductions.size())
      return multiplyAdd(offsetA, offsetB, sums, 0);
    const Reduction &loop = tile.reductions[level];
    const bool innermost = level + 1 == tile.reductions.size();
    auto begin = getConstantIntValue(loop.begin), end = getConstantIntValue(loop.end);
    if (!innermost && begin && end && *end - *begin == 1)
      return reduce(level + 1, math.add(offsetA, math.mul(loop.begin, loop.strideA)), math.add(offsetB, math.mul(loop.begin, loop.strideB)),
                    sums, sets);
    if (innermost && begin && end)
      if (int64_t block = partOf(*end - *begin))
        return inParts(loop, *begin, *end, block, level, offsetA, offsetB, sums, sets);
    const unsigned unroll = innermost ? sets : 1;
    if (unroll == 1)
      return loopOver(loop, loop.begin, loop.end, 1, level, offsetA, offsetB, sums, sets);
    const int64_t whole = *begin + (*end - *begin) / unroll * unroll;
    SmallVector<Value> result = loopOver(loop, loop.begin, math.constant(whole), unroll, level, offsetA, offsetB, sums, sets);
    for (int64_t k = whole; k < *end; ++k)
      result = multiplyAdd(math.add(offsetA, math.mul(math.constant(k), loop.strideA)),
                           math.add(offsetB, math.mul(math.constant(k), loop.strideB)), result, k - whole);
    return result;
  }

  /// `length` steps of an innermost loop from `begin` on, from zero.
  SmallVector<Value> sumOfPart(const Reduction &loop, OpFoldResult begin, int64_t length, unsigned level, OpFoldResult offsetA, OpFoldResult offsetB,
                               ArrayRef<Value> zeros, unsigned sets) {
    Reduction inner{math.constant(0), math.constant(length), loop.strideA, loop.strideB};
    return loopOver(inner, inner.begin, inner.end, length % sets == 0 ? sets : 1, level, math.add(offsetA, math.mul(begin, loop.strideA)),
                    math.add(offsetB, math.mul(begin, loop.strideB)), zeros, sets);
  }

  /// The steps of a list, of a reduction without others, in chains.
  SmallVector<Value> sumOfNonZeros(const NonZeros &list, ArrayRef<Value> zeros) {
    auto chains = scf::ForOp::create(b, loc, math.value(math.constant(0)), list.count, math.value(math.constant(longestChain)), zeros);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(chains.getBody());
    const OpFoldResult first = chains.getInductionVar();
    SmallVector<Value> sums = chainOfNonZeros(list, first, math.min(math.add(first, math.constant(longestChain)), list.count), zeros);
    for (auto [sum, total] : llvm::zip(sums, chains.getRegionIterArgs()))
      sum = arith::AddFOp::create(b, loc, total, sum);
    scf::YieldOp::create(b, loc, sums);
    return SmallVector<Value>(chains.getResults());
  }

  /// Entries [first, last) of a list.
  SmallVector<Value> chainOfNonZeros(const NonZeros &list, OpFoldResult first, OpFoldResult last, ArrayRef<Value> zeros) {
    const Reduction &loop = tile.reductions.front();
    const OpFoldResult beginA = math.add(tile.offsets[0], math.mul(list.begin, loop.strideA));
    const OpFoldResult beginB = math.add(tile.offsets[1], math.mul(list.begin, loop.strideB));
    auto forOp = scf::ForOp::create(b, loc, math.value(first), math.value(last), math.value(math.constant(1)), zeros);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    const auto stepAt = [&](OpFoldResult index) -> OpFoldResult {
      Value entry = memref::LoadOp::create(b, loc, list.steps, math.value(index));
      return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), entry).getResult();
    };
    OpFoldResult step = stepAt(forOp.getInductionVar());
    if (list.ahead) {
      OpFoldResult end = math.sub(list.count, math.constant(1)), later = math.add(forOp.getInductionVar(), math.constant(list.ahead));
      OpFoldResult laterB = math.add(beginB, math.mul(stepAt(math.min(later, end)), loop.strideB));
      for (unsigned v = 0; v < tile.vectors; ++v)
        prefetch(math.add(laterB, tile.vectorOffset(math, v, lanes)), v);
    }
    scf::YieldOp::create(b, loc, multiplyAdd(math.add(beginA, math.mul(step, loop.strideA)), math.add(beginB, math.mul(step, loop.strideB)),
                                             SmallVector<Value>(forOp.getRegionIterArgs()), 0));
    return SmallVector<Value>(forOp.getResults());
  }

  /// Adds the sums to those of the earlier parts; the last one ends in the epilogue.
  void finishPart(const Part &part, MutableArrayRef<Value> sums) {
    const unsigned init = 2 + op.getExtras().size();
    Value zero = arith::ConstantOp::create(b, loc, vector, DenseElementsAttr::get(vector, b.getZeroAttr(element)));
    for (unsigned r = 0; r < tile.rows; ++r)
      for (unsigned v = 0; v < tile.vectors; ++v) {
        Value &sum = sums[r * tile.vectors + v];
        Value earlier = load(init, placeInInit(init, r, v), v + 1 == tile.vectors ? tile.lastMask : Value());
        sum = arith::AddFOp::create(b, loc, arith::SelectOp::create(b, loc, part.first, zero, earlier), sum);
      }
    auto branch = scf::IfOp::create(b, loc, part.last, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    epilogue(sums);
    b.setInsertionPointToStart(branch.elseBlock());
    for (unsigned r = 0; r < tile.rows; ++r)
      for (unsigned v = 0; v < tile.vectors; ++v)
        store(init, r, v, sums[r * tile.vectors + v]);
  }

  /// A long innermost loop as a loop over parts, each summed from zero and then added.
  SmallVector<Value> inParts(const Reduction &loop, int64_t begin, int64_t end, int64_t part, unsigned level, OpFoldResult offsetA,
                             OpFoldResult offsetB, ArrayRef<Value> sums, unsigned sets) {
    auto parts = scf::ForOp::create(b, loc, math.value(math.constant(begin)), math.value(math.constant(end)), math.value(math.constant(part)), sums);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(parts.getBody());
    OpFoldResult start = OpFoldResult(parts.getInductionVar());
    Value zero = arith::ConstantOp::create(b, loc, vector, DenseElementsAttr::get(vector, b.getZeroAttr(element)));
    SmallVector<Value> zeros(sums.size(), zero);
    SmallVector<Value> partial = sumOfPart(loop, start, part, level, offsetA, offsetB, zeros, sets);
    for (auto [sum, total] : llvm::zip(partial, parts.getRegionIterArgs()))
      sum = arith::AddFOp::create(b, loc, total, sum);
    scf::YieldOp::create(b, loc, partial);
    return SmallVector<Value>(parts.getResults());
  }

  SmallVector<Value> loopOver(const Reduction &loop, OpFoldResult begin, OpFoldResult end, unsigned step, unsigned level,
                              OpFoldResult offsetA, OpFoldResult offsetB, ArrayRef<Value> sums, unsigned sets) {
    auto forOp = scf::ForOp::create(b, loc, math.value(begin), math.value(end), math.value(math.constant(step)), sums);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    OpFoldResult a = math.add(offsetA, math.mul(forOp.getInductionVar(), loop.strideA));
    OpFoldResult bOffset = math.add(offsetB, math.mul(forOp.getInductionVar(), loop.strideB));
    SmallVector<Value> result(forOp.getRegionIterArgs());
    if (level + 1 < tile.reductions.size())
      result = reduce(level + 1, a, bOffset, result, sets);
    else
      for (unsigned u = 0; u < step; ++u)
        result = multiplyAdd(math.add(a, math.mul(math.constant(u), loop.strideA)), math.add(bOffset, math.mul(math.constant(u), loop.strideB)),
                             result, u);
    scf::YieldOp::create(b, loc, result);
    return SmallVector<Value>(forOp.getResults());
  }

  /// Asks memory for vector v of b, once for each of its lines.
  void prefetch(OpFoldResult place, unsigned v) {
    const int64_t line = 64 * 8 / element.getIntOrFloatBitWidth();
    if (v * lanes % line == 0)
      memref::PrefetchOp::create(b, loc, pointers[1].memref, math.value(place), /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
  }

  /// One step of the reduction for all rows and vectors, into accumulator set `set`.
  SmallVector<Value> multiplyAdd(OpFoldResult offsetA, OpFoldResult offsetB, ArrayRef<Value> sums, unsigned set) {
    SmallVector<Value> result(sums), columns;
    for (unsigned v = 0; v < tile.vectors; ++v) {
      const bool masked = !tile.packed && tile.lastMask && v + 1 == tile.vectors;
      OpFoldResult place = math.add(offsetB, tile.vectorOffset(math, v, lanes));
      columns.push_back(load(1, place, masked ? tile.lastMask : Value()));
      if (tile.prefetch)
        prefetch(math.add(place, *tile.prefetch), v);
    }
    for (unsigned r = 0; r < tile.rows; ++r) {
      Value scalar = memref::LoadOp::create(
          b, loc, pointers[0].memref, math.value(math.add(offsetA, math.mul(math.constant(r), tile.rowStrides[0]))));
      Value broadcast = vector::BroadcastOp::create(b, loc, vector, scalar);
      for (unsigned v = 0; v < tile.vectors; ++v) {
        Value &sum = result[(set * tile.rows + r) * tile.vectors + v];
        sum = vector::FMAOp::create(b, loc, broadcast, columns[v], sum);
      }
    }
    return result;
  }

  Value load(unsigned pointer, OpFoldResult offset, Value mask) {
    auto type = VectorType::get({lanes}, cast<MemRefType>(pointers[pointer].memref.getType()).getElementType());
    if (!mask)
      return vector::LoadOp::create(b, loc, type, pointers[pointer].memref, math.value(offset));
    Value zero = arith::ConstantOp::create(b, loc, type, DenseElementsAttr::get(type, b.getZeroAttr(type.getElementType())));
    return vector::MaskedLoadOp::create(b, loc, type, pointers[pointer].memref, math.value(offset), mask, zero);
  }

  /// The vector of an extra at row r and vector v.
  Value loadExtra(unsigned extra, unsigned r, unsigned v) {
    Value stored = loadStored(2 + extra, r, v);
    if (!getElementTypeOrSelf(op.getExtras()[extra].getType()).isInteger(1))
      return stored;
    Value zero = arith::ConstantOp::create(b, loc, stored.getType(), b.getZeroAttr(stored.getType()));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, stored, zero);
  }

  /// What memory holds of it, whatever its stride along the columns.
  Value loadStored(unsigned pointer, unsigned r, unsigned v) {
    OpFoldResult offset = math.add(tile.offsets[pointer], math.mul(math.constant(r), tile.rowStrides[pointer]));
    OpFoldResult laneStride = tile.laneStrides[pointer];
    Type extraElement = cast<MemRefType>(pointers[pointer].memref.getType()).getElementType();
    auto type = VectorType::get({lanes}, extraElement);
    if (getConstantIntValue(laneStride) == 0) {
      Value scalar = memref::LoadOp::create(b, loc, pointers[pointer].memref, math.value(offset));
      return vector::BroadcastOp::create(b, loc, type, scalar);
    }
    offset = math.add(offset, math.mul(math.constant(v * lanes), laneStride));
    Value mask = v + 1 == tile.vectors ? tile.lastMask : Value();
    if (getConstantIntValue(laneStride) == 1)
      return load(pointer, offset, mask);
    Value steps = vector::StepOp::create(b, loc, VectorType::get({lanes}, b.getIndexType()));
    Value stride = vector::BroadcastOp::create(b, loc, steps.getType(), math.value(laneStride));
    Value indices = arith::MulIOp::create(b, loc, steps, stride);
    auto maskType = VectorType::get({lanes}, b.getI1Type());
    if (!mask)
      mask = arith::ConstantOp::create(b, loc, maskType, DenseElementsAttr::get(maskType, true));
    Value zero = arith::ConstantOp::create(b, loc, type, DenseElementsAttr::get(type, b.getZeroAttr(extraElement)));
    return vector::GatherOp::create(b, loc, type, pointers[pointer].memref, math.value(offset), indices, mask, zero);
  }

  void epilogue(ArrayRef<Value> sums) {
    Block &body = op.getEpilogue().front();
    const unsigned extras = op.getExtras().size();
    // What is the same for all rows (a bias) is loaded once, before the first store.
    SmallVector<SmallVector<Value>> shared(extras);
    for (unsigned e = 0; e < extras; ++e)
      if (!body.getArgument(1 + e).use_empty() && getConstantIntValue(tile.rowStrides[2 + e]) == 0)
        for (unsigned v = 0; v < tile.vectors; ++v)
          shared[e].push_back(loadExtra(e, 0, v));
    for (unsigned r = 0; r < tile.rows; ++r)
      for (unsigned v = 0; v < tile.vectors; ++v) {
        IRMapping map;
        map.map(body.getArgument(0), sums[r * tile.vectors + v]);
        for (unsigned e = 0; e < extras; ++e)
          if (!body.getArgument(1 + e).use_empty())
            map.map(body.getArgument(1 + e), shared[e].empty() ? loadExtra(e, r, v) : shared[e][v]);
        for (Operation &inner : body.without_terminator())
          cloneOnVectors(inner, map);
        for (auto [index, value] : llvm::enumerate(body.getTerminator()->getOperands()))
          store(2 + extras + index, r, v, map.lookup(value));
      }
  }

  void cloneOnVectors(Operation &inner, IRMapping &map) {
    if (auto constant = dyn_cast<arith::ConstantOp>(inner)) {
      auto type = VectorType::get({lanes}, constant.getType());
      map.map(constant.getResult(),
              arith::ConstantOp::create(b, loc, type, DenseElementsAttr::get(type, cast<TypedAttr>(constant.getValue()))).getResult());
      return;
    }
    Operation *clone = b.clone(inner, map);
    for (OpResult result : clone->getResults())
      result.setType(VectorType::get({lanes}, result.getType()));
  }

  /// Offset in an init of row r and vector v.
  OpFoldResult placeInInit(unsigned pointer, unsigned r, unsigned v) {
    OpFoldResult row = math.add(tile.offsets[pointer], math.mul(math.constant(r), tile.rowStrides[pointer]));
    return math.add(row, math.constant(v * lanes));
  }

  void store(unsigned pointer, unsigned r, unsigned v, Value value) {
    OpFoldResult offset = placeInInit(pointer, r, v);
    if (getElementTypeOrSelf(value.getType()).isInteger(1))
      value = arith::ExtUIOp::create(b, loc, VectorType::get({lanes}, b.getI8Type()), value);
    if (tile.lastMask && v + 1 == tile.vectors)
      vector::MaskedStoreOp::create(b, loc, pointers[pointer].memref, math.value(offset), tile.lastMask, value);
    else
      vector::StoreOp::create(b, loc, value, pointers[pointer].memref, math.value(offset));
  }

  OpBuilder &b;
  Location loc;
  IndexMath math;
  kernel::ContractOp op;
  ArrayRef<Pointer> pointers;
  const Tile &tile;
  Type element;
  int64_t lanes = 0;
  VectorType vector;
};

} // namespace

void emitTile(OpBuilder &b, kernel::ContractOp op, ArrayRef<Pointer> pointers, const Tile &tile, const Registers &registers) {
  Emitter(b, op, pointers, tile, registers).emit();
}

} // namespace motion::contract
