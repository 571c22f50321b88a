// If, and loops whose number of iterations is known when compiling: bodies are lowered in place, once per iteration.
//   onnx.If(%c) {then} {else}      ->  the branch that is taken, or both and a selection between their results
//   onnx.Loop(4, , %v) {body}      ->  the body four times; scan outputs are written side by side into one tensor, whose declared size may tell how often
// Bodies have no effects, so that running both branches is right.
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/LowerBlock.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

namespace {

/// Iterations up to which a loop is unrolled.
constexpr int64_t mostIterations = 64;

void forget(Node &node, Block &block) {
  const auto drop = [&](Value value) {
    node.getValues().tensors.erase(value);
    node.getValues().scalars.erase(value);
  };
  for (Value argument : block.getArguments())
    drop(argument);
  block.walk([&](Operation *op) {
    for (Value result : op->getResults())
      drop(result);
    for (Region &region : op->getRegions())
      for (Value argument : region.getArguments())
        drop(argument);
  });
}

/// A lowered value: a tensor, or the elements of a small integer tensor.
struct Lowered {
  Tensor tensor;
  std::optional<Sizes> scalars;
};

Lowered valueOf(Node &node, Value onnx) {
  if (std::optional<Sizes> scalars = node.knownScalars(onnx))
    return {{}, scalars};
  return {node.get(onnx), std::nullopt};
}

void bind(Node &node, Value onnx, const Lowered &value) {
  if (value.scalars)
    node.getValues().scalars[onnx] = *value.scalars;
  else
    node.getValues().tensors[onnx] = value.tensor;
}

/// Lowers `body` with `arguments` for its arguments; gives what it yields.
FailureOr<SmallVector<Lowered>> lowerBody(Node &node, Region &body, ArrayRef<Lowered> arguments) {
  Block &block = body.front();
  forget(node, block);
  if (block.getNumArguments() != arguments.size()) {
    (void)node.refuse(std::to_string(block.getNumArguments()) + " values for the body", std::to_string(arguments.size()));
    return failure();
  }
  for (auto [argument, value] : llvm::zip(block.getArguments(), arguments))
    bind(node, argument, value);
  if (failed(lowerBlock(block, node, node.getValues(), node.getOperators())))
    return failure();
  SmallVector<Lowered> results;
  for (Value value : block.getTerminator()->getOperands())
    results.push_back(valueOf(node, value));
  return results;
}

/// The value of a bool that is known when compiling.
std::optional<bool> knownCondition(Node &node, Value onnx) {
  auto elements = node.constants(onnx);
  return elements && elements->size() == 1 ? std::optional<bool>(elements->front() != 0) : std::nullopt;
}

// ---- If ----

Tensor asTensor(Node &node, const Lowered &value, Value onnx) {
  if (!value.scalars)
    return value.tensor;
  bind(node, onnx, value);
  Tensor tensor = node.get(onnx);
  node.getValues().scalars.erase(onnx);
  return tensor;
}

LogicalResult selectResult(Node &node, Value condition, Value result, const Tensor &yes, const Tensor &no) {
  const Sizes sizes = node.sizes(yes), others = node.sizes(no);
  if (yes.element != no.element || sizes.size() != others.size() || !llvm::all_of(llvm::zip(sizes, others), [](auto pair) { return sameSize(std::get<0>(pair), std::get<1>(pair)); }))
    return node.refuse("branches whose results have equal shapes, or a condition that is known when compiling",
                       spell(yes.value.getType()) + " and " + spell(no.value.getType()));
  AffineMap identity = AffineMap::getMultiDimIdentityMap(sizes.size(), node.getContext());
  return node.set(result, pointwise(node, yes.element, sizes, {yes, no}, {identity, identity}, [&](Scalars &s, ValueRange v) { return s.select(condition, v[0], v[1]); }));
}

LogicalResult lowerIf(Node &node, onnx::IfOp op) {
  if (std::optional<bool> known = knownCondition(node, op.getCond())) {
    FailureOr<SmallVector<Lowered>> values = lowerBody(node, *known ? op.getThenBranch() : op.getElseBranch(), {});
    if (failed(values))
      return failure();
    for (auto [result, value] : llvm::zip(op->getResults(), *values))
      bind(node, result, value);
    return success();
  }
  FailureOr<SmallVector<Lowered>> yes = lowerBody(node, op.getThenBranch(), {}), no = lowerBody(node, op.getElseBranch(), {});
  if (failed(yes) || failed(no))
    return failure();
  Tensor condition = node.get(op.getCond());
  if (condition.rank() != 0)
    condition = node.reshape(condition, {});
  Value taken = tensor::ExtractOp::create(node, condition.value, ValueRange());
  for (auto [result, a, b] : llvm::zip(op->getResults(), *yes, *no))
    if (failed(selectResult(node, taken, result, asTensor(node, a, result), asTensor(node, b, result))))
      return failure();
  return success();
}

// ---- Loop and Scan ----

/// Tensors of equal sizes side by side along a new dimension.
FailureOr<Tensor> stack(Node &node, ArrayRef<Tensor> parts, int64_t axis, bool backwards) {
  const Sizes part = node.sizes(parts.front());
  Sizes sizes = part, extents = part, offsets(part.size() + 1, node.index(0)), strides(part.size() + 1, node.index(1));
  sizes.insert(sizes.begin() + axis, node.index(parts.size()));
  extents.insert(extents.begin() + axis, node.index(1));
  Value result = node.empty(sizes, parts.front().type().getElementType());
  for (auto [i, tensor] : llvm::enumerate(parts)) {
    if (tensor.type() != parts.front().type()) {
      (void)node.refuse("scan outputs of one shape", spell(parts.front().value.getType()) + " and " + spell(tensor.value.getType()));
      return failure();
    }
    offsets[axis] = node.index(backwards ? parts.size() - 1 - i : i);
    result = tensor::InsertSliceOp::create(node, tensor.value, result, offsets, extents, strides);
    node.getValues().sizes[result] = sizes;
  }
  return Tensor{result, parts.front().element};
}

/// Element `at` of a tensor along an axis.
Tensor slice(Node &node, const Tensor &tensor, int64_t axis, int64_t at) {
  Sizes sizes = node.sizes(tensor), offsets(sizes.size(), node.index(0)), strides(sizes.size(), node.index(1)), kept = sizes;
  offsets[axis] = node.index(at);
  sizes[axis] = node.index(1);
  kept.erase(kept.begin() + axis);
  SmallVector<int64_t> shape(tensor.type().getShape());
  shape.erase(shape.begin() + axis);
  auto type = RankedTensorType::get(shape, tensor.type().getElementType());
  Value result = tensor::ExtractSliceOp::create(node, type, tensor.value, offsets, sizes, strides);
  node.getValues().sizes[result] = kept;
  return {result, tensor.element};
}

/// How often a loop runs, from the declared size of what it stacks: nothing where it stacks nothing, or that is unknown.
std::optional<int64_t> declaredTrips(onnx::LoopOp op) {
  for (Value result : op->getResults().drop_front(op.getVInitial().size()))
    if (auto type = dyn_cast<RankedTensorType>(result.getType()); type && type.getRank() && !type.isDynamicDim(0))
      return type.getDimSize(0);
  return std::nullopt;
}

LogicalResult lowerLoop(Node &node, onnx::LoopOp op) {
  auto trips = op.getM() ? node.constants(op.getM()) : SmallVector<int64_t>{mostIterations + 1};
  std::optional<bool> go = op.getCond() ? knownCondition(node, op.getCond()) : true;
  const auto unknown = [&] {
    return node.refuse("a loop whose number of iterations is known when compiling and at most " + std::to_string(mostIterations), "one that depends on the inputs, or more");
  };
  // Conditions need no look where the declared results tell.
  const std::optional<int64_t> declared = !trips || !go ? declaredTrips(op) : std::nullopt;
  if (declared) {
    trips = {*declared};
    go = true;
  }
  if (!trips || trips->size() != 1 || !go)
    return unknown();
  const size_t carried = op.getVInitial().size(), scanned = op->getNumResults() - carried;
  SmallVector<Lowered> state;
  for (Value value : op.getVInitial())
    state.push_back(valueOf(node, value));
  SmallVector<SmallVector<Tensor>> outputs(scanned);
  Block &body = op.getBody().front();
  for (int64_t i = 0; i < trips->front() && *go; ++i) {
    if (i == mostIterations)
      return unknown();
    SmallVector<Lowered> arguments{{{}, Sizes{node.index(i)}}, {{}, Sizes{node.index(1)}}};
    arguments.append(state);
    FailureOr<SmallVector<Lowered>> results = lowerBody(node, op.getBody(), arguments);
    if (failed(results))
      return failure();
    go = declared ? true : knownCondition(node, body.getTerminator()->getOperand(0));
    if (!go)
      return unknown();
    state.assign(results->begin() + 1, results->begin() + 1 + carried);
    for (size_t k = 0; k < scanned; ++k)
      outputs[k].push_back(asTensor(node, (*results)[1 + carried + k], body.getTerminator()->getOperand(1 + carried + k)));
  }
  for (auto [result, value] : llvm::zip(op->getResults(), state))
    bind(node, result, value);
  for (auto [result, parts] : llvm::zip(op->getResults().drop_front(carried), outputs)) {
    if (parts.empty())
      return node.refuse("at least one iteration where the loop has scan outputs", "none");
    FailureOr<Tensor> all = stack(node, parts, 0, false);
    if (failed(all) || failed(node.set(result, *all)))
      return failure();
  }
  return success();
}

int64_t entry(std::optional<ArrayRef<int64_t>> values, size_t i) { return values && i < values->size() ? (*values)[i] : 0; }

LogicalResult lowerScan(Node &node, onnx::ScanOp op) {
  const size_t scanned = op.getNumScanInputs(), carried = op->getNumOperands() - scanned, produced = op->getNumResults() - carried;
  SmallVector<Lowered> state;
  SmallVector<Tensor> inputs;
  std::optional<int64_t> trips;
  for (auto [i, value] : llvm::enumerate(op->getOperands())) {
    if (i < carried) {
      state.push_back(valueOf(node, value));
      continue;
    }
    inputs.push_back(node.get(value));
    const int64_t axis = normaliseAxis(entry(op.getScanInputAxes(), i - carried), inputs.back().rank());
    auto length = constantSize(node.sizes(inputs.back())[axis]);
    if (!length || *length < 1 || *length > mostIterations || trips.value_or(*length) != *length)
      return node.refuse("scan inputs of one length that is known when compiling and at most " + std::to_string(mostIterations), spell(value.getType()));
    trips = length;
  }
  SmallVector<SmallVector<Tensor>> outputs(produced);
  Block &body = op.getBody().front();
  for (int64_t i = 0; i < trips.value_or(0); ++i) {
    SmallVector<Lowered> arguments(state);
    for (auto [k, input] : llvm::enumerate(inputs)) {
      const int64_t axis = normaliseAxis(entry(op.getScanInputAxes(), k), input.rank());
      arguments.push_back({slice(node, input, axis, entry(op.getScanInputDirections(), k) ? *trips - 1 - i : i), std::nullopt});
    }
    FailureOr<SmallVector<Lowered>> results = lowerBody(node, op.getBody(), arguments);
    if (failed(results))
      return failure();
    state.assign(results->begin(), results->begin() + carried);
    for (size_t k = 0; k < produced; ++k)
      outputs[k].push_back(asTensor(node, (*results)[carried + k], body.getTerminator()->getOperand(carried + k)));
  }
  for (auto [result, value] : llvm::zip(op->getResults(), state))
    bind(node, result, value);
  for (auto [k, parts] : llvm::enumerate(outputs)) {
    const int64_t axis = parts.empty() ? 0 : normaliseAxis(entry(op.getScanOutputAxes(), k), parts.front().rank() + 1);
    FailureOr<Tensor> all = parts.empty() ? FailureOr<Tensor>(failure()) : stack(node, parts, axis, entry(op.getScanOutputDirections(), k));
    if (failed(all) || failed(node.set(op->getResult(carried + k), *all)))
      return failure();
  }
  return success();
}

} // namespace

void addControlFlow(OperatorList &list) {
  list.add<onnx::IfOp>(lowerIf);
  list.add<onnx::LoopOp>(lowerLoop);
  list.add<onnx::ScanOp>(lowerScan);
}

} // namespace motion
