"""A small builder for ONNX graphs with seeded random weights.

Enters: layer calls in the order of the network. Leaves: an `onnx.ModelProto` whose batch is the symbolic dimension `batch`.
Weights are He-scaled for the activation that follows, biases are never zero, BatchNormalization statistics are away from 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BATCH = "batch"
RELU_GAIN = math.sqrt(2.0)
LINEAR_GAIN = 1.0

# The IR version that exporters wrote with an opset at the time.
IR_OF_OPSET = {11: 6, 13: 7, 17: 8, 18: 8, 21: 10}


class GraphBuilder:
    """Collects nodes and initializers; every layer method returns the name of its result."""

    def __init__(self, name: str, opset: int, seed: int) -> None:
        self.name = name
        self.opset = opset
        self.rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self._counts: dict[str, int] = {}

    def input(self, name: str, shape: Sequence[int | str], dtype: int = TensorProto.FLOAT) -> str:
        """Declares a graph input of `shape`; strings are symbolic dimensions."""
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def output(self, name: str, shape: Sequence[int | str], dtype: int = TensorProto.FLOAT) -> str:
        """Declares a graph output; a node must produce `name`."""
        self.outputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def weight(self, name: str, values: np.ndarray) -> str:
        """Adds an initializer, in the type of `values`."""
        self.initializers.append(numpy_helper.from_array(np.array(values, order="C"), name))
        return name

    def node(self, op: str, inputs: Sequence[str], output: str | None = None, **attributes: object) -> str:
        """Adds a node with one output, named after its operator unless `output` is given."""
        index = self._counts.get(op, 0)
        self._counts[op] = index + 1
        name = f"/{op}_{index}" if index else f"/{op}"
        result = output or f"{name}_output_0"
        self.nodes.append(helper.make_node(op, list(inputs), [result], name=name, **attributes))
        return result

    def he(self, shape: Sequence[int], fan_in: int, gain: float = RELU_GAIN) -> np.ndarray:
        """Normal weights of standard deviation gain / sqrt(fan_in), float32."""
        return (self.rng.standard_normal(shape) * (gain / math.sqrt(fan_in))).astype(np.float32)

    def bias(self, count: int) -> np.ndarray:
        """Biases of both signs with 0.05 <= |b| <= 0.35: none is zero."""
        sign = np.where(self.rng.random(count) < 0.5, -1.0, 1.0)
        return (sign * self.rng.uniform(0.05, 0.35, count)).astype(np.float32)

    def linear(self, x: str, name: str, features_in: int, features_out: int, gain: float = RELU_GAIN,
               output: str | None = None) -> str:
        """A fully connected layer as PyTorch exports it: Gemm with a [out, in] weight and transB."""
        weight = self.weight(f"{name}.weight", self.he((features_out, features_in), features_in, gain))
        bias = self.weight(f"{name}.bias", self.bias(features_out))
        return self.node("Gemm", [x, weight, bias], output, alpha=1.0, beta=1.0, transB=1)

    def conv(self, x: str, name: str, channels_in: int, channels_out: int, kernel: Sequence[int],
             pads: Sequence[int] | None = None, strides: Sequence[int] | None = None) -> str:
        """A convolution with bias; `pads` is begins then ends, as ONNX has it."""
        rank = len(kernel)
        fan_in = channels_in * math.prod(kernel)
        weight = self.weight(f"{name}.weight", self.he((channels_out, channels_in, *kernel), fan_in))
        bias = self.weight(f"{name}.bias", self.bias(channels_out))
        return self.node("Conv", [x, weight, bias], dilations=[1] * rank, group=1, kernel_shape=list(kernel),
                         pads=list(pads or [0] * 2 * rank), strides=list(strides or [1] * rank))

    def batch_norm(self, x: str, name: str, channels: int) -> str:
        """Inference BatchNormalization with scale, bias, mean and variance that all matter."""
        draw = self.rng.uniform
        operands = [self.weight(f"{name}.weight", draw(0.6, 1.4, channels).astype(np.float32)),
                    self.weight(f"{name}.bias", self.bias(channels)),
                    self.weight(f"{name}.running_mean", self.bias(channels)),
                    self.weight(f"{name}.running_var", draw(1.3, 3.0, channels).astype(np.float32))]
        return self.node("BatchNormalization", [x, *operands], epsilon=1e-5, momentum=0.9)

    def max_pool(self, x: str, kernel: int, stride: int, pads: Sequence[int] = (0, 0, 0, 0)) -> str:
        """Two-dimensional max pooling with a square window."""
        return self.node("MaxPool", [x], ceil_mode=0, kernel_shape=[kernel, kernel], pads=list(pads),
                         strides=[stride, stride])

    def build(self) -> onnx.ModelProto:
        """Assembles and checks the model, shape inference included."""
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)],
                                  ir_version=IR_OF_OPSET[self.opset], producer_name="motionc-models")
        onnx.checker.check_model(model, full_check=True)
        return model


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's "same" padding of one axis: (begin, end), the odd element at the end."""
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
