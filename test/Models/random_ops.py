"""Random steps for random graphs: each adds one operation (with its constants) to a RandomGraph, or finds no operand that fits.

Enters: a RandomGraph with values of known shape. Leaves: it with one step more. Where a value's first axis is the symbolic batch no step
but `recurrent` touches that axis. Operations are continuous, so that rounding never decides between two results.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from random_graphs import RandomGraph, Value

# Unary operators and their attributes; each maps moderate values to moderate values.
UNARY: list[tuple[str, dict[str, float]]] = [
    ("Relu", {}), ("Neg", {}), ("Abs", {}), ("Tanh", {}), ("Sigmoid", {}), ("Erf", {}), ("Softplus", {}), ("Sin", {}), ("Cos", {}),
    ("Atan", {}), ("Identity", {}), ("LeakyRelu", {"alpha": 0.1}), ("Elu", {"alpha": 0.7}), ("HardSigmoid", {"alpha": 0.3, "beta": 0.4}),
    ("HardSwish", {}), ("Softsign", {}), ("Selu", {}), ("Celu", {"alpha": 1.5}), ("ThresholdedRelu", {"alpha": 0.0}), ("Mish", {})]
REDUCTIONS = ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"]


def unary(g: RandomGraph) -> None:
    op, attributes = g.choose(UNARY)
    g.emit(op, [g.any_value()], **attributes)


def exponential(g: RandomGraph) -> None:
    bounded = g.emit("Tanh", [g.any_value()])
    g.emit("Exp", [bounded])


def square_root(g: RandomGraph) -> None:
    positive = g.emit("Add", [g.emit("Abs", [g.any_value()]), g.constant(0.5)])
    g.emit(g.choose(["Sqrt", "Log", "Reciprocal"]), [positive])


def clip(g: RandomGraph) -> None:
    g.emit("Clip", [g.any_value(), g.constant(-0.75), g.constant(1.25)])


def binary_constant(g: RandomGraph) -> None:
    """With a constant that broadcasts: some of the trailing axes, some of them 1."""
    x = g.any_value()
    first = int(g.rng.integers(1 if x.batched else 0, x.rank + 1))
    shape = [size if g.rng.random() < 0.6 else 1 for size in x.shape[first:]]
    operands = [x, g.normal(shape)]
    if g.rng.random() < 0.5:
        operands.reverse()
    g.emit(g.choose(["Add", "Sub", "Mul", "Max", "Min"]), operands)


def binary_values(g: RandomGraph) -> None:
    x = g.any_value()
    y = g.any_value(lambda v: v.batched == x.batched and _broadcasts(x, v))
    if y:
        g.emit(g.choose(["Add", "Sub", "Mul", "Max", "Min"]), [x, y])


def divide(g: RandomGraph) -> None:
    x = g.any_value()
    g.emit("Div", [x, g.emit("Add", [g.emit("Abs", [x]), g.constant(1.0)])])


def where(g: RandomGraph) -> None:
    """The larger of a value and a constant, by comparison and Where."""
    x, bound = g.any_value(), g.constant(0.3)
    g.emit("Where", [g.emit("Greater", [x, bound], keep=False), x, bound])


def power(g: RandomGraph) -> None:
    g.emit("Pow", [g.any_value(), g.constant(float(g.choose([2, 3])))])


def matmul(g: RandomGraph) -> None:
    """With a constant matrix on either side."""
    x = g.any_value(lambda v: v.rank >= 2 + v.batched)
    if not x:
        return
    size = int(g.rng.integers(1, 20))
    if g.rng.random() < 0.7:
        g.emit("MatMul", [x, g.weight([x.shape[-1], size], x.shape[-1])])
    else:
        g.emit("MatMul", [g.weight([size, x.shape[-2]], x.shape[-2]), x])


def matmul_values(g: RandomGraph) -> None:
    """A value times its own transpose: attention's scores."""
    x = g.any_value(lambda v: v.rank >= 2 + v.batched and v.rank >= 3)
    if x:
        order = [*range(x.rank - 2), x.rank - 1, x.rank - 2]
        scaled = g.emit("Mul", [x, g.constant(1.0 / math.sqrt(x.shape[-1]))])
        g.emit("MatMul", [scaled, g.emit("Transpose", [x], perm=order)])


def gemm(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.rank == 2)
    if not x:
        return
    size, transposed = int(g.rng.integers(1, 40)), bool(g.rng.random() < 0.5)
    weight = g.weight([size, x.shape[1]] if transposed else [x.shape[1], size], x.shape[1])
    operands = [x, weight] + ([g.normal(g.choose([[size], [1, size], [1], []]))] if g.rng.random() < 0.7 else [])
    alpha, beta = g.choose([(1.0, 1.0), (0.5, 1.0), (1.0, 0.25)])
    g.emit("Gemm", operands, transB=int(transposed), alpha=alpha, beta=beta)


def reduce(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.rank > v.batched)
    if not x:
        return
    free = list(range(int(x.batched), x.rank))
    axes = sorted(g.rng.choice(free, int(g.rng.integers(1, len(free) + 1)), replace=False).tolist())
    if g.rng.random() < 0.3:
        axes = [axis - x.rank for axis in axes]
    g.emit(g.choose(REDUCTIONS), [x, g.integers(axes)], keepdims=int(g.rng.random() < 0.5))


def softmax(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.rank > v.batched)
    if x:
        g.emit(g.choose(["Softmax", "LogSoftmax"]), [x], axis=int(g.rng.integers(int(x.batched), x.rank)))


def layer_norm(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.rank > v.batched and v.shape[-1] > 3)
    if x:
        g.emit("LayerNormalization", [x, g.normal([x.shape[-1]]), g.normal([x.shape[-1]])], axis=-1, epsilon=1e-3)


def transpose(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.rank > 1 + v.batched)
    if x:
        fixed = [0] if x.batched else []
        g.emit("Transpose", [x], perm=fixed + g.rng.permutation(range(len(fixed), x.rank)).tolist())


def reshape(g: RandomGraph) -> None:
    """To one or two free axes; the batch is copied by 0, or read from the shape."""
    x = g.any_value(lambda v: v.rank > v.batched)
    if not x:
        return
    count = math.prod(x.shape[int(x.batched):])
    divisors = [d for d in range(1, count + 1) if count % d == 0]
    first = g.choose(divisors)
    target = g.choose([[count], [first, count // first], [-1], [first, -1]])
    if x.batched and g.rng.random() < 0.3:
        size = g.emit("Slice", [g.emit("Shape", [x], keep=False), g.integers([0]), g.integers([1])], keep=False)
        g.emit("Reshape", [x, g.emit("Concat", [size, g.integers(target)], keep=False, axis=0)])
    else:
        g.emit("Reshape", [x, g.integers(([0] if x.batched else []) + target)])


def flatten(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.batched and v.rank > 1)
    if x:
        g.emit("Flatten", [x], axis=1)


def unsqueeze(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.rank < 4)
    if x:
        g.emit("Unsqueeze", [x, g.integers([int(g.rng.integers(int(x.batched), x.rank + 1))])])


def concat(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.rank > v.batched)
    if not x:
        return
    axis = int(g.rng.integers(int(x.batched), x.rank))
    fits = [v for v in g.values if v.batched == x.batched and v.rank == x.rank and
            all(i == axis or n == m for i, (n, m) in enumerate(zip(v.shape, x.shape)))]
    g.emit("Concat", [x, *(g.choose(fits) for _ in range(int(g.rng.integers(1, 3))))], axis=axis)


def slice_axis(g: RandomGraph) -> None:
    """One axis, forward or backward, with a step."""
    x = g.any_value(lambda v: v.rank > v.batched and v.shape[-1] > 2)
    if not x:
        return
    size, step = x.shape[-1], g.choose([1, 1, 2, 3, -1, -2])
    start, end = (int(g.rng.integers(0, 2)), size - int(g.rng.integers(0, 2))) if step > 0 else (size - 1, g.choose([0, -size - 1]))
    g.emit("Slice", [x, g.integers([start]), g.integers([end]), g.integers([-1]), g.integers([step])])


def pad(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.rank > v.batched and all(n > 2 for n in v.shape[int(v.batched):]))
    if x:
        amounts = [[int(n) for n in g.rng.integers(0, 3, x.rank)] for _ in range(2)]
        if x.batched:
            amounts[0][0] = amounts[1][0] = 0
        g.emit("Pad", [x, g.integers(amounts[0] + amounts[1])], mode=g.choose(["constant", "reflect", "edge"]))


def gather(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.rank > v.batched)
    if x:
        axis = int(g.rng.integers(int(x.batched), x.rank))
        indices = g.rng.integers(-x.shape[axis], x.shape[axis], int(g.rng.integers(1, 6))).tolist()
        g.emit("Gather", [x, g.integers(indices)], axis=axis)


def expand(g: RandomGraph) -> None:
    x = g.any_value(lambda v: 1 in v.shape[int(v.batched):])
    if x:
        shape = [3 if n == 1 else n for n in x.shape]
        g.emit("Expand", [x, g.integers([1, *shape[1:]] if x.batched else shape)])


def conv(g: RandomGraph) -> None:
    """One or two spatial axes, grouped, strided, dilated, padded by numbers or by name."""
    x = g.any_value(lambda v: v.batched and v.rank in (3, 4) and min(v.shape[2:]) > 2)
    if not x:
        return
    rank, channels = x.rank - 2, x.shape[1]
    group = g.choose([d for d in (1, 1, 2, channels) if channels % d == 0])
    kernel = [int(g.rng.integers(1, min(n, 5) + 1)) for n in x.shape[2:]]
    strides = [g.choose([1, 1, 2]) for _ in kernel]
    dilations = [g.choose([1, 2]) if 2 * (k - 1) < n else 1 for k, n in zip(kernel, x.shape[2:])]
    window = {"kernel_shape": kernel, "strides": strides, "dilations": dilations}
    if g.rng.random() < 0.3 and dilations == [1] * rank:
        window["auto_pad"] = g.choose(["SAME_UPPER", "SAME_LOWER", "VALID"])
    else:
        window["pads"] = [int(g.rng.integers(0, k)) for k in kernel * 2]
    out = group * int(g.rng.integers(1, 18))
    operands = [x, g.weight([out, channels // group, *kernel], channels // group * math.prod(kernel))]
    g.emit("Conv", operands + ([g.normal([out])] if g.rng.random() < 0.7 else []), group=group, **window)


def pool(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.batched and v.rank in (3, 4) and min(v.shape[2:]) > 2)
    if not x:
        return
    kernel = [int(g.rng.integers(1, min(n, 4) + 1)) for n in x.shape[2:]]
    pads = [int(g.rng.integers(0, k)) for k in kernel * 2]
    window = {"kernel_shape": kernel, "strides": [g.choose([1, 2]) for _ in kernel], "pads": pads}
    if g.rng.random() < 0.6:
        g.emit("MaxPool", [x], **window)
    else:
        g.emit("AveragePool", [x], count_include_pad=int(g.rng.random() < 0.5), **window)


def global_pool(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.batched and v.rank in (3, 4))
    if x:
        g.emit(g.choose(["GlobalAveragePool", "GlobalMaxPool"]), [x])


def batch_norm(g: RandomGraph) -> None:
    x = g.any_value(lambda v: v.batched and v.rank >= 2)
    if x:
        count = x.shape[1]
        variance = g.array(g.rng.uniform(0.5, 2.0, count).astype(np.float32))
        g.emit("BatchNormalization", [x, g.normal([count]), g.normal([count]), g.normal([count]), variance], epsilon=1e-3)


def recurrent(g: RandomGraph) -> None:
    """Along the first axis: the batch, or fewer steps than are unrolled, or more."""
    x = g.any_value(lambda v: v.rank == 3)
    if x:
        if not x.batched:
            x = g.emit("Gather", [x, g.integers(g.rng.integers(0, x.shape[0], g.choose([3, 12])).tolist())], axis=0)
        op, gates = g.choose([("RNN", 1), ("GRU", 3), ("LSTM", 4)])
        width, hidden = x.shape[2], int(g.rng.integers(1, 20))
        operands = [x, g.weight([1, gates * hidden, width], width), g.weight([1, gates * hidden, hidden], hidden), g.normal([1, 2 * gates * hidden])]
        g.emit(op, operands, hidden_size=hidden)


def _broadcasts(x: Value, y: Value) -> bool:
    """Equal ranks where both are batched, so that the batch meets the batch; sizes equal or 1."""
    return (not x.batched or x.rank == y.rank) and all(n == m or 1 in (n, m) for n, m in zip(x.shape[::-1], y.shape[::-1]))


STEPS: Sequence[Callable[[RandomGraph], None]] = (
    unary, unary, unary, exponential, square_root, clip, binary_constant, binary_constant, binary_values, binary_values, divide, where,
    power, matmul, matmul, matmul_values, gemm, gemm, reduce, reduce, softmax, layer_norm, transpose, reshape, flatten, unsqueeze, concat,
    slice_axis, pad, gather, expand, conv, conv, conv, pool, global_pool, batch_norm, recurrent)
