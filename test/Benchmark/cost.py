"""What a model must do at least: multiply-adds and weight bytes per node, and the time they need on this machine.

Enters: an ONNX model and the values of its symbolic dimensions. Leaves: one `NodeCost` per node; `bound` turns them into the
shortest possible time: each node takes the longer of computing and of streaming its weights (a roofline per node).
Convolutions count as direct convolutions, padding taps included, so an algorithm with fewer operations may pass the bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import onnx
from onnx import numpy_helper


@dataclass(frozen=True)
class NodeCost:
    """Work of one node."""

    name: str
    flops: int
    """Floating-point operations of products; a multiply-add counts as two. Other operations are left out."""
    weight_bytes: int
    """Bytes of initializers that this node is the first to read."""


@dataclass(frozen=True)
class Bound:
    """The shortest time in microseconds, and the two parts it is made of."""

    total: float
    compute: float
    memory: float

    @property
    def compute_bound(self) -> bool:
        """Long enough to measure, and computing takes at least four times as long as reading the weights."""
        return self.compute >= 20.0 and self.compute >= 4.0 * self.memory


def fix_dims(model: onnx.ModelProto, dims: Mapping[str, int]) -> onnx.ModelProto:
    """A copy of `model` with symbolic dimensions of inputs and outputs set, and all shapes inferred."""
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    for value in (*fixed.graph.input, *fixed.graph.output):
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param in dims:
                dim.dim_value = dims[dim.dim_param]
    del fixed.graph.value_info[:]
    return onnx.shape_inference.infer_shapes(fixed, strict_mode=True, data_prop=True)


def node_costs(model: onnx.ModelProto, dims: Mapping[str, int]) -> list[NodeCost]:
    """The cost of every node of the main graph."""
    fixed = fix_dims(model, dims)
    sizes = {tensor.name: numpy_helper.to_array(tensor).nbytes for tensor in fixed.graph.initializer}
    shapes = {tensor.name: list(tensor.dims) for tensor in fixed.graph.initializer}
    for value in (*fixed.graph.input, *fixed.graph.value_info, *fixed.graph.output):
        shapes.setdefault(value.name, [dim.dim_value for dim in value.type.tensor_type.shape.dim])
    costs = []
    for node in fixed.graph.node:
        weights = sum(sizes.pop(name, 0) for name in node.input)
        costs.append(NodeCost(node.name or node.op_type, _flops(node, shapes), weights))
    return costs


def _flops(node: onnx.NodeProto, shapes: Mapping[str, Sequence[int]]) -> int:
    if node.op_type not in ("Gemm", "MatMul", "Conv", "ConvTranspose"):
        return 0
    first, second, result = shapes[node.input[0]], shapes[node.input[1]], shapes[node.output[0]]
    if node.op_type == "Gemm":
        transposed = any(attribute.name == "transA" and attribute.i for attribute in node.attribute)
        return 2 * prod(result) * first[0 if transposed else 1]
    if node.op_type == "MatMul":
        return 2 * prod(result) * first[-1]
    if node.op_type == "Conv":
        return 2 * prod(result) * prod(second[1:])
    return 2 * prod(first) * prod(second[1:])


def weight_bytes(costs: Sequence[NodeCost]) -> int:
    """Bytes of all weights together."""
    return sum(cost.weight_bytes for cost in costs)


def bandwidth_at(curve: Sequence[Sequence[float]], megabytes: float) -> float:
    """GB/s at a size, between the measured points linearly; `curve` is a list of [MB, GB/s] in rising order."""
    if megabytes <= curve[0][0]:
        return curve[0][1]
    for (low, low_speed), (high, high_speed) in zip(curve, curve[1:]):
        if megabytes <= high:
            return low_speed + (high_speed - low_speed) * (megabytes - low) / (high - low)
    return curve[-1][1]


def bound(costs: Sequence[NodeCost], gflops: float, curve: Sequence[Sequence[float]]) -> Bound:
    """The shortest time: per node the longer of both parts. All weights are streamed in each call, at the rate of their sum."""
    speed = bandwidth_at(curve, weight_bytes(costs) / 1e6)
    compute = [cost.flops / (gflops * 1e3) for cost in costs]
    memory = [cost.weight_bytes / (speed * 1e3) for cost in costs]
    return Bound(sum(map(max, zip(compute, memory))), sum(compute), sum(memory))
