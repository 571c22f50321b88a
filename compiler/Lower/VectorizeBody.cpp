// Emits one point of a linalg op: loads, the body with vectors for scalars, stores.
//   %s = arith.addf %in, %out : f32   becomes   %s = arith.addf %in, %out : vector<16xf32>
#include "compiler/Lower/VectorizeBody.h"

using namespace mlir;
using namespace motion::vectorize;

Type motion::vectorize::laneType(Type type, int64_t width) { return width == 0 ? type : VectorType::get({width}, type); }

Type motion::vectorize::storageType(Type element) {
  return element.isInteger(1) ? IntegerType::get(element.getContext(), 8) : element;
}

Value BodyEmitter::splat(Value scalar, int64_t width) {
  if (width == 0 || isa<VectorType>(scalar.getType()))
    return scalar;
  auto type = VectorType::get({width}, scalar.getType());
  TypedAttr attr;
  if (matchPattern(scalar, m_Constant(&attr)))
    return arith::ConstantOp::create(b, loc, SplatElementsAttr::get(type, Attribute(attr)));
  return vector::BroadcastOp::create(b, loc, type, scalar);
}

Value BodyEmitter::constant(Type type, double value) {
  if (isa<FloatType>(type))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value));
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, int64_t(value)));
}

Value BodyEmitter::constantMask(int64_t width, int64_t active) {
  SmallVector<bool> bits(width);
  std::fill_n(bits.begin(), active, true);
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(VectorType::get({width}, b.getI1Type()), bits));
}

Value BodyEmitter::dynamicMask(int64_t width, Value rest) {
  Type lane = width > 16 ? b.getI8Type() : b.getI32Type();
  SmallVector<APInt> steps;
  for (int64_t i = 0; i < width; ++i)
    steps.emplace_back(lane.getIntOrFloatBitWidth(), i);
  Value step = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(VectorType::get({width}, lane), steps));
  Value limit = splat(arith::IndexCastOp::create(b, loc, lane, rest), width);
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, step, limit);
}

Point BodyEmitter::origin() {
  Point point;
  for (Operand &operand : nest.operands)
    point.index.push_back(operand.start);
  point.iv.resize(nest.dims.size());
  point.loaded.resize(nest.operands.size());
  return point;
}

Value BodyEmitter::addIndex(Value index, Value step, const Product &stride) {
  if (!stride.isOne())
    step = arith::MulIOp::create(b, loc, step, stride.materialize(b, loc));
  return index ? arith::AddIOp::create(b, loc, index, step) : step;
}

Point BodyEmitter::advance(const Point &point, unsigned dim, Value iv) {
  Point moved = point;
  if (getConstantIntValue(iv) == 0)
    return moved;
  for (auto [index, operand] : llvm::zip(moved.index, nest.operands))
    if (!operand.strides[dim].isZero())
      index = addIndex(index, iv, operand.strides[dim]);
  moved.iv[dim] = moved.iv[dim] ? arith::AddIOp::create(b, loc, moved.iv[dim], iv) : iv;
  return moved;
}

void BodyEmitter::preload(Point &point, ArrayRef<unsigned> inner) {
  for (unsigned i = 0; i < nest.numInputs; ++i) {
    Operand &operand = nest.operands[i];
    if (!operand.read || operand.scalar || point.loaded[i])
      continue;
    if (llvm::all_of(inner, [&](unsigned dim) { return operand.strides[dim].isZero(); }))
      point.loaded[i] = loadElement(operand, point.index[i]);
  }
}

static Value orZero(OpBuilder &b, Location loc, Value index) { return index ? index : Value(arith::ConstantIndexOp::create(b, loc, 0)); }

Value BodyEmitter::loadElement(const Operand &operand, Value index) {
  Value value = memref::LoadOp::create(b, loc, operand.base, orZero(b, loc, index));
  if (!operand.element.isInteger(1))
    return value;
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, constant(b.getI8Type(), 0));
}

/// Lane numbers times the stride, added to nothing: the offsets of a gather.
static Value laneOffsets(BodyEmitter &e, const Product &stride, int64_t width) {
  SmallVector<APInt> steps;
  for (int64_t i = 0; i < width; ++i)
    steps.emplace_back(64, i);
  Value step = arith::ConstantOp::create(e.b, e.loc, DenseElementsAttr::get(VectorType::get({width}, e.b.getIndexType()), steps));
  return arith::MulIOp::create(e.b, e.loc, step, e.splat(stride.materialize(e.b, e.loc), width));
}

/// Largest stride at which whole vectors are loaded and shuffled: beyond, most of what is loaded is not wanted.
static constexpr int64_t mostApart = 4;

/// Every `stride`-th of the elements from `at` on, out of whole vectors: as many as the stride, the last one ending at the last element needed.
static Value loadApart(BodyEmitter &e, Value base, Value at, int64_t stride, VectorType type) {
  const int64_t width = type.getNumElements(), last = (stride - 1) * (width - 1);
  Value result;
  for (int64_t k = 0; k < stride; ++k) {
    const int64_t start = k + 1 < stride ? k * width : last;
    Value place = arith::AddIOp::create(e.b, e.loc, at, arith::ConstantIndexOp::create(e.b, e.loc, start));
    Value part = vector::LoadOp::create(e.b, e.loc, type, base, place);
    SmallVector<int64_t> lanes;
    for (int64_t i = 0; i < width; ++i) {
      const int64_t element = i * stride, owner = std::min(element / width, stride - 1);
      lanes.push_back(owner == k ? width + element - start : i);
    }
    result = vector::ShuffleOp::create(e.b, e.loc, result ? result : part, part, lanes);
  }
  return result;
}

Value BodyEmitter::loadStrided(const Operand &operand, Value index, const Product &stride, const Lanes &lanes, Type type) {
  auto vectorType = cast<VectorType>(laneType(type, lanes.width));
  if (lanes.active == 0) {
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(vectorType));
    return vector::GatherOp::create(b, loc, vectorType, operand.base, ValueRange{orZero(b, loc, index)}, laneOffsets(*this, stride, lanes.width),
                                    lanes.mask, zero);
  }
  if (stride.isConstant() && stride.constant >= 2 && stride.constant <= mostApart && lanes.active == lanes.width && lanes.width >= stride.constant)
    return loadApart(*this, operand.base, orZero(b, loc, index), stride.constant, vectorType);
  Value step = stride.materialize(b, loc), at = orZero(b, loc, index), rest;
  SmallVector<Value> elements;
  for (int64_t i = 0; i < lanes.active; ++i) {
    elements.push_back(memref::LoadOp::create(b, loc, operand.base, at));
    if (i + 1 < lanes.active)
      at = arith::AddIOp::create(b, loc, at, step);
  }
  if (lanes.active < lanes.width)
    rest = constant(type, 0);
  elements.resize(lanes.width, rest);
  return vector::FromElementsOp::create(b, loc, vectorType, elements);
}

Value BodyEmitter::load(unsigned number, const Point &point, const Lanes &lanes) {
  const Operand &operand = nest.operands[number];
  if (operand.scalar)
    return operand.base;
  if (point.loaded[number])
    return point.loaded[number];
  if (lanes.width == 0 || operand.strides[lanes.dim].isZero())
    return loadElement(operand, point.index[number]);
  Type type = storageType(operand.element);
  auto vectorType = cast<VectorType>(laneType(type, lanes.width));
  Value value, index = point.index[number];
  if (!operand.strides[lanes.dim].isOne())
    value = loadStrided(operand, index, operand.strides[lanes.dim], lanes, type);
  else if (lanes.mask)
    value = vector::MaskedLoadOp::create(b, loc, vectorType, operand.base, orZero(b, loc, index), lanes.mask,
                                         arith::ConstantOp::create(b, loc, b.getZeroAttr(vectorType)));
  else
    value = vector::LoadOp::create(b, loc, vectorType, operand.base, orZero(b, loc, index));
  if (!operand.element.isInteger(1))
    return value;
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, splat(constant(type, 0), lanes.width));
}

void BodyEmitter::storeStrided(const Operand &operand, Value index, const Product &stride, const Lanes &lanes, Value value) {
  if (lanes.active == 0) {
    vector::ScatterOp::create(b, loc, Type(), operand.base, ValueRange{orZero(b, loc, index)}, laneOffsets(*this, stride, lanes.width), lanes.mask, value);
    return;
  }
  Value step = stride.materialize(b, loc), at = orZero(b, loc, index);
  for (int64_t i = 0; i < lanes.active; ++i) {
    memref::StoreOp::create(b, loc, vector::ExtractOp::create(b, loc, value, i), operand.base, at);
    if (i + 1 < lanes.active)
      at = arith::AddIOp::create(b, loc, at, step);
  }
}

void BodyEmitter::store(unsigned number, const Point &point, const Lanes &lanes, Value value) {
  const Operand &operand = nest.operands[number];
  Value index = point.index[number];
  if (lanes.width != 0)
    value = splat(value, lanes.width);
  if (operand.element.isInteger(1))
    value = arith::ExtUIOp::create(b, loc, laneType(b.getI8Type(), lanes.width), value);
  if (lanes.width == 0)
    memref::StoreOp::create(b, loc, value, operand.base, orZero(b, loc, index));
  else if (!operand.strides[lanes.dim].isOne())
    storeStrided(operand, index, operand.strides[lanes.dim], lanes, value);
  else if (lanes.mask)
    vector::MaskedStoreOp::create(b, loc, operand.base, orZero(b, loc, index), lanes.mask, value);
  else
    vector::StoreOp::create(b, loc, value, operand.base, orZero(b, loc, index));
}

/// Values of the body in the loops: scalars (lane 0 of a step), and vectors made when first asked for.
struct BodyEmitter::Evaluation {
  const Point &point;
  const Lanes &lanes;
  IRMapping scalars{};
  llvm::DenseMap<Value, Value> vectors{};

  Spread spread(const Spreads &spreads, Value value) const {
    auto it = spreads.find(value);
    return lanes.width == 0 || it == spreads.end() ? Spread::Uniform : it->second;
  }
  Value vector(BodyEmitter &e, Value value) {
    Value &known = vectors[value];
    if (known)
      return known;
    Value scalar = scalars.lookupOrDefault(value);
    known = e.splat(scalar, lanes.width);
    if (spread(e.spreads, value) == Spread::Step) {
      SmallVector<APInt> steps;
      for (int64_t i = 0; i < lanes.width; ++i)
        steps.emplace_back(scalar.getType().isIndex() ? 64 : scalar.getType().getIntOrFloatBitWidth(), i);
      Value step = arith::ConstantOp::create(e.b, e.loc, DenseElementsAttr::get(cast<VectorType>(known.getType()), steps));
      known = arith::AddIOp::create(e.b, e.loc, known, step);
    }
    return known;
  }
};

Value BodyEmitter::iteration(const Point &point, unsigned source) {
  Value iv;
  for (auto [dim, value] : llvm::zip(nest.dims, point.iv))
    if (dim.sources.size() == 1 && dim.sources.front() == source)
      iv = value;
  return orZero(b, loc, iv);
}

void BodyEmitter::cloneLoad(Evaluation &e, memref::LoadOp op) {
  SmallVector<Value> indices;
  for (Value index : op.getIndices())
    indices.push_back(e.scalars.lookupOrDefault(index));
  auto type = VectorType::get({e.lanes.width}, op.getMemRefType().getElementType());
  Value base = e.scalars.lookupOrDefault(op.getMemRef());
  if (e.lanes.mask)
    e.vectors[op] = vector::MaskedLoadOp::create(b, loc, type, base, indices, e.lanes.mask, arith::ConstantOp::create(b, loc, b.getZeroAttr(type)));
  else
    e.vectors[op] = vector::LoadOp::create(b, loc, type, base, indices);
}

void BodyEmitter::cloneOp(Evaluation &e, Operation &op) {
  if (auto index = dyn_cast<linalg::IndexOp>(op))
    return e.scalars.map(index.getResult(), iteration(e.point, index.getDim()));
  if (op.getNumResults() == 0 || e.spread(spreads, op.getResult(0)) != Spread::Varying) {
    Operation *clone = b.clone(op, e.scalars);
    clone->walk([&](linalg::IndexOp index) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(index);
      index.replaceAllUsesWith(iteration(e.point, index.getDim()));
      index.erase();
    });
    return;
  }
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return cloneLoad(e, load);
  SmallVector<Value> operands;
  for (Value operand : op.getOperands())
    operands.push_back(e.vector(*this, operand));
  SmallVector<Type> types;
  for (Type type : op.getResultTypes())
    types.push_back(laneType(type, e.lanes.width));
  Operation *clone = b.create(op.getLoc(), op.getName().getIdentifier(), operands, types, op.getAttrs());
  for (auto [from, to] : llvm::zip(op.getResults(), clone->getResults()))
    e.vectors[from] = to;
}

SmallVector<Value> BodyEmitter::evaluate(const Point &point, const Lanes &lanes, ValueRange accumulators) {
  Evaluation e{point, lanes};
  for (auto [i, argument] : llvm::enumerate(nest.body().getArguments())) {
    if (argument.use_empty())
      continue;
    bool accumulates = i >= nest.numInputs && !accumulators.empty();
    Value value = accumulates ? accumulators[i - nest.numInputs] : load(i, point, lanes);
    if (isa<VectorType>(value.getType()))
      e.vectors[argument] = value;
    else
      e.scalars.map(argument, value);
  }
  for (Operation &op : nest.body().without_terminator())
    cloneOp(e, op);
  SmallVector<Value> results;
  for (Value value : nest.body().getTerminator()->getOperands())
    results.push_back(lanes.width == 0 ? e.scalars.lookupOrDefault(value) : e.vector(*this, value));
  return results;
}
