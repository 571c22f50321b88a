// Emits the loops of a linalg op: a nest and its plan in, scf.for over hardware vectors out.
//   parallel loop in the lanes, no reduction: outer loops, then the lanes: load, compute, store
//   parallel loop in the lanes, reduction inside (column sums): four vectors of columns stay in registers while the reduction runs
//   an input contiguous along another loop (transposes): squares of vectors, turned by shuffles
//   reduction in the lanes (row sums): up to four vector accumulators, combined by a shuffle tree (a float maximum as vector.reduction is a scalar chain)
// The last, partial vector is masked; behind a symbolic extent it stands under an scf.if.
#include "compiler/Lower/VectorizePlan.h"

using namespace mlir;
using namespace motion::vectorize;

namespace {
using Values = SmallVector<Value>;

class NestEmitter {
public:
  NestEmitter(OpBuilder &b, LoopNest &nest, Plan &plan)
      : b(b), loc(nest.op.getLoc()), nest(nest), plan(plan), body(b, nest, plan.spreads), tile(chooseTile(nest, plan)) {
    if (tile)
      plan.width = tile->size;
    for (unsigned d = 0; d < nest.dims.size(); ++d)
      if (int(d) != plan.dim && !(tile && d == tile->other))
        (nest.dims[d].reduction ? reductions : parallels).push_back(d);
  }

  void run() {
    Point point = body.origin();
    bool innerReduction = plan.dim >= 0 && nest.dims[plan.dim].reduction;
    SmallVector<unsigned> inner = reductions;
    if (tile)
      inner.push_back(tile->other);
    if (plan.dim >= 0)
      inner.insert(innerReduction ? inner.end() : inner.begin(), plan.dim);
    loopOver(parallels, inner, point, {}, [&](Point at, ValueRange) {
      if (plan.dim < 0)
        block(at, scalarLanes(), 1);
      else if (innerReduction)
        reduceLanes(at);
      else if (tile)
        tiles(at);
      else
        columns(at, index(0));
      return Values();
    });
  }

private:
  using PointBody = llvm::function_ref<Values(Point, ValueRange)>;
  using LoopBody = llvm::function_ref<Values(Value, ValueRange)>;

  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  Lanes scalarLanes() const { return Lanes(); }
  Lanes wholeLanes() const { return {plan.dim, plan.width, plan.width, Value()}; }

  /// A loop from `lower` to `upper`; none when it runs never or once.
  Values loop(Value lower, Value upper, int64_t step, ValueRange carried, LoopBody f) {
    std::optional<int64_t> lo = getConstantIntValue(lower), hi = getConstantIntValue(upper);
    if (lo && hi && *lo >= *hi)
      return Values(carried);
    if (lo && hi && *hi - *lo <= step)
      return f(lower, carried);
    auto op = scf::ForOp::create(b, loc, lower, upper, index(step), carried, [&](OpBuilder &, Location, Value iv, ValueRange args) {
      Values results = f(iv, args);
      scf::YieldOp::create(b, loc, results);
    });
    return Values(op.getResults());
  }

  /// Loops over `dims`; `inner` are the loops that `f` makes itself. Reductions of few steps are unrolled.
  Values loopOver(ArrayRef<unsigned> dims, ArrayRef<unsigned> inner, Point point, ValueRange carried, PointBody f) {
    SmallVector<unsigned> rest(dims);
    rest.append(inner.begin(), inner.end());
    if (!rest.empty())
      body.preload(point, rest);
    if (dims.empty())
      return f(point, carried);
    LoopDim &dim = nest.dims[dims.front()];
    auto step = [&](Value iv, ValueRange args) {
      return loopOver(dims.drop_front(), inner, body.advance(point, dims.front(), iv), args, f);
    };
    if (dim.reduction && isUnrolled(dims)) {
      Values values(carried);
      for (int64_t i = 0; i < dim.size.constant; ++i)
        values = step(index(i), values);
      return values;
    }
    return loop(index(0), dim.size.materialize(b, loc), 1, carried, step);
  }

  bool isUnrolled(ArrayRef<unsigned> dims) const {
    int64_t count = 1;
    for (unsigned d : dims)
      count *= nest.dims[d].isStatic() ? nest.dims[d].size.constant : 1000;
    return count * plan.cost <= 36;
  }

  /// The end of the whole vectors in steps of `step`.
  Value wholeEnd(const Product &size, int64_t step) {
    if (size.isConstant())
      return index(size.constant / step * step);
    return arith::AndIOp::create(b, loc, size.materialize(b, loc), index(-step));
  }

  /// The iterations from `start` on that fill no whole vector.
  Values tail(const Point &point, Value start, ValueRange carried, llvm::function_ref<Values(Point, Lanes, ValueRange)> f) {
    const Product &size = nest.dims[plan.dim].size;
    if (plan.scalarTail)
      return loop(start, size.materialize(b, loc), 1, carried,
                  [&](Value iv, ValueRange args) { return f(body.advance(point, plan.dim, iv), scalarLanes(), args); });
    if (size.isConstant()) {
      int64_t rest = size.constant - *getConstantIntValue(start);
      if (rest == 0)
        return Values(carried);
      int64_t width = plan.kinds.empty() ? llvm::PowerOf2Ceil(rest) : plan.width;
      Lanes lanes{plan.dim, width, rest, rest < width ? body.constantMask(width, rest) : Value()};
      if (width == 1)
        lanes = scalarLanes();
      return f(body.advance(point, plan.dim, start), lanes, carried);
    }
    Value end = size.materialize(b, loc);
    Value some = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, start, end);
    auto whenSome = [&](OpBuilder &, Location) {
      Point at = body.advance(point, plan.dim, start);
      Value rest = arith::SubIOp::create(b, loc, end, start);
      auto masked = [&](OpBuilder &, Location) {
        Lanes lanes{plan.dim, plan.width, 0, body.dynamicMask(plan.width, rest)};
        scf::YieldOp::create(b, loc, f(at, lanes, carried));
      };
      if (!plan.apart || !carried.empty())
        return masked(b, loc);
      auto single = [&](OpBuilder &, Location) { scf::YieldOp::create(b, loc, f(at, scalarLanes(), carried)); };
      scf::IfOp::create(b, loc, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, rest, index(1)), single, masked);
      scf::YieldOp::create(b, loc);
    };
    auto otherwise = [&](OpBuilder &, Location) { scf::YieldOp::create(b, loc, carried); };
    if (carried.empty())
      return Values(scf::IfOp::create(b, loc, some, whenSome, nullptr).getResults());
    return Values(scf::IfOp::create(b, loc, some, whenSome, otherwise).getResults());
  }

  /// Computes `chunks` neighbouring vectors of outputs, all reductions inside.
  void block(const Point &point, Lanes lanes, unsigned chunks) {
    unsigned outputs = nest.operands.size() - nest.numInputs;
    auto chunk = [&](const Point &at, unsigned c) { return c == 0 ? at : body.advance(at, plan.dim, index(c * plan.width)); };
    Values values;
    if (!reductions.empty()) {
      for (unsigned c = 0; c < chunks; ++c)
        for (unsigned k = 0; k < outputs; ++k)
          values.push_back(body.splat(body.load(nest.numInputs + k, chunk(point, c), lanes), lanes.width));
      // What varies along the lanes must not be loaded ahead as a scalar.
      SmallVector<unsigned> inner(plan.dim >= 0 ? 1 : 0, unsigned(plan.dim));
      values = loopOver(reductions, inner, point, values, [&](Point at, ValueRange accumulators) {
        Values next;
        for (unsigned c = 0; c < chunks; ++c)
          llvm::append_range(next, body.evaluate(chunk(at, c), lanes, accumulators.slice(c * outputs, outputs)));
        return next;
      });
    } else {
      values = body.evaluate(point, lanes, {});
    }
    for (auto [i, value] : llvm::enumerate(values))
      body.store(nest.numInputs + i % outputs, chunk(point, i / outputs), lanes, value);
  }

  /// Whole squares, then the rest of the lanes for the iterations of the squares, then the rest of the iterations.
  void tiles(const Point &point) {
    const Product &lanes = nest.dims[plan.dim].size, &others = nest.dims[tile->other].size;
    Value laneEnd = wholeEnd(lanes, tile->size), otherEnd = wholeEnd(others, tile->size);
    loop(index(0), otherEnd, tile->size, {}, [&](Value first, ValueRange) {
      Point row = body.advance(point, tile->other, first);
      loop(index(0), laneEnd, tile->size, {}, [&](Value lane, ValueRange) {
        square(body.advance(row, plan.dim, lane));
        return Values();
      });
      return Values();
    });
    auto rest = [&](Value from, Value to, Value firstLane) {
      loop(from, to, 1, {}, [&](Value iv, ValueRange) {
        columns(body.advance(point, tile->other, iv), firstLane);
        return Values();
      });
    };
    if (!lanes.isConstant() || lanes.constant % tile->size != 0)
      rest(index(0), otherEnd, laneEnd);
    rest(otherEnd, others.materialize(b, loc), index(0));
  }

  void square(const Point &point) {
    SmallVector<Values> columnsOf;
    for (unsigned operand : tile->operands) {
      Values rows;
      for (int64_t i = 0; i < tile->size; ++i)
        rows.push_back(body.load(operand, body.advance(point, plan.dim, index(i)), {int(tile->other), tile->size, tile->size, Value()}));
      transposeSquare(b, loc, rows);
      columnsOf.push_back(rows);
    }
    for (int64_t i = 0; i < tile->size; ++i) {
      Point at = body.advance(point, tile->other, index(i));
      for (auto [operand, values] : llvm::zip(tile->operands, columnsOf))
        at.loaded[operand] = values[i];
      block(at, wholeLanes(), 1);
    }
  }

  /// The vectors of one row from lane `start` on.
  void columns(const Point &point, Value start) {
    const Product &size = nest.dims[plan.dim].size;
    unsigned chunks = reductions.empty() || plan.cost > 20 ? 1 : 4;
    for (unsigned c : chunks == 4 ? SmallVector<unsigned>{4, 1} : SmallVector<unsigned>{1}) {
      Value end = wholeEnd(size, c * plan.width);
      loop(start, end, c * plan.width, {}, [&](Value iv, ValueRange) {
        block(body.advance(point, plan.dim, iv), wholeLanes(), c);
        return Values();
      });
      start = end;
    }
    tail(point, start, {}, [&](Point at, Lanes lanes, ValueRange) {
      block(at, lanes, 1);
      return Values();
    });
  }

  Value combine(unsigned output, Value x, Value y) { return arith::getReductionOp(plan.kinds[output], b, loc, x, y); }

  Value neutral(unsigned output, Type type) {
    if (plan.kinds[output] == arith::AtomicRMWKind::addf) // -0.0, so that a sum of negative zeros keeps its sign
      return body.constant(type, -0.0);
    return arith::getIdentityValue(plan.kinds[output], type, b, loc);
  }

  /// Combines the lanes of a vector in halves.
  Value combineLanes(unsigned output, Value vector) {
    for (int64_t half = plan.width / 2; half > 0; half /= 2) {
      auto low = llvm::to_vector(llvm::seq<int64_t>(0, half)), high = llvm::to_vector(llvm::seq<int64_t>(half, 2 * half));
      vector = combine(output, vector::ShuffleOp::create(b, loc, vector, vector, low), vector::ShuffleOp::create(b, loc, vector, vector, high));
    }
    return vector::ExtractOp::create(b, loc, vector, 0);
  }

  /// Reduces along the lanes. Carried: the scalars (which a scalar tail goes on with), then the vectors of every unrolled step.
  void reduceLanes(const Point &point) {
    unsigned outputs = plan.kinds.size();
    unsigned unroll = plan.cost <= 6 ? 4 : plan.cost <= 20 ? 2 : 1;
    const Product &size = nest.dims[plan.dim].size;
    if (size.isConstant())
      unroll = std::min<int64_t>(unroll, std::max<int64_t>(size.constant / plan.width, 1));
    Values carried;
    for (unsigned k = 0; k < outputs; ++k)
      carried.push_back(body.load(nest.numInputs + k, point, scalarLanes()));
    for (unsigned i = 0; i < unroll * outputs; ++i)
      carried.push_back(body.splat(neutral(i % outputs, nest.operands[nest.numInputs + i % outputs].element), plan.width));
    Values sums = loopOver(reductions, {unsigned(plan.dim)}, point, carried, [&](Point at, ValueRange values) { return strip(at, values, unroll); });
    for (unsigned k = 0; k < outputs; ++k) {
      Value vector = sums[outputs + k];
      for (unsigned u = 1; u < unroll; ++u)
        vector = combine(k, vector, sums[outputs + u * outputs + k]);
      body.store(nest.numInputs + k, point, scalarLanes(), combine(k, sums[k], combineLanes(k, vector)));
    }
  }

  /// One run along the lanes.
  Values strip(const Point &point, ValueRange carried, unsigned unroll) {
    unsigned outputs = plan.kinds.size();
    Value start = index(0);
    Values values(carried);
    for (unsigned u : unroll > 1 ? SmallVector<unsigned>{unroll, 1} : SmallVector<unsigned>{1}) {
      Value end = wholeEnd(nest.dims[plan.dim].size, u * plan.width);
      values = loop(start, end, u * plan.width, values, [&](Value iv, ValueRange args) {
        Values next(args);
        Point at = body.advance(point, plan.dim, iv);
        for (unsigned i = 0; i < u; ++i) {
          Point step = i == 0 ? at : body.advance(at, plan.dim, index(i * plan.width));
          llvm::copy(body.evaluate(step, wholeLanes(), args.slice(outputs * (i + 1), outputs)), next.begin() + outputs * (i + 1));
        }
        return next;
      });
      start = end;
    }
    return tail(point, start, values, [&](Point at, Lanes lanes, ValueRange args) {
      Values next(args);
      unsigned first = lanes.width == 0 ? 0 : outputs;
      Values results = body.evaluate(at, lanes, args.slice(first, outputs));
      for (unsigned k = 0; k < outputs; ++k)
        next[first + k] = lanes.mask ? Value(arith::SelectOp::create(b, loc, lanes.mask, results[k], args[first + k])) : results[k];
      return next;
    });
  }

  OpBuilder &b;
  Location loc;
  LoopNest &nest;
  const Plan &plan;
  BodyEmitter body;
  std::optional<Tile> tile;
  SmallVector<unsigned> parallels, reductions;
};
} // namespace

void motion::vectorize::emitNest(OpBuilder &b, LoopNest &nest, Plan plan) { NestEmitter(b, nest, plan).run(); }
