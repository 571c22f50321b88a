// RNN, GRU and LSTM: one contraction for the products with x of all steps, then per step one with the state and the gates as pointwise ops.
//   onnx.LSTM(%x : 50x1x128, %w, %r, %b)  ->  kernel.contract for [50, 1, 512], and 50 times: kernel.contract [1, 512], %c and %h of the step
// Formulas and gate orders are those of the ONNX operator reference.
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Recurrence.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

namespace {

template <typename Op> Recurrence recurrenceOf(Node &node, Op op, int64_t gates) {
  Recurrence result{node, gates, node.get(op.getX()), node.get(op.getW()), node.get(op.getR()), node.get(op.getB()), node.get(op.getSequenceLens()),
                    node.get(op.getInitialH()), {}, {}};
  result.direction = op.getDirection().str();
  result.batchFirst = op.getLayout();
  if (op.getClip())
    result.clip = op.getClip()->convertToDouble();
  return result;
}

/// Runs all steps of all directions: `step(d, t)` gives h of one step for y. The last `states` of each direction go to `last`.
template <typename Start, typename Step>
Tensor run(Recurrence &recurrence, ArrayRef<Tensor *> states, ArrayRef<SmallVector<Tensor> *> last, Start start, Step step) {
  Tensor y = recurrence.emptyRecord();
  for (int64_t d = 0; d < recurrence.directions(); ++d) {
    start(d);
    recurrence.run(d, y, states, [&](OpFoldResult t) { return step(d, t); });
    for (auto [state, all] : llvm::zip(states, last))
      all->push_back(*state);
  }
  return y;
}

/// Adds the values from `first` on.
Value sum(Scalars &s, ValueRange values) {
  Value result = values.front();
  for (Value value : values.drop_front())
    result = s.add(result, value);
  return result;
}

/// What y records where the sequence may have ended: h of the step, or zeros.
Tensor visible(Recurrence &recurrence, OpFoldResult t, const Tensor &h) {
  return recurrence.lengths ? recurrence.perState(t, {h}, {recurrence.state()}, {}, [](Scalars &, ValueRange v) { return v[0]; }) : h;
}

// ---- RNN ----

LogicalResult lowerRnn(Node &node, onnx::RNNOp op) {
  Recurrence rec = recurrenceOf(node, op, 1);
  if (failed(rec.begin(op.getActivations(), op.getActivationAlpha(), op.getActivationBeta(), {"Tanh"})))
    return failure();
  Tensor products, matrix, bias, h;
  SmallVector<Tensor> last;
  Tensor y = run(rec, {&h}, {&last}, [&](int64_t d) {
    products = rec.inputProducts(d);
    matrix = rec.stateMatrix(d, 0, 1);
    bias = rec.sumOfBiases(d);
    h = rec.initialState(rec.initialH, d);
  }, [&](int64_t d, OpFoldResult t) {
    SmallVector<Tensor> inputs{rec.atStep(products, t), rec.stateProducts(h, matrix, 1)};
    SmallVector<AffineMap> maps{rec.gate(0), rec.gate(0)};
    if (bias) {
      inputs.push_back(bias);
      maps.push_back(rec.vector(0));
    }
    h = rec.perState(t, inputs, maps, h, [&](Scalars &s, ValueRange v) { return rec.activate(s, d, 0, sum(s, v)); });
    return visible(rec, t, h);
  });
  return success(succeeded(rec.set(op.getY(), y)) && succeeded(rec.set(op.getYH(), rec.lastStates(last))));
}

// ---- GRU ----

struct Gru {
  Recurrence &rec;
  bool linearBeforeReset;
  Tensor products, matrix, candidateMatrix, bias, stateBias, h;

  void start(int64_t d) {
    products = rec.inputProducts(d);
    matrix = rec.stateMatrix(d, 0, linearBeforeReset ? 3 : 2);
    candidateMatrix = linearBeforeReset ? Tensor() : rec.stateMatrix(d, 2, 1);
    bias = rec.sumOfBiases(d, linearBeforeReset ? 2 : -1);
    stateBias = linearBeforeReset ? rec.stateBias(d) : Tensor();
    h = rec.initialState(rec.initialH, d);
  }

  /// f(products with x and with the state + bias) of the update (0) or reset (1) gate, as part of one pointwise op.
  Value gate(Scalars &s, int64_t d, Value product, Value state, Value added) {
    Value total = s.add(product, state);
    return rec.activate(s, d, 0, added ? s.add(total, added) : total);
  }

  Tensor step(int64_t d, OpFoldResult t) {
    const bool biased = static_cast<bool>(bias);
    Tensor now = rec.atStep(products, t);
    // Operands of a gate: its products, and its bias where there is one.
    SmallVector<Tensor> inputs;
    SmallVector<AffineMap> maps;
    const auto add = [&](const Tensor &tensor, AffineMap map) {
      if (tensor) {
        inputs.push_back(tensor);
        maps.push_back(map);
      }
    };
    Tensor states = rec.stateProducts(h, matrix, linearBeforeReset ? 3 : 2), candidate;
    const auto addGate = [&](int64_t g) {
      add(now, rec.gate(g));
      add(states, rec.gate(g));
      add(bias, rec.vector(g));
    };
    const unsigned width = biased ? 3 : 2;
    const auto gateAt = [&](Scalars &s, ValueRange v, unsigned first) { return gate(s, d, v[first], v[first + 1], biased ? v[first + 2] : Value()); };
    if (!linearBeforeReset) {
      addGate(1);
      add(h, rec.state());
      Tensor reset = rec.perState(t, inputs, maps, h, [&](Scalars &s, ValueRange v) { return s.mul(gateAt(s, v, 0), v.back()); });
      candidate = rec.stateProducts(reset, candidateMatrix, 1);
      inputs.clear();
      maps.clear();
    }
    addGate(0);
    add(h, rec.state());
    add(now, rec.gate(2));
    add(bias, rec.vector(2));
    if (linearBeforeReset) {
      add(states, rec.gate(2));
      add(stateBias, rec.vector(2));
      addGate(1);
    } else {
      add(candidate, rec.gate(0));
    }
    h = rec.perState(t, inputs, maps, h, [&](Scalars &s, ValueRange v) {
      unsigned next = width;
      Value z = gateAt(s, v, 0), before = v[next++], x = v[next++];
      if (biased)
        x = s.add(x, v[next++]);
      Value state = v[next++];
      if (linearBeforeReset) {
        if (biased)
          state = s.add(state, v[next++]);
        state = s.mul(gateAt(s, v, next), state);
      }
      Value proposed = rec.activate(s, d, 1, s.add(x, state));
      return s.add(s.mul(s.sub(s.like(z, 1), z), proposed), s.mul(z, before));
    });
    return visible(rec, t, h);
  }
};

LogicalResult lowerGru(Node &node, onnx::GRUOp op) {
  Recurrence rec = recurrenceOf(node, op, 3);
  if (failed(rec.begin(op.getActivations(), op.getActivationAlpha(), op.getActivationBeta(), {"Sigmoid", "Tanh"})))
    return failure();
  Gru gru{rec, op.getLinearBeforeReset() != 0, {}, {}, {}, {}, {}, {}};
  SmallVector<Tensor> last;
  Tensor y = run(rec, {&gru.h}, {&last}, [&](int64_t d) { gru.start(d); }, [&](int64_t d, OpFoldResult t) { return gru.step(d, t); });
  return success(succeeded(rec.set(op.getY(), y)) && succeeded(rec.set(op.getYH(), rec.lastStates(last))));
}

// ---- LSTM ----

struct Lstm {
  enum Gate { input, output, forget, cell };
  Recurrence &rec;
  bool coupled; ///< the forget gate is 1 - the input gate
  Tensor products, matrix, bias, peepholes, h, c;

  void start(int64_t d) {
    products = rec.inputProducts(d);
    matrix = rec.stateMatrix(d, 0, 4);
    bias = rec.sumOfBiases(d);
    peepholes = rec.peepholes ? rec.node.reshape(rec.ofDirection(rec.peepholes, d), {rec.node.index(3), rec.node.index(rec.hidden)}) : Tensor();
    h = rec.initialState(rec.initialH, d);
    c = rec.initialState(rec.initialC, d);
  }

  /// One pointwise op over some gates: `body` gets the gates' sums before activation, then c.
  template <typename Body> Tensor combine(OpFoldResult t, const Tensor &now, const Tensor &states, ArrayRef<Gate> gates, const Tensor &cellState, const Tensor &ended, Body body) {
    SmallVector<Tensor> inputs{cellState};
    SmallVector<AffineMap> maps{rec.state()};
    for (Gate gate : gates) {
      inputs.append({now, states});
      maps.append(2, rec.gate(gate));
      if (bias) {
        inputs.push_back(bias);
        maps.push_back(rec.vector(gate));
      }
      if (peepholes && gate != cell) {
        inputs.push_back(peepholes);
        maps.push_back(rec.vector(gate));
      }
    }
    return rec.perState(t, inputs, maps, ended, [&](Scalars &s, ValueRange v) {
      SmallVector<Value> sums;
      unsigned next = 1;
      for (Gate gate : gates) {
        Value total = s.add(v[next], v[next + 1]);
        next += 2;
        if (bias)
          total = s.add(total, v[next++]);
        if (peepholes && gate != cell)
          total = s.add(total, s.mul(v[next++], v[0]));
        sums.push_back(total);
      }
      return body(s, sums, v[0]);
    });
  }

  Tensor step(int64_t d, OpFoldResult t) {
    Tensor now = rec.atStep(products, t), states = rec.stateProducts(h, matrix, 4);
    SmallVector<Gate> gates{input, cell};
    if (!coupled)
      gates.push_back(forget);
    c = combine(t, now, states, gates, c, c, [&](Scalars &s, ArrayRef<Value> sums, Value before) {
      Value in = rec.activate(s, d, 0, sums[0]), proposed = rec.activate(s, d, 1, sums[1]);
      Value kept = coupled ? s.sub(s.like(in, 1), in) : rec.activate(s, d, 0, sums[2]);
      return s.add(s.mul(kept, before), s.mul(in, proposed));
    });
    h = combine(t, now, states, {output}, c, h, [&](Scalars &s, ArrayRef<Value> sums, Value after) { return s.mul(rec.activate(s, d, 0, sums[0]), rec.activate(s, d, 2, after)); });
    return visible(rec, t, h);
  }
};

LogicalResult lowerLstm(Node &node, onnx::LSTMOp op) {
  Recurrence rec = recurrenceOf(node, op, 4);
  rec.initialC = node.get(op.getInitialC());
  rec.peepholes = node.get(op.getP());
  if (failed(rec.begin(op.getActivations(), op.getActivationAlpha(), op.getActivationBeta(), {"Sigmoid", "Tanh", "Tanh"})))
    return failure();
  Lstm lstm{rec, op.getInputForget() != 0, {}, {}, {}, {}, {}, {}};
  SmallVector<Tensor> lastH, lastC;
  Tensor y = run(rec, {&lstm.h, &lstm.c}, {&lastH, &lastC}, [&](int64_t d) { lstm.start(d); }, [&](int64_t d, OpFoldResult t) { return lstm.step(d, t); });
  return success(succeeded(rec.set(op.getY(), y)) && succeeded(rec.set(op.getYH(), rec.lastStates(lastH))) && succeeded(rec.set(op.getYC(), rec.lastStates(lastC))));
}

} // namespace

void addRecurrentOperators(OperatorList &list) {
  list.add<onnx::GRUOp>(lowerGru);
  list.add<onnx::LSTMOp>(lowerLstm);
  list.add<onnx::RNNOp>(lowerRnn);
}

} // namespace motion
