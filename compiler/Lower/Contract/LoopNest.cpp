// Loops are divided by what they move: columns (lanes and panels), rows, the reduction, and the batch, whose products share nothing.
#include "compiler/Lower/Contract/LoopNest.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace motion::contract {

LoopNest::LoopNest(OpBuilder &b, kernel::ContractOp op, LinearForm linear, Registers registers)
    : b(b), loc(op.getLoc()), math(b, loc), op(op), form(std::move(linear)), registers(registers) {
  lanes = registers.bits / cast<MemRefType>(form.pointers[0].memref.getType()).getElementTypeBitWidth();
  sortLoops();
}

/// Divides the loops into batch, others and reductions.
void LoopNest::sortLoops() {
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

bool LoopNest::isPadded(unsigned dimension) const {
  return llvm::any_of(form.paddings, [&](const Padding &p) { return llvm::any_of(p.terms, [&](auto t) { return t.first == dimension; }); });
}

LoopNest::MovedOffsets LoopNest::advance(Offsets offsets, OpFoldResult steps, ArrayRef<OpFoldResult> strides) {
  SmallVector<OpFoldResult> moved;
  for (auto [offset, stride] : llvm::zip(offsets, strides))
    moved.push_back(math.add(offset, math.mul(steps, stride)));
  return moved;
}

void LoopNest::forRange(OpFoldResult begin, OpFoldResult end, int64_t step, function_ref<void(OpFoldResult)> body) {
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

void LoopNest::forPoints(ArrayRef<Loop> loops, Offsets offsets, Body body) {
  if (loops.empty())
    return body(offsets);
  const Loop &loop = loops.front();
  forRange(math.constant(0), loop.size, 1, [&](OpFoldResult iv) {
    position[loop.dimension] = iv;
    forPoints(loops.drop_front(), advance(offsets, iv, loop.strides), body);
    position.erase(loop.dimension);
  });
}

Value LoopNest::isEqual(OpFoldResult value, int64_t number) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, math.value(value), math.value(math.constant(number)));
}

void LoopNest::choose(Value condition, function_ref<void()> yes, function_ref<void()> no) {
  auto branch = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  yes();
  b.setInsertionPointToStart(branch.elseBlock());
  no();
}

bool LoopNest::streamsPanels() const {
  const auto stride = isPacked() ? getConstantIntValue(panelLoop.strides[1]) : std::nullopt;
  return stride && getConstantIntValue(panelLoop.size).value_or(largestCached) * *stride * elementBytes() > largestCached;
}

std::tuple<OpFoldResult, OpFoldResult, SmallVector<const Padding *>> LoopNest::interior(const Loop &row) {
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
std::optional<std::pair<OpFoldResult, int64_t>> LoopNest::tapsOf(const Padding &padding) {
  for (auto [dimension, coefficient] : padding.terms)
    for (const Loop &loop : reductions)
      if (loop.dimension == dimension)
        return std::pair(loop.size, coefficient);
  return std::nullopt;
}

std::optional<int64_t> LoopNest::coefficientOf(const Padding &padding, const Loop &loop) {
  for (auto [dimension, coefficient] : padding.terms)
    if (dimension == loop.dimension)
      return coefficient;
  return std::nullopt;
}

/// The index of a padded dimension from the loops that have a position, without `without` and without the taps.
OpFoldResult LoopNest::shiftWithout(const Padding &padding, unsigned without) {
  OpFoldResult shift = padding.shift;
  for (auto [dimension, coefficient] : padding.terms)
    if (auto it = position.find(dimension); it != position.end() && dimension != without)
      shift = math.add(shift, math.mul(it->second, math.constant(coefficient)));
  return shift;
}

SmallVector<Reduction> LoopNest::clampedReductions(ArrayRef<const Padding *> inside) {
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

void LoopNest::clamp(Reduction &reduction, const Padding &padding, unsigned dimension, int64_t dilation) {
  OpFoldResult shift = shiftWithout(padding, dimension);
  reduction.begin = math.max(reduction.begin, math.ceilDiv(math.sub(math.constant(0), shift), dilation));
  reduction.end = math.min(reduction.end, math.ceilDiv(math.sub(padding.extent, shift), dilation));
}

} // namespace motion::contract
