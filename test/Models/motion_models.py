"""The graphs of the motion synthesis and control stack, as an exporter of opset 11 wrote them, and the MNIST classifier.

Enters: nothing but fixed seeds. Leaves: checked ModelProtos with the published shapes. Layers follow PyTorch's definitions:
Gemm with transB=1, BatchNormalization as a node of its own, Flatten.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx

from graph import BATCH, LINEAR_GAIN, RELU_GAIN, GraphBuilder


def _stack(g: GraphBuilder, x: str, sizes: Sequence[int], activation: str, **attributes: object) -> str:
    """Linear layers through `sizes`, each followed by `activation`."""
    for index, (features_in, features_out) in enumerate(zip(sizes, sizes[1:])):
        x = g.linear(x, f"net.{2 * index}", features_in, features_out)
        x = g.node(activation, [x], **attributes)
    return x


def deephase() -> onnx.ModelProto:
    """[batch, 132] -> [batch, 2]: Linear 132-256-128-32-2 with LeakyReLU between."""
    g = GraphBuilder("deephase", 11, 1101)
    x = _stack(g, g.input("input", [BATCH, 132]), [132, 256, 128, 32], "LeakyRelu", alpha=0.01)
    g.linear(x, "net.6", 32, 2, LINEAR_GAIN, g.output("output", [BATCH, 2]))
    return g.build()


def stylevae_encoder() -> onnx.ModelProto:
    """[batch, 4380] -> mu and logvar [batch, 256]: Linear 4380-512-256, ReLU after both; two heads."""
    g = GraphBuilder("stylevae_encoder", 11, 1102)
    x = _stack(g, g.input("input", [BATCH, 4380]), [4380, 512, 256], "Relu")
    g.linear(x, "fc_mu", 256, 256, LINEAR_GAIN, g.output("mu", [BATCH, 256]))
    g.linear(x, "fc_logvar", 256, 256, LINEAR_GAIN, g.output("logvar", [BATCH, 256]))
    return g.build()


def stylevae_decoder() -> onnx.ModelProto:
    """[batch, 256] -> [batch, 60, 73]: Linear 256-256-512-4380, ReLU between; Reshape."""
    g = GraphBuilder("stylevae_decoder", 11, 1103)
    x = _stack(g, g.input("z", [BATCH, 256]), [256, 256, 512], "Relu")
    x = g.linear(x, "net.4", 512, 4380, LINEAR_GAIN)
    shape = g.node("Constant", [], value=onnx.numpy_helper.from_array(np.array([-1, 60, 73], np.int64)))
    g.node("Reshape", [x, shape], g.output("motion", [BATCH, 60, 73]))
    return g.build()


def deepmimic_actor() -> onnx.ModelProto:
    """[batch, 197] -> [batch, 36]: Linear 197-1024-512-36, ReLU between; Tanh at the end."""
    g = GraphBuilder("deepmimic_actor", 11, 1104)
    x = _stack(g, g.input("observation", [BATCH, 197]), [197, 1024, 512], "Relu")
    x = g.linear(x, "net.4", 512, 36, LINEAR_GAIN)
    g.node("Tanh", [x], g.output("action", [BATCH, 36]))
    return g.build()


def deepmimic_critic() -> onnx.ModelProto:
    """[batch, 197] -> [batch, 1]: Linear 197-1024-512-1, ReLU between."""
    g = GraphBuilder("deepmimic_critic", 11, 1105)
    x = _stack(g, g.input("observation", [BATCH, 197]), [197, 1024, 512], "Relu")
    g.linear(x, "net.4", 512, 1, LINEAR_GAIN, g.output("value", [BATCH, 1]))
    return g.build()


def deephase_conv() -> onnx.ModelProto:
    """[batch, 69, 240] -> [batch, 10]: three Conv1d + BatchNorm1d + ReLU, Flatten, Linear 25344-256-10."""
    g = GraphBuilder("deephase_conv", 11, 1106)
    x = g.input("input", [BATCH, 69, 240])
    for index, (channels_in, channels_out, kernel) in enumerate([(69, 32, 25), (32, 64, 15), (64, 128, 5)]):
        x = g.conv(x, f"encoder.{3 * index}", channels_in, channels_out, [kernel])
        x = g.batch_norm(x, f"encoder.{3 * index + 1}", channels_out)
        x = g.node("Relu", [x])
    x = g.node("Flatten", [x], axis=1)
    x = g.node("Relu", [g.linear(x, "fc.0", 25344, 256, RELU_GAIN)])
    g.linear(x, "fc.2", 256, 10, LINEAR_GAIN, g.output("output", [BATCH, 10]))
    return g.build()


def mnist_classifier() -> onnx.ModelProto:
    """[batch, 1, 28, 28] -> probabilities [batch, 10]: two Conv 3x3 + ReLU + MaxPool 2, Linear 3136-128-10, Softmax."""
    g = GraphBuilder("mnist_classifier", 17, 1107)
    x = g.input("image", [BATCH, 1, 28, 28])
    for index, (channels_in, channels_out) in enumerate([(1, 32), (32, 64)]):
        x = g.conv(x, f"conv{index + 1}", channels_in, channels_out, [3, 3], [1, 1, 1, 1])
        x = g.max_pool(g.node("Relu", [x]), 2, 2)
    x = g.node("Flatten", [x], axis=1)
    x = g.node("Relu", [g.linear(x, "fc1", 3136, 128)])
    x = g.node("Dropout", [x, g.weight("dropout.ratio", np.array(0.5, np.float32))])
    x = g.linear(x, "fc2", 128, 10, LINEAR_GAIN)
    g.node("Softmax", [x], g.output("probabilities", [BATCH, 10]), axis=1)
    return g.build()


MODELS = {build.__name__: build for build in (deephase, stylevae_encoder, stylevae_decoder, deepmimic_actor, deepmimic_critic,
                                              deephase_conv, mnist_classifier)}
