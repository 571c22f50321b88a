// Parts of recurrent operators. The products with x do not depend on the state, so that one contraction computes them for all steps. The steps:
//   scf.for %t = 0 to %steps iter_args(%h, %c, %y) { kernel.contract of %h, linalg.generic per state, tensor.insert_slice %h into %y[%t] }
#include "compiler/Linalg/Recurrence.h"
#include "compiler/Linalg/Accumulate.h"
#include "compiler/Linalg/Contraction.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace motion {

/// Steps up to which a recurrence is unrolled.
static constexpr int64_t mostUnrolled = 8;

Value Activation::operator()(Scalars &s, Value x) const {
  const auto number = [&](double value) { return s.like(x, value); };
  if (name == "Sigmoid")
    return s.sigmoid(x);
  if (name == "Tanh")
    return s.tanh(x);
  if (name == "Relu")
    return s.max(x, number(0));
  if (name == "Affine")
    return s.add(s.mul(x, number(alpha)), number(beta));
  if (name == "LeakyRelu")
    return s.select(s.less(x, number(0)), s.mul(x, number(alpha)), x);
  if (name == "ThresholdedRelu")
    return s.select(s.less(x, number(alpha)), number(0), x);
  if (name == "ScaledTanh")
    return s.mul(s.tanh(s.mul(x, number(beta))), number(alpha));
  if (name == "HardSigmoid")
    return s.max(s.min(s.add(s.mul(x, number(alpha)), number(beta)), number(1)), number(0));
  if (name == "Elu")
    return s.select(s.less(x, number(0)), s.mul(s.sub(s.exp(x), number(1)), number(alpha)), x);
  if (name == "Softsign")
    return s.div(x, s.add(s.abs(x), number(1)));
  return s.softplus(x);
}

/// Names with their default alpha and beta.
static const llvm::StringMap<std::pair<double, double>> &knownActivations() {
  static const llvm::StringMap<std::pair<double, double>> known{
      {"Sigmoid", {0, 0}},  {"Tanh", {0, 0}},        {"Relu", {0, 0}},        {"Affine", {1, 0}}, {"LeakyRelu", {0.01, 0}}, {"ThresholdedRelu", {1, 0}},
      {"ScaledTanh", {1, 1}}, {"HardSigmoid", {0.2, 0.5}}, {"Elu", {1, 0}}, {"Softsign", {0, 0}}, {"Softplus", {0, 0}}};
  return known;
}

static bool hasAlpha(StringRef name) { return llvm::is_contained({"Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu"}, name); }
static bool hasBeta(StringRef name) { return llvm::is_contained({"Affine", "ScaledTanh", "HardSigmoid"}, name); }

LogicalResult Recurrence::begin(std::optional<ArrayAttr> names, std::optional<ArrayRef<float>> alphas, std::optional<ArrayRef<float>> betas,
                                ArrayRef<StringRef> defaults) {
  const size_t wanted = directions() * defaults.size();
  size_t alpha = 0, beta = 0;
  for (size_t i = 0; i < wanted; ++i) {
    Activation next{defaults[i % defaults.size()].str()};
    if (names && i < names->size())
      next.name = cast<StringAttr>((*names)[i]).str();
    auto known = knownActivations().find(next.name);
    if (known == knownActivations().end())
      return node.refuse("activations of the ONNX standard", next.name);
    std::tie(next.alpha, next.beta) = known->second;
    if (hasAlpha(next.name) && alphas && alpha < alphas->size())
      next.alpha = (*alphas)[alpha++];
    if (hasBeta(next.name) && betas && beta < betas->size())
      next.beta = (*betas)[beta++];
    activations.push_back(next);
  }
  if (x.rank() != 3 || w.rank() != 3 || r.rank() != 3 || !w.type().hasStaticShape() || w.type().getDimSize(1) % gates != 0)
    return node.refuse("X, W and R of rank 3, W of fixed size", spell(x.value.getType()) + ", " + spell(w.value.getType()) + " and " + spell(r.value.getType()));
  const Sizes sizes = node.sizes(x);
  steps = sizes[batchFirst ? 1 : 0];
  batch = sizes[batchFirst ? 0 : 1];
  hidden = w.type().getDimSize(1) / gates;
  type = computeType(x.element);
  for (Tensor *tensor : {&x, &w, &r, &bias, &initialH, &initialC, &peepholes})
    if (*tensor)
      *tensor = convertTensor(node, *tensor, type);
  return success();
}

Value Recurrence::activate(Scalars &s, int64_t d, size_t which, Value value) const {
  if (clip > 0)
    value = s.max(s.min(value, s.like(value, clip)), s.like(value, -clip));
  return activation(d, which)(s, value);
}

/// Rows `first` to `first + count` of dimension `axis`, which goes when `drop`.
static Tensor cut(Node &node, const Tensor &tensor, int64_t axis, OpFoldResult first, int64_t count, bool drop) {
  Sizes sizes = node.sizes(tensor), offsets(sizes.size(), node.index(0)), strides(sizes.size(), node.index(1));
  SmallVector<int64_t> shape(tensor.type().getShape());
  offsets[axis] = first;
  sizes[axis] = node.index(count);
  shape[axis] = count;
  Sizes kept = sizes;
  if (drop) {
    shape.erase(shape.begin() + axis);
    kept.erase(kept.begin() + axis);
  }
  auto type = RankedTensorType::get(shape, tensor.type().getElementType());
  Value result = tensor::ExtractSliceOp::create(node, type, tensor.value, offsets, sizes, strides);
  node.getValues().sizes[result] = kept;
  return {result, tensor.element};
}

Tensor Recurrence::ofDirection(const Tensor &tensor, int64_t d) { return tensor ? cut(node, tensor, 0, node.index(d), 1, true) : tensor; }

Tensor Recurrence::sumOfBiases(int64_t d, int64_t apart) {
  if (!bias)
    return {};
  Tensor both = node.reshape(ofDirection(bias, d), {node.index(2), node.index(gates), node.index(hidden)});
  const auto half = [&](int64_t which) {
    return AffineMap::get(2, 0, {node.getAffineConstantExpr(which), node.getAffineDimExpr(0), node.getAffineDimExpr(1)}, node.getContext());
  };
  Tensor sum = pointwise(node, type, {node.index(gates), node.index(hidden)}, {both, both}, {half(0), half(1)}, [](Scalars &s, ValueRange v) { return s.add(v[0], v[1]); });
  if (apart < 0)
    return sum;
  Tensor first = cut(node, cut(node, both, 0, node.index(0), 1, true), 0, node.index(apart), 1, false);
  Sizes sizes{node.index(1), node.index(hidden)}, offsets{node.index(apart), node.index(0)}, strides(2, node.index(1));
  return {tensor::InsertSliceOp::create(node, first.value, sum.value, offsets, sizes, strides), type};
}

Tensor Recurrence::stateBias(int64_t d) {
  if (!bias)
    return {};
  return cut(node, node.reshape(ofDirection(bias, d), {node.index(2), node.index(gates), node.index(hidden)}), 0, node.index(1), 1, true);
}

Tensor Recurrence::inputProducts(int64_t d) {
  AffineExpr t = node.getAffineDimExpr(0), b = node.getAffineDimExpr(1), n = node.getAffineDimExpr(2), k = node.getAffineDimExpr(3);
  const auto map = [&](ArrayRef<AffineExpr> exprs) { return AffineMap::get(4, 0, exprs, node.getContext()); };
  const Sizes sizes{steps, batch, node.index(gates * hidden)};
  Tensor y = contract(node, x, ofDirection(w, d), {}, sizes, {batchFirst ? map({b, t, k}) : map({t, b, k}), map({n, k}), map({t, b, n})});
  return node.reshape(y, {steps, batch, node.index(gates), node.index(hidden)});
}

Tensor Recurrence::atStep(const Tensor &products, OpFoldResult step) { return cut(node, products, 0, step, 1, true); }

Tensor Recurrence::stateMatrix(int64_t d, int64_t first, int64_t count) {
  Tensor matrix = ofDirection(r, d);
  return count == gates ? matrix : cut(node, matrix, 0, node.index(first * hidden), count * hidden, false);
}

Tensor Recurrence::stateProducts(const Tensor &h, const Tensor &matrix, int64_t count) {
  AffineExpr b = node.getAffineDimExpr(0), n = node.getAffineDimExpr(1), k = node.getAffineDimExpr(2);
  const auto map = [&](ArrayRef<AffineExpr> exprs) { return AffineMap::get(3, 0, exprs, node.getContext()); };
  Tensor y = contract(node, h, matrix, {}, {batch, node.index(count * hidden)}, {map({b, k}), map({n, k}), map({b, n})});
  return node.reshape(y, {batch, node.index(count), node.index(hidden)});
}

Tensor Recurrence::initialState(const Tensor &given, int64_t d) {
  if (!given)
    return {node.filled({batch, node.index(hidden)}, scalarConstant(node, type, 0)), type};
  return cut(node, given, batchFirst ? 1 : 0, node.index(d), 1, true);
}

Tensor Recurrence::perState(OpFoldResult step, ArrayRef<Tensor> inputs, ArrayRef<AffineMap> maps, const Tensor &ended, ScalarBody body) {
  SmallVector<Tensor> all(inputs);
  SmallVector<AffineMap> allMaps(maps);
  if (lengths) {
    all.push_back(lengths);
    allMaps.push_back(map({node.getAffineDimExpr(0)}));
    if (ended) {
      all.push_back(ended);
      allMaps.push_back(state());
    }
  }
  return pointwise(node, type, {batch, node.index(hidden)}, all, allMaps, [&](Scalars &s, ValueRange v) {
    Value value = body(s, v.take_front(inputs.size()));
    if (!lengths)
      return value;
    Value length = v[inputs.size()];
    Value now = constantSize(step) ? s.like(length, *constantSize(step)) : arith::IndexCastOp::create(s, length.getType(), cast<Value>(step)).getResult();
    return s.select(s.less(now, length), value, ended ? v.back() : s.like(value, 0));
  });
}

Sizes Recurrence::recordSizes(OpFoldResult steps, OpFoldResult directions) {
  const OpFoldResult width = node.index(hidden);
  return batchFirst ? Sizes{batch, steps, directions, width} : Sizes{steps, directions, batch, width};
}

Tensor Recurrence::emptyRecord() { return {node.empty(recordSizes(steps, node.index(directions())), type), type}; }

void Recurrence::record(Tensor &y, const Tensor &h, OpFoldResult step, int64_t d) {
  const OpFoldResult one = node.index(1), zero = node.index(0), side = node.index(d);
  const Sizes sizes = node.sizes(y), offsets = batchFirst ? Sizes{zero, step, side, zero} : Sizes{step, side, zero, zero};
  y.value = tensor::InsertSliceOp::create(node, h.value, y.value, offsets, recordSizes(one, one), Sizes(4, one));
  node.getValues().sizes[y.value] = sizes;
}

void Recurrence::run(int64_t d, Tensor &y, ArrayRef<Tensor *> states, llvm::function_ref<Tensor(OpFoldResult)> step) {
  auto known = constantSize(steps);
  if (!known || *known > mostUnrolled)
    return runLoop(d, y, states, step);
  for (int64_t i = 0; i < *known; ++i) {
    const OpFoldResult t = node.index(isReverse(d) ? *known - 1 - i : i);
    record(y, step(t), t, d);
  }
}

void Recurrence::runLoop(int64_t d, Tensor &y, ArrayRef<Tensor *> states, llvm::function_ref<Tensor(OpFoldResult)> step) {
  SmallVector<Tensor *> carried(states);
  carried.push_back(&y);
  SmallVector<Value> values;
  SmallVector<Sizes> sizes;
  for (Tensor *tensor : carried) {
    sizes.push_back(tensor == &y ? node.sizes(y) : Sizes{batch, node.index(hidden)});
    values.push_back(node.cast(tensor->value, node.empty(sizes.back(), type).getType()));
  }
  const auto take = [&](ValueRange from) {
    for (auto [tensor, value, size] : llvm::zip(carried, from, sizes)) {
      tensor->value = value;
      node.getValues().sizes[value] = size;
    }
  };
  auto loop = scf::ForOp::create(node, node.indexValue(node.index(0)), node.indexValue(steps), node.indexValue(node.index(1)), values);
  {
    OpBuilder::InsertionGuard guard(node);
    node.setInsertionPointToStart(loop.getBody());
    take(loop.getRegionIterArgs());
    OpFoldResult t = loop.getInductionVar();
    if (isReverse(d))
      t = node.sub(node.sub(steps, node.index(1)), t);
    record(y, step(t), t, d);
    for (auto [tensor, value] : llvm::zip(carried, values))
      value = node.cast(tensor->value, value.getType());
    scf::YieldOp::create(node, values);
  }
  take(loop.getResults());
}

Tensor Recurrence::lastStates(ArrayRef<Tensor> states) {
  const OpFoldResult one = node.index(1), zero = node.index(0), width = node.index(hidden), count = node.index(states.size());
  const Sizes sizes = batchFirst ? Sizes{batch, count, width} : Sizes{count, batch, width}, extents = batchFirst ? Sizes{batch, one, width} : Sizes{one, batch, width};
  Value result = node.empty(sizes, type);
  for (auto [d, state] : llvm::enumerate(states)) {
    const Sizes offsets = batchFirst ? Sizes{zero, node.index(d), zero} : Sizes{node.index(d), zero, zero};
    result = tensor::InsertSliceOp::create(node, state.value, result, offsets, extents, Sizes(3, one));
    node.getValues().sizes[result] = sizes;
  }
  return {result, type};
}

LogicalResult Recurrence::set(Value result, const Tensor &computed) {
  if (!result || result.use_empty())
    return success();
  return node.set(result, convertTensor(node, computed, getElementTypeOrSelf(result.getType())));
}

} // namespace motion
