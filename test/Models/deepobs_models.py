"""Test problems of DeepOBS as inference graphs with their losses, one loss per example.

Enters: nothing but fixed seeds. Leaves: checked ModelProtos. The classifiers take int64 `labels` beside the images and give
`logits` and `loss` (SoftmaxCrossEntropyLoss, reduction "none"); the others give `loss` alone. Definitions: Schneider, Balles,
Hennig, "DeepOBS: A Deep Learning Optimizer Benchmark Suite", ICLR 2019, and the package's TensorFlow code, whose "same" padding
puts the odd element at the end.
"""

from __future__ import annotations

import math

import numpy as np
import onnx
from onnx import TensorProto

from graph import BATCH, LINEAR_GAIN, GraphBuilder, same_padding

OPSET = 17
CLASSES = 10


def _classify(g: GraphBuilder, x: str, features: int, layer: str) -> onnx.ModelProto:
    """The last Linear and the loss of a classifier."""
    labels = g.input("labels", [BATCH], TensorProto.INT64)
    logits = g.linear(x, layer, features, CLASSES, LINEAR_GAIN, g.output("logits", [BATCH, CLASSES]))
    g.node("SoftmaxCrossEntropyLoss", [logits, labels], g.output("loss", [BATCH]), reduction="none")
    return g.build()


def mnist_logreg() -> onnx.ModelProto:
    """Flatten, Linear 784-10."""
    g = GraphBuilder("mnist_logreg", OPSET, 1201)
    x = g.node("Flatten", [g.input("images", [BATCH, 1, 28, 28])], axis=1)
    return _classify(g, x, 784, "dense")


def mnist_mlp() -> onnx.ModelProto:
    """Flatten, Linear 784-1000-500-100-10 with ReLU."""
    g = GraphBuilder("mnist_mlp", OPSET, 1202)
    x = g.node("Flatten", [g.input("images", [BATCH, 1, 28, 28])], axis=1)
    sizes = [784, 1000, 500, 100]
    for index, (features_in, features_out) in enumerate(zip(sizes, sizes[1:])):
        x = g.node("Relu", [g.linear(x, f"dense{index + 1}", features_in, features_out)])
    return _classify(g, x, 100, "dense4")


def mnist_2c2d() -> onnx.ModelProto:
    """Conv 5x5 1-32 and 32-64 "same", each with ReLU and MaxPool 2; Linear 3136-1024, ReLU, 1024-10."""
    g = GraphBuilder("mnist_2c2d", OPSET, 1203)
    x = g.input("images", [BATCH, 1, 28, 28])
    size = 28
    for index, (channels_in, channels_out) in enumerate([(1, 32), (32, 64)]):
        begin, end = same_padding(size, 5, 1)
        x = g.conv(x, f"conv{index + 1}", channels_in, channels_out, [5, 5], [begin, begin, end, end])
        x = g.node("Relu", [x])
        begin, end = same_padding(size, 2, 2)
        x = g.max_pool(x, 2, 2, [begin, begin, end, end])
        size = -(-size // 2)
    x = g.node("Flatten", [x], axis=1)
    x = g.node("Relu", [g.linear(x, "dense1", 3136, 1024)])
    return _classify(g, x, 1024, "dense2")


def cifar10_3c3d() -> onnx.ModelProto:
    """Conv 5x5 3-64 and 3x3 64-96 "valid", 3x3 96-128 "same", each with ReLU and MaxPool 3 stride 2; Linear 1152-512-256-10."""
    g = GraphBuilder("cifar10_3c3d", OPSET, 1204)
    x = g.input("images", [BATCH, 3, 32, 32])
    size = 32
    for index, (channels_in, channels_out, kernel, same) in enumerate([(3, 64, 5, False), (64, 96, 3, False), (96, 128, 3, True)]):
        begin, end = same_padding(size, kernel, 1) if same else (0, 0)
        x = g.conv(x, f"conv{index + 1}", channels_in, channels_out, [kernel, kernel], [begin, begin, end, end])
        x = g.node("Relu", [x])
        size = size + begin + end - kernel + 1
        begin, end = same_padding(size, 3, 2)
        x = g.max_pool(x, 3, 2, [begin, begin, end, end])
        size = -(-size // 2)
    x = g.node("Flatten", [x], axis=1)
    for index, (features_in, features_out) in enumerate([(1152, 512), (512, 256)]):
        x = g.node("Relu", [g.linear(x, f"dense{index + 1}", features_in, features_out)])
    return _classify(g, x, 256, "dense3")


def quadratic_deep() -> onnx.ModelProto:
    """0.5 (x - theta)' H (x - theta) in 100 dimensions; 90 eigenvalues of H lie in (0, 1), 10 in (30, 60)."""
    g = GraphBuilder("quadratic_deep", OPSET, 1205)
    dimension = 100
    x = g.input("x", [BATCH, dimension])
    rotation, _ = np.linalg.qr(g.rng.standard_normal((dimension, dimension)))
    eigenvalues = np.concatenate([g.rng.uniform(0.0, 1.0, 90), g.rng.uniform(30.0, 60.0, 10)])
    hessian = ((rotation * eigenvalues) @ rotation.T).astype(np.float32)
    delta = g.node("Sub", [x, g.weight("theta", g.bias(dimension))])
    product = g.node("MatMul", [delta, g.weight("hessian", hessian)])
    product = g.node("Mul", [product, delta])
    total = g.node("ReduceSum", [product, g.weight("axes", np.array([1], np.int64))], keepdims=0)
    g.node("Mul", [total, g.weight("half", np.array(0.5, np.float32))], g.output("loss", [BATCH]))
    return g.build()


class _TwoDimensional(GraphBuilder):
    """Scalar arithmetic on the columns u and v of `point` [batch, 2]."""

    def __init__(self, name: str, seed: int) -> None:
        super().__init__(name, OPSET, seed)
        point = self.input("point", [BATCH, 2])
        self.u = self.node("Gather", [point, self.weight("index_u", np.array(0, np.int64))], axis=1)
        self.v = self.node("Gather", [point, self.weight("index_v", np.array(1, np.int64))], axis=1)
        self._constants: dict[float, str] = {}

    def constant(self, value: float) -> str:
        """A float32 scalar, one initializer per value."""
        if value not in self._constants:
            self._constants[value] = self.weight(f"c{len(self._constants)}", np.array(value, np.float32))
        return self._constants[value]

    def call(self, op: str, *operands: str | float, output: str | None = None) -> str:
        """A node whose number operands become constants."""
        return self.node(op, [o if isinstance(o, str) else self.constant(o) for o in operands], output)

    def loss(self) -> str:
        return self.output("loss", [BATCH])


def two_d_rosenbrock() -> onnx.ModelProto:
    """(1 - u)^2 + 100 (v - u^2)^2."""
    g = _TwoDimensional("two_d_rosenbrock", 1206)
    valley = g.call("Sub", g.v, g.call("Mul", g.u, g.u))
    first = g.call("Pow", g.call("Sub", 1.0, g.u), 2.0)
    second = g.call("Mul", g.call("Pow", valley, 2.0), 100.0)
    g.call("Add", first, second, output=g.loss())
    return g.build()


def two_d_beale() -> onnx.ModelProto:
    """(1.5 - u + u v)^2 + (2.25 - u + u v^2)^2 + (2.625 - u + u v^3)^2."""
    g = _TwoDimensional("two_d_beale", 1207)
    terms = []
    for power, start in ((1.0, 1.5), (2.0, 2.25), (3.0, 2.625)):
        factor = g.v if power == 1.0 else g.call("Pow", g.v, power)
        inner = g.call("Add", g.call("Sub", start, g.u), g.call("Mul", g.u, factor))
        terms.append(g.call("Pow", inner, 2.0))
    g.call("Add", g.call("Add", terms[0], terms[1]), terms[2], output=g.loss())
    return g.build()


def two_d_branin() -> onnx.ModelProto:
    """(v - 5.1/(4 pi^2) u^2 + 5/pi u - 6)^2 + 10 (1 - 1/(8 pi)) cos(u) + 10."""
    g = _TwoDimensional("two_d_branin", 1208)
    bowl = g.call("Sub", g.v, g.call("Mul", g.call("Pow", g.u, 2.0), 5.1 / (4.0 * math.pi ** 2)))
    bowl = g.call("Sub", g.call("Add", bowl, g.call("Mul", g.u, 5.0 / math.pi)), 6.0)
    wave = g.call("Mul", g.call("Cos", g.u), 10.0 * (1.0 - 1.0 / (8.0 * math.pi)))
    total = g.call("Add", g.call("Pow", bowl, 2.0), wave)
    g.call("Add", total, 10.0, output=g.loss())
    return g.build()


MODELS = {build.__name__: build for build in (mnist_logreg, mnist_mlp, mnist_2c2d, cifar10_3c3d, quadratic_deep, two_d_rosenbrock,
                                              two_d_beale, two_d_branin)}
