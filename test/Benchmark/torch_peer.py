"""Times a model in PyTorch, eagerly from Python, as its users run it. Not driven from C: the call of Python is counted.

Enters: a model, a manifest (Workload.h), cores, threads. Leaves: one JSON object as motion-bench prints for a peer. Only used when
PyTorch is in the environment; an operator that is not in the table below ends the program with a message.

    torch_peer.py MODEL MANIFEST --cores 0 --threads 1 --rounds 20 --slice 0.01
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper

from workload import read_manifest

Operator = Callable[..., torch.Tensor]


def _padded(x: torch.Tensor, attributes: dict, value: float) -> torch.Tensor:
    """`x` with the node's padding; ONNX lists all starts and then all ends, PyTorch pairs from the last axis on."""
    pads = attributes.get("pads", [])
    if not any(pads):
        return x
    half = len(pads) // 2
    return F.pad(x, [pad for axis in reversed(range(half)) for pad in (pads[axis], pads[axis + half])], value=value)


def _convolution(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, **attributes: object) -> torch.Tensor:
    rank = weight.dim() - 2
    pads = attributes.get("pads", [0] * (2 * rank))
    padding = pads[:rank]
    if padding != pads[rank:]:
        x, padding = _padded(x, attributes, 0.0), [0] * rank
    function = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[rank]
    return function(x, weight, bias, attributes.get("strides", [1] * rank), padding, attributes.get("dilations", [1] * rank),
                    attributes.get("group", 1))


def _max_pool(x: torch.Tensor, **attributes: object) -> torch.Tensor:
    function = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}[x.dim() - 2]
    return function(_padded(x, attributes, float("-inf")), attributes["kernel_shape"], attributes.get("strides"))


def _gemm(a: torch.Tensor, b: torch.Tensor, c: torch.Tensor | None = None, **attributes: object) -> torch.Tensor:
    a = a.t() if attributes.get("transA") else a
    product = F.linear(a, b if attributes.get("transB") else b.t(), c if attributes.get("beta", 1.0) == 1.0 else None)
    return product if attributes.get("alpha", 1.0) == 1.0 else attributes["alpha"] * product


def _softmax_loss(scores: torch.Tensor, labels: torch.Tensor, **attributes: object) -> torch.Tensor:
    return F.cross_entropy(scores, labels, reduction=attributes.get("reduction", b"mean").decode())


OPERATORS: dict[str, Operator] = {
    "Add": lambda a, b: a + b, "Sub": lambda a, b: a - b, "Mul": lambda a, b: a * b, "Div": lambda a, b: a / b,
    "Pow": lambda a, b: a ** b, "Cos": torch.cos, "Sin": torch.sin, "Relu": F.relu, "Tanh": torch.tanh, "Sigmoid": torch.sigmoid,
    "LeakyRelu": lambda x, alpha=0.01: F.leaky_relu(x, alpha), "Dropout": lambda x, *_, **__: x,
    "Softmax": lambda x, axis=-1: F.softmax(x, axis), "Flatten": lambda x, axis=1: x.reshape(*x.shape[:axis], -1),
    "Gather": lambda x, index, axis=0: x.select(axis, int(index)), "MatMul": torch.matmul, "Gemm": _gemm, "Conv": _convolution,
    "MaxPool": _max_pool, "SoftmaxCrossEntropyLoss": _softmax_loss,
    "ReduceSum": lambda x, axes, keepdims=1: x.sum(axes.tolist(), keepdim=bool(keepdims)),
    "BatchNormalization": lambda x, w, b, mean, var, epsilon=1e-5, **_: F.batch_norm(x, mean, var, w, b, eps=epsilon),
    "Reshape": lambda x, shape: x.reshape([x.shape[i] if size == 0 else size for i, size in enumerate(shape.tolist())]),
}


def build(model: onnx.ModelProto) -> Callable[[dict[str, torch.Tensor]], list[torch.Tensor]]:
    """A function from inputs by name to the list of outputs; the weights are inside."""
    constants = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in model.graph.initializer}
    steps = []
    for node in model.graph.node:
        attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
        if node.op_type == "Constant":
            constants[node.output[0]] = torch.from_numpy(numpy_helper.to_array(attributes["value"]).copy())
        elif node.op_type in OPERATORS:
            steps.append((OPERATORS[node.op_type], tuple(node.input), attributes, node.output[0]))
        else:
            sys.exit(f"torch_peer: no PyTorch form of operator {node.op_type}")
    outputs = [value.name for value in model.graph.output]

    def run(inputs: dict[str, torch.Tensor]) -> list[torch.Tensor]:
        values = {**constants, **inputs}
        for function, names, attributes, output in steps:
            values[output] = function(*(values[name] for name in names), **attributes)
        return [values[name] for name in outputs]

    return run


def error_of(results: list[torch.Tensor], expected: dict[str, np.ndarray]) -> float:
    """As motion-bench: largest difference over largest expected value, of all outputs the worst."""
    pairs = zip(results, expected.values())
    return max(float(np.max(np.abs(result.numpy() - wanted)) / np.max(np.abs(wanted))) for result, wanted in pairs)


def measure(function: Callable[[], object], rounds: int, seconds: float) -> dict:
    """The same rounds as motion-bench, one call per sample."""
    samples, minima = [], []
    for _ in range(rounds):
        for _ in range(3):
            function()
        start, own = time.perf_counter(), []
        while len(own) < 3 or time.perf_counter() - start < seconds:
            before = time.perf_counter()
            function()
            own.append((time.perf_counter() - before) * 1e6)
        samples += own
        minima.append(min(own))
    samples.sort()
    return {"minimum": samples[0], "median_of_minima": statistics.median(minima), "median": samples[(len(samples) - 1) // 2],
            "p99": samples[-(-99 * len(samples) // 100) - 1], "samples": len(samples), "calls_per_sample": 1}


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Time a model in PyTorch.")
    parser.add_argument("model", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--cores", default="0")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--slice", type=float, default=0.01)
    options = parser.parse_args(arguments)
    os.sched_setaffinity(0, {int(core) for core in options.cores.split(",")})
    torch.set_num_threads(options.threads)
    arrays, expected = read_manifest(options.manifest)
    inputs = {name: torch.from_numpy(array) for name, array in arrays.items()}
    run = build(onnx.load(options.model))
    with torch.inference_mode():
        error = error_of(run(inputs), expected)
        result = measure(lambda: run(inputs), options.rounds, options.slice)
    print(json.dumps({"version": torch.__version__, "error": error, **result}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
