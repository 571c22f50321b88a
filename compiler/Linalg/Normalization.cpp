// Normalisations: y = (x - mean) * scale / deviation + bias, with mean and variance over some axes.
//   onnx.LayerNormalization(%x : ?x256)  ->  sums of rows / 256, sums of squared differences / 256, 1 / sqrt(variance + epsilon), and one
//   pointwise linalg.generic that applies them
// The variance is that of the differences from the mean, in two passes.
#include "compiler/Linalg/Accumulate.h"
#include "compiler/Linalg/Border.h"
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

namespace {

/// A parameter with the way it is read in the loops over x.
struct Parameter {
  Tensor tensor;
  AffineMap map;
};

/// What is subtracted from x, if anything, and what it is then multiplied by, over the axes that are kept.
struct Statistics {
  Tensor mean, variance, factor;
};

AffineMap identity(Node &node, int64_t rank) { return AffineMap::getMultiDimIdentityMap(rank, node.getContext()); }

SmallVector<int64_t> range(int64_t from, int64_t to) { return llvm::to_vector(llvm::seq<int64_t>(from, to)); }

/// `sum` divided by the number of elements along `axes` of `x`.
Tensor divideByCount(Node &node, const Tensor &sum, const Tensor &x, ArrayRef<int64_t> axes) {
  Sizes sizes = node.sizes(x), counted;
  for (int64_t axis : axes)
    counted.push_back(sizes[axis]);
  Value count = node.indexValue(node.product(counted));
  return pointwise(node, sum.element, node.sizes(sum), {sum}, {identity(node, sum.rank())},
                   [&](Scalars &s, ValueRange v) { return s.div(v[0], s.fromIndex(count, v[0].getType())); });
}

Tensor meanOver(Node &node, const Tensor &x, ArrayRef<int64_t> axes) {
  Value zero = scalarConstant(node, computeType(x.element), 0);
  Tensor sum = accumulateAxes(node, x, axes, zero, [](Scalars &s, ValueRange v, Value total) { return s.add(total, v[0]); });
  return divideByCount(node, sum, x, axes);
}

/// Mean of (x - mean)^2, or of x^2 when there is no mean.
Tensor meanSquare(Node &node, const Tensor &x, const Tensor &mean, ArrayRef<int64_t> axes) {
  Value zero = scalarConstant(node, computeType(x.element), 0);
  AffineMap kept = withoutAxes(node, x.rank(), axes);
  SmallVector<Tensor> inputs{x};
  SmallVector<AffineMap> maps{identity(node, x.rank())};
  if (mean) {
    inputs.push_back(mean);
    maps.push_back(kept);
  }
  Sizes sizes = node.sizes(x), keptSizes;
  for (AffineExpr expr : kept.getResults())
    keptSizes.push_back(sizes[cast<AffineDimExpr>(expr).getPosition()]);
  Tensor sum = accumulate(node, inputs, maps, keptSizes, kept, zero, [](Scalars &s, ValueRange v, Value total) {
    Value difference = v.size() == 2 ? s.sub(v[0], v[1]) : v[0];
    return s.add(total, s.mul(difference, difference));
  });
  return divideByCount(node, sum, x, axes);
}

Value inverseDeviation(Scalars &s, Value variance, double epsilon) { return s.div(s.like(variance, 1), s.sqrt(s.add(variance, s.like(variance, epsilon)))); }

Statistics statistics(Node &node, const Tensor &x, ArrayRef<int64_t> axes, double epsilon, bool centred) {
  Statistics result;
  if (centred)
    result.mean = meanOver(node, x, axes);
  result.variance = meanSquare(node, x, result.mean, axes);
  result.factor = pointwise(node, result.variance.element, node.sizes(result.variance), {result.variance}, {identity(node, result.variance.rank())},
                            [&](Scalars &s, ValueRange v) { return inverseDeviation(s, v[0], epsilon); });
  return result;
}

/// (x - mean) * factor * scale + bias as a tensor of `element`; absent parameters are left out.
Tensor normalise(Node &node, Type element, const Tensor &x, ArrayRef<int64_t> axes, const Statistics &by, const Parameter &scale, const Parameter &bias) {
  AffineMap kept = withoutAxes(node, x.rank(), axes);
  SmallVector<Tensor> inputs{x, by.factor};
  SmallVector<AffineMap> maps{identity(node, x.rank()), kept};
  const auto addInput = [&](const Tensor &tensor, AffineMap map) {
    if (tensor) {
      inputs.push_back(tensor);
      maps.push_back(map);
    }
  };
  addInput(by.mean, kept);
  addInput(scale.tensor, scale.map);
  addInput(bias.tensor, bias.map);
  return pointwise(node, element, node.sizes(x), inputs, maps, [&](Scalars &s, ValueRange v) {
    unsigned next = 2;
    Value y = by.mean ? s.sub(v[0], v[next++]) : v[0];
    y = s.mul(y, v[1]);
    if (scale.tensor) {
      Value factor = v[next++];
      y = s.mul(y, convert(s, factor, scale.tensor.element, y.getType()));
    }
    if (bias.tensor) {
      Value added = v[next++];
      y = s.add(y, convert(s, added, bias.tensor.element, y.getType()));
    }
    return convert(s, y, isNarrowFloat(x.element) ? s.getF32Type() : x.element, isNarrowFloat(element) ? s.getF32Type() : element);
  });
}

/// A vector per channel, read in loops over [batch, channels, ...].
Parameter perChannel(Node &node, Value vector, int64_t rank) {
  return {node.get(vector), AffineMap::get(rank, 0, node.getAffineDimExpr(1), node.getContext())};
}

/// A parameter that broadcasts to x.
Parameter broadcast(Node &node, Value value, const Tensor &x) {
  Tensor tensor = node.get(value);
  return {tensor, tensor ? broadcastMap(node, node.sizes(tensor), node.sizes(x)) : AffineMap()};
}

// ---- LayerNormalization, RMSNormalization ----

/// A statistic as ONNX returns it: x's sizes with 1 along the normalised axes.
LogicalResult setStatistic(Node &node, Value result, const Tensor &statistic, const Tensor &x, int64_t axis) {
  if (!result || result.use_empty())
    return success();
  Sizes sizes = node.sizes(x);
  std::fill(sizes.begin() + axis, sizes.end(), node.index(1));
  Tensor converted = convertTensor(node, statistic, getElementTypeOrSelf(result.getType()));
  return node.set(result, node.reshape(converted, sizes));
}

LogicalResult lowerLayerNormalization(Node &node, onnx::LayerNormalizationOp op) {
  Tensor x = node.get(op.getX());
  const int64_t axis = normaliseAxis(op.getAxis(), x.rank());
  SmallVector<int64_t> axes = range(axis, x.rank());
  Statistics by = statistics(node, x, axes, op.getEpsilon().convertToDouble(), true);
  Tensor y = normalise(node, x.element, x, axes, by, broadcast(node, op.getScale(), x), broadcast(node, op.getB(), x));
  if (failed(node.set(op.getY(), y)) || failed(setStatistic(node, op.getMean(), by.mean, x, axis)))
    return failure();
  return setStatistic(node, op.getInvStdDev(), by.factor, x, axis);
}

LogicalResult lowerRmsNormalization(Node &node, onnx::RMSNormalizationOp op) {
  Tensor x = node.get(op.getX());
  SmallVector<int64_t> axes = range(normaliseAxis(op.getAxis(), x.rank()), x.rank());
  Statistics by = statistics(node, x, axes, op.getEpsilon().convertToDouble(), false);
  Type element = getElementTypeOrSelf(op.getY().getType());
  return node.set(op.getY(), normalise(node, element, x, axes, by, broadcast(node, op.getScale(), x), {}));
}

// ---- InstanceNormalization, GroupNormalization, MeanVarianceNormalization ----

LogicalResult lowerInstanceNormalization(Node &node, onnx::InstanceNormalizationOp op) {
  Tensor x = node.get(op.getInput());
  SmallVector<int64_t> axes = range(2, x.rank());
  Statistics by = statistics(node, x, axes, op.getEpsilon().convertToDouble(), true);
  return node.set(op.getOutput(), normalise(node, x.element, x, axes, by, perChannel(node, op.getScale(), x.rank()), perChannel(node, op.getB(), x.rank())));
}

/// The channels become [groups, channels / groups], and the scale and bias with them.
LogicalResult lowerGroupNormalization(Node &node, onnx::GroupNormalizationOp op) {
  Tensor x = node.get(op.getX());
  Sizes sizes = node.sizes(x);
  auto channels = constantSize(sizes[1]);
  const int64_t groups = op.getNumGroups();
  if (!channels || groups <= 0 || *channels % groups != 0)
    return node.refuse("channels that are a multiple of num_groups", std::to_string(channels.value_or(-1)) + " channels and " + std::to_string(groups) + " groups");
  Sizes grouped{sizes[0], node.index(groups), node.index(*channels / groups)};
  grouped.append(sizes.begin() + 2, sizes.end());
  Tensor y = node.reshape(x, grouped);
  const int64_t rank = y.rank();
  AffineMap map = AffineMap::get(rank, 0, {node.getAffineDimExpr(1), node.getAffineDimExpr(2)}, node.getContext());
  const auto parameter = [&](Value value) { return Parameter{node.reshape(node.get(value), {grouped[1], grouped[2]}), map}; };
  SmallVector<int64_t> axes = range(2, rank);
  Statistics by = statistics(node, y, axes, op.getEpsilon().convertToDouble(), true);
  y = normalise(node, y.element, y, axes, by, parameter(op.getScale()), parameter(op.getBias()));
  return node.set(op.getY(), node.reshape(y, sizes));
}

/// The deviation, not the variance, is kept away from zero: by 1e-9.
LogicalResult lowerMeanVarianceNormalization(Node &node, onnx::MeanVarianceNormalizationOp op) {
  Tensor x = node.get(op.getX());
  SmallVector<int64_t> axes;
  for (int64_t axis : op.getAxes().value_or(ArrayRef<int64_t>{0, 2, 3}))
    axes.push_back(normaliseAxis(axis, x.rank()));
  Statistics by;
  by.mean = meanOver(node, x, axes);
  by.variance = meanSquare(node, x, by.mean, axes);
  by.factor = pointwise(node, by.variance.element, node.sizes(by.variance), {by.variance}, {identity(node, by.variance.rank())},
                        [](Scalars &s, ValueRange v) { return s.div(s.like(v[0], 1), s.add(s.sqrt(v[0]), s.like(v[0], 1e-9))); });
  return node.set(op.getY(), normalise(node, x.element, x, axes, by, {}, {}));
}

// ---- BatchNormalization ----

/// x * a + b with a = scale / deviation and b = bias - mean * a, computed once per channel.
Tensor applyPerChannel(Node &node, const Tensor &x, const Tensor &scale, const Tensor &bias, const Tensor &mean, const Tensor &variance, double epsilon) {
  Type type = computeType(x.element);
  AffineMap one = identity(node, 1), channel = AffineMap::get(x.rank(), 0, node.getAffineDimExpr(1), node.getContext());
  Sizes channels = node.sizes(scale);
  Tensor a = pointwise(node, type, channels, {scale, variance}, {one, one}, [&](Scalars &s, ValueRange v) {
    return s.mul(convert(s, v[0], scale.element, type), inverseDeviation(s, convert(s, v[1], variance.element, type), epsilon));
  });
  Tensor b = pointwise(node, type, channels, {bias, mean, a}, {one, one, one}, [&](Scalars &s, ValueRange v) {
    return s.sub(convert(s, v[0], bias.element, type), s.mul(convert(s, v[1], mean.element, type), v[2]));
  });
  return pointwise(node, x.element, node.sizes(x), {x, a, b}, {identity(node, x.rank()), channel, channel},
                   [](Scalars &s, ValueRange v) { return s.add(s.mul(v[0], v[1]), v[2]); });
}

LogicalResult lowerBatchNormalization(Node &node, onnx::BatchNormalizationOp op) {
  Tensor x = node.get(op.getX()), scale = node.get(op.getScale()), bias = node.get(op.getB());
  Tensor mean = node.get(op.getInputMean()), variance = node.get(op.getInputVar());
  const double epsilon = op.getEpsilon().convertToDouble(), momentum = op.getMomentum().convertToDouble();
  if (!op.getTrainingMode())
    return node.set(op.getY(), applyPerChannel(node, x, scale, bias, mean, variance, epsilon));
  SmallVector<int64_t> axes{0};
  llvm::append_range(axes, range(2, x.rank()));
  Tensor currentMean = meanOver(node, x, axes), currentVariance = meanSquare(node, x, currentMean, axes);
  const auto running = [&](Value result, const Tensor &before, const Tensor &current) -> LogicalResult {
    if (!result)
      return success();
    Tensor next = pointwise(node, before.element, node.sizes(before), {before, current}, {identity(node, 1), identity(node, 1)}, [&](Scalars &s, ValueRange v) {
      Value now = convert(s, v[1], current.element, v[0].getType());
      return s.add(s.mul(v[0], s.like(v[0], momentum)), s.mul(now, s.like(now, 1 - momentum)));
    });
    return node.set(result, next);
  };
  if (failed(running(op.getRunningMean(), mean, currentMean)) || failed(running(op.getRunningVar(), variance, currentVariance)))
    return failure();
  return node.set(op.getY(), applyPerChannel(node, x, scale, bias, currentMean, currentVariance, epsilon));
}

// ---- LpNormalization, LRN ----

/// x / (sum of |x|^p along the axis)^(1/p), and 0 where that sum is 0.
LogicalResult lowerLpNormalization(Node &node, onnx::LpNormalizationOp op) {
  Tensor x = node.get(op.getInput());
  SmallVector<int64_t> axes{normaliseAxis(op.getAxis(), x.rank())};
  const bool euclidean = op.getP() == 2;
  Value zero = scalarConstant(node, computeType(x.element), 0);
  Tensor sum = accumulateAxes(node, x, axes, zero, [&](Scalars &s, ValueRange v, Value total) {
    return s.add(total, euclidean ? s.mul(v[0], v[0]) : s.abs(v[0]));
  });
  Tensor y = pointwise(node, x.element, node.sizes(x), {x, sum}, {identity(node, x.rank()), withoutAxes(node, x.rank(), axes)}, [&](Scalars &s, ValueRange v) {
    Value norm = euclidean ? s.sqrt(v[1]) : v[1], none = s.like(norm, 0);
    return s.select(s.equal(norm, none), none, s.div(v[0], norm));
  });
  return node.set(op.getOutput(), y);
}

/// x / (bias + alpha / size * sum of the squares of `size` channels around it)^beta.
LogicalResult lowerLrn(Node &node, onnx::LRNOp op) {
  Tensor x = node.get(op.getX());
  const int64_t rank = x.rank(), size = op.getSize();
  if (size <= 0)
    return node.refuse("a size above 0", std::to_string(size));
  const double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble(), bias = op.getBias().convertToDouble();
  Value zero = scalarConstant(node, computeType(x.element), 0);
  Scalars outside(node.getLoc(), node);
  SmallVector<int64_t> before(rank, 0), after(rank, 0);
  before[1] = (size - 1) / 2;
  after[1] = size - 1 - before[1];
  Tensor surrounded = surround(node, x, before, after, encode(outside, zero, x.element));
  AffineMap all = AffineMap::getMultiDimIdentityMap(rank + 1, node.getContext());
  SmallVector<AffineExpr> read(all.getResults().drop_back());
  read[1] = read[1] + node.getAffineDimExpr(rank);
  Tensor shape{node.empty({node.index(size)}, node.getF32Type()), node.getF32Type()};
  Tensor squares = accumulate(node, {surrounded, shape}, {AffineMap::get(rank + 1, 0, read, node.getContext()), all.getMinorSubMap(1)}, node.sizes(x),
                              all.getMajorSubMap(rank), zero, [](Scalars &s, ValueRange v, Value total) { return s.add(total, s.mul(v[0], v[0])); });
  Tensor y = pointwise(node, x.element, node.sizes(x), {x, squares}, {identity(node, rank), identity(node, rank)}, [&](Scalars &s, ValueRange v) {
    Value base = s.add(s.like(v[1], bias), s.mul(s.like(v[1], alpha / size), v[1])), root = beta == 0.75 ? s.sqrt(base) : Value();
    return s.div(v[0], root ? s.mul(root, s.sqrt(root)) : math::PowFOp::create(s, base, s.like(base, beta)).getResult());
  });
  return node.set(op.getY(), y);
}

} // namespace

void addNormalizations(OperatorList &list) {
  list.add<onnx::BatchNormalizationOp>(lowerBatchNormalization);
  list.add<onnx::GroupNormalizationOp>(lowerGroupNormalization);
  list.add<onnx::InstanceNormalizationOp>(lowerInstanceNormalization);
  list.add<onnx::LayerNormalizationOp>(lowerLayerNormalization);
  list.add<onnx::LRNOp>(lowerLrn);
  list.add<onnx::LpNormalizationOp>(lowerLpNormalization);
  list.add<onnx::MeanVarianceNormalizationOp>(lowerMeanVarianceNormalization);
  list.add<onnx::RMSNormalizationOp>(lowerRmsNormalization);
}

} // namespace motion
