// Losses over class scores [batch, classes, ...] and integer labels [batch, ...].
//   onnx.SoftmaxCrossEntropyLoss(%x, %labels) {reduction = "none"}
//   -> maxima over the classes, sums of exp(x - maximum), and one linalg.generic over the labels:
//      log(sum) - (x[b, label] - maximum)
// A label outside of the classes reads the nearest class; labels equal to ignore_index give 0 and have no weight.
#include "compiler/Linalg/Accumulate.h"
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace motion {

namespace {

struct Loss {
  Tensor labels, weights; ///< weights per class, or absent
  std::optional<int64_t> ignored;
  StringRef reduction;
};

AffineMap identity(Node &node, int64_t rank) { return AffineMap::getMultiDimIdentityMap(rank, node.getContext()); }

/// The class that a label names, as index, always inside [0, classes).
Value classOf(Scalars &s, Value label, Value classes) {
  Value index = arith::IndexCastOp::create(s, s.getIndexType(), label);
  return s.max(s.min(index, s.sub(classes, s.integer(s.getIndexType(), 1))), s.integer(s.getIndexType(), 0));
}

Value isIgnored(Scalars &s, Value label, const Loss &loss) { return s.equal(label, s.integer(label.getType(), *loss.ignored)); }

/// Weight of each label, of the scores' compute type.
Tensor weightsOfLabels(Node &node, const Loss &loss, Value classes, Type type) {
  return pointwise(node, type, node.sizes(loss.labels), {loss.labels}, {identity(node, loss.labels.rank())}, [&](Scalars &s, ValueRange v) {
    Value weight = s.constant(type, 1);
    if (loss.weights) {
      Value at = classOf(s, v[0], classes);
      weight = decode(s, tensor::ExtractOp::create(s, loss.weights.value, ValueRange{at}), loss.weights.element);
    }
    return loss.ignored ? s.select(isIgnored(s, v[0], loss), s.constant(type, 0), weight) : weight;
  });
}

/// -log probability of each label times its weight: `scores` at the label, less `maximum` and the logarithm of `sum` where those are given.
Tensor lossOfLabels(Node &node, const Loss &loss, const Tensor &scores, const Tensor &maximum, const Tensor &sum, Value classes, Type element) {
  AffineMap map = identity(node, loss.labels.rank());
  SmallVector<Tensor> inputs{loss.labels};
  if (maximum)
    inputs.append({maximum, sum});
  return pointwise(node, element, node.sizes(loss.labels), inputs, SmallVector<AffineMap>(inputs.size(), map), [&](Scalars &s, ValueRange v) {
    Value at = classOf(s, v[0], classes);
    SmallVector<Value> place{linalg::IndexOp::create(s, 0), at};
    for (int64_t i = 1; i < loss.labels.rank(); ++i)
      place.push_back(linalg::IndexOp::create(s, i));
    Value score = decode(s, tensor::ExtractOp::create(s, scores.value, place), scores.element);
    Value y = maximum ? s.sub(s.log(v[2]), s.sub(score, v[1])) : s.neg(score);
    if (loss.weights)
      y = s.mul(y, decode(s, tensor::ExtractOp::create(s, loss.weights.value, ValueRange{at}), loss.weights.element));
    return loss.ignored ? s.select(isIgnored(s, v[0], loss), s.like(y, 0), y) : y;
  });
}

Tensor total(Node &node, const Tensor &x) {
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, x.rank()));
  return accumulateAxes(node, x, axes, scalarConstant(node, computeType(x.element), 0), [](Scalars &s, ValueRange v, Value sum) { return s.add(sum, v[0]); });
}

/// The loss as the attribute `reduction` asks for it.
LogicalResult setLoss(Node &node, Value result, const Loss &loss, const Tensor &scores, const Tensor &maximum, const Tensor &sum) {
  Type type = computeType(scores.element);
  Value classes = node.indexValue(node.sizes(scores)[1]);
  if (loss.reduction == "none")
    return node.set(result, lossOfLabels(node, loss, scores, maximum, sum, classes, scores.element));
  Tensor all = total(node, lossOfLabels(node, loss, scores, maximum, sum, classes, type));
  AffineMap none = identity(node, 0);
  if (loss.reduction == "sum")
    return node.set(result, pointwise(node, scores.element, {}, {all}, {none}, [](Scalars &, ValueRange v) { return v[0]; }));
  if (loss.weights || loss.ignored) {
    Tensor weight = total(node, weightsOfLabels(node, loss, classes, type));
    return node.set(result, pointwise(node, scores.element, {}, {all, weight}, {none, none}, [](Scalars &s, ValueRange v) { return s.div(v[0], v[1]); }));
  }
  Value count = node.indexValue(node.product(node.sizes(loss.labels)));
  return node.set(result, pointwise(node, scores.element, {}, {all}, {none}, [&](Scalars &s, ValueRange v) { return s.div(v[0], s.fromIndex(count, type)); }));
}

LogicalResult checkRanks(Node &node, const Tensor &scores, const Tensor &labels) {
  if (scores.rank() >= 2 && labels.rank() == scores.rank() - 1)
    return success();
  return node.refuse("scores [batch, classes, ...] and labels [batch, ...]", spell(scores.value.getType()) + " and " + spell(labels.value.getType()));
}

LogicalResult lowerSoftmaxCrossEntropyLoss(Node &node, onnx::SoftmaxCrossEntropyLossOp op) {
  Tensor scores = node.get(op.getScores());
  Loss loss{node.get(op.getLabels()), node.get(op.getWeights()), op.getIgnoreIndex(), op.getReduction()};
  if (failed(checkRanks(node, scores, loss.labels)))
    return failure();
  const int64_t rank = scores.rank();
  AffineMap kept = withoutAxes(node, rank, {1});
  Tensor maximum = accumulateAxes(node, scores, {1}, leastValue(node, scores.element), [](Scalars &s, ValueRange v, Value best) { return s.max(best, v[0]); });
  Tensor sum = accumulate(node, {scores, maximum}, {identity(node, rank), kept}, node.sizes(maximum), kept, scalarConstant(node, maximum.element, 0),
                          [](Scalars &s, ValueRange v, Value partial) { return s.add(partial, s.exp(s.sub(v[0], v[1]))); });
  if (op.getLogProb() && !op.getLogProb().use_empty()) {
    Tensor y = pointwise(node, scores.element, node.sizes(scores), {scores, maximum, sum}, {identity(node, rank), kept, kept},
                         [](Scalars &s, ValueRange v) { return s.sub(s.sub(v[0], v[1]), s.log(v[2])); });
    if (failed(node.set(op.getLogProb(), y)))
      return failure();
  }
  return setLoss(node, op.getOutput(), loss, scores, maximum, sum);
}

LogicalResult lowerNegativeLogLikelihoodLoss(Node &node, onnx::NegativeLogLikelihoodLossOp op) {
  Tensor scores = node.get(op.getInput());
  Loss loss{node.get(op.getTarget()), node.get(op.getWeight()), op.getIgnoreIndex(), op.getReduction()};
  if (failed(checkRanks(node, scores, loss.labels)))
    return failure();
  return setLoss(node, op.getLoss(), loss, scores, {}, {});
}

} // namespace

void addLosses(OperatorList &list) {
  list.add<onnx::NegativeLogLikelihoodLossOp>(lowerNegativeLogLikelihoodLoss);
  list.add<onnx::SoftmaxCrossEntropyLossOp>(lowerSoftmaxCrossEntropyLoss);
}

} // namespace motion
