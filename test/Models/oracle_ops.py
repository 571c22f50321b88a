"""Float64 operators of the oracle, registered with `onnx.reference` in place of its own.

Enters: NumPy arrays in double. Leaves: results in double. Convolution and pooling loop over the taps of the window and leave the
rest to NumPy, which is two orders of magnitude faster than the reference; the loss uses a log-softmax that does not underflow.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from onnx.reference.op_run import OpRun


def window_pads(size: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int],
                pads: Sequence[int] | None, auto_pad: str | None) -> list[tuple[int, int]]:
    """(begin, end) padding of each spatial axis, `auto_pad` resolved."""
    rank = len(size)
    if auto_pad in (None, "", "NOTSET"):
        flat = list(pads or [0] * 2 * rank)
        return list(zip(flat[:rank], flat[rank:]))
    if auto_pad == "VALID":
        return [(0, 0)] * rank
    result = []
    for n, k, s, d in zip(size, kernel, strides, dilations):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        small, large = total // 2, total - total // 2
        result.append((small, large) if auto_pad == "SAME_UPPER" else (large, small))
    return result


def window_count(size: int, kernel: int, stride: int, dilation: int, pads: tuple[int, int], ceil_mode: bool) -> int:
    """How many windows fit one axis; with `ceil_mode` the last may overhang, but must start inside image or begin padding."""
    span = size + sum(pads) - ((kernel - 1) * dilation + 1)
    count = (-(-span // stride) if ceil_mode else span // stride) + 1
    if ceil_mode and (count - 1) * stride >= size + pads[0]:
        count -= 1
    return count


def taps(x: np.ndarray, kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int], pads: Sequence[tuple[int, int]],
         fill: float, ceil_mode: bool = False) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """Yields (tap, view): the elements of every window at that tap, [N, C, *windows]."""
    counts = [window_count(n, k, s, d, p, ceil_mode) for n, k, s, d, p in zip(x.shape[2:], kernel, strides, dilations, pads)]
    widths = [(0, 0), (0, 0)]
    for n, k, s, d, p, count in zip(x.shape[2:], kernel, strides, dilations, pads, counts):
        reach = (count - 1) * s + (k - 1) * d + 1
        widths.append((p[0], max(reach - n - p[0], 0)))
    padded = np.pad(x, widths, constant_values=fill)
    for tap in itertools.product(*(range(k) for k in kernel)):
        index = [slice(t * d, t * d + (count - 1) * s + 1, s) for t, d, s, count in zip(tap, dilations, strides, counts)]
        yield tap, padded[(slice(None), slice(None), *index)]


class Conv(OpRun):
    """Convolution of any rank, grouped, strided and dilated: one matrix product per tap and group."""

    def _run(self, x, w, b=None, auto_pad=None, dilations=None, group=None, kernel_shape=None, pads=None, strides=None):
        kernel = list(kernel_shape or w.shape[2:])
        rank = len(kernel)
        strides, dilations, group = strides or [1] * rank, dilations or [1] * rank, group or 1
        padding = window_pads(x.shape[2:], kernel, strides, dilations, pads, auto_pad)
        per_group, channels_out = w.shape[1], w.shape[0] // group
        result = None
        for tap, view in taps(x, kernel, strides, dilations, padding, 0.0):
            if result is None:
                result = np.zeros((x.shape[0], w.shape[0], math.prod(view.shape[2:])), x.dtype)
                spatial = view.shape[2:]
            weight = w[(slice(None), slice(None), *tap)]
            for g in range(group):
                rows = slice(g * channels_out, (g + 1) * channels_out)
                columns = view[:, g * per_group:(g + 1) * per_group].reshape(x.shape[0], per_group, -1)
                result[:, rows] += weight[rows] @ columns
        if b is not None:
            result += b[:, None]
        return (result.reshape(x.shape[0], w.shape[0], *spatial),)


class MaxPool(OpRun):
    """Max pooling without the Indices output."""

    def _run(self, x, auto_pad=None, ceil_mode=None, dilations=None, kernel_shape=None, pads=None, storage_order=None,
             strides=None):
        if len(self.onnx_node.output) > 1:
            raise NotImplementedError("MaxPool with Indices")
        rank = len(kernel_shape)
        strides, dilations = strides or [1] * rank, dilations or [1] * rank
        padding = window_pads(x.shape[2:], kernel_shape, strides, dilations, pads, auto_pad)
        result = None
        for _, view in taps(x, kernel_shape, strides, dilations, padding, -np.inf, bool(ceil_mode)):
            result = view.copy() if result is None else np.maximum(result, view, out=result)
        return (result,)


class AveragePool(OpRun):
    """Average pooling; padding counts only with count_include_pad, the overhang of ceil_mode never."""

    def _run(self, x, auto_pad=None, ceil_mode=None, count_include_pad=None, dilations=None, kernel_shape=None, pads=None,
             strides=None):
        rank = len(kernel_shape)
        strides, dilations = strides or [1] * rank, dilations or [1] * rank
        padding = window_pads(x.shape[2:], kernel_shape, strides, dilations, pads, auto_pad)
        ones = np.ones((1, 1, *x.shape[2:]), x.dtype)
        if count_include_pad:
            widths = [(0, 0), (0, 0), *padding]
            ones = np.pad(ones, widths, constant_values=1.0)
            x = np.pad(x, widths)
            padding = [(0, 0)] * rank
        total, count = 0.0, 0.0
        for (_, values), (_, present) in zip(taps(x, kernel_shape, strides, dilations, padding, 0.0, bool(ceil_mode)),
                                             taps(ones, kernel_shape, strides, dilations, padding, 0.0, bool(ceil_mode))):
            total, count = total + values, count + present
        return (total / count,)


class GlobalMaxPool(OpRun):
    """The largest element of every channel; the reference's own forgets the channels of rank-3 inputs."""

    def _run(self, x):
        return (x.max(axis=tuple(range(2, x.ndim)), keepdims=True),)


class BatchNormalization(OpRun):
    """Inference form: scale (x - mean) / sqrt(var + epsilon) + bias over axis 1."""

    def _run(self, x, scale, bias, mean, var, epsilon=None, momentum=None, training_mode=None, spatial=None):
        if training_mode:
            raise NotImplementedError("BatchNormalization with training_mode")
        shape = (-1,) + (1,) * (x.ndim - 2)
        factor = scale / np.sqrt(var + epsilon)
        return (x * factor.reshape(shape) + (bias - mean * factor).reshape(shape),)


class Gemm(OpRun):
    """alpha A' B' + beta C."""

    def _run(self, a, b, c=None, alpha=None, beta=None, transA=None, transB=None):
        result = (a.T if transA else a) @ (b.T if transB else b)
        if alpha != 1.0:
            result *= alpha
        return (result if c is None else result + (c if beta == 1.0 else beta * c),)


class SoftmaxCrossEntropyLoss(OpRun):
    """Loss of [N, C, ...] scores against integer labels [N, ...], optional weights and log-probabilities."""

    def _run(self, scores, labels, weights=None, ignore_index=None, reduction=None):
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_prob = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        valid = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
        safe = np.where(valid, labels, 0)
        factor = valid * (1.0 if weights is None else weights[safe])
        loss = -np.take_along_axis(log_prob, np.expand_dims(safe, 1), axis=1).squeeze(1) * factor
        if reduction == "sum":
            loss = loss.sum()
        elif reduction in (None, "mean"):
            loss = loss.sum() / factor.sum()
        loss = np.asarray(loss)
        return (loss, log_prob) if len(self.onnx_node.output) == 2 else (loss,)


class Softsign(OpRun):
    """x / (1 + |x|); the reference's own fails on scalars."""

    def _run(self, x):
        return (np.asarray(x / (1 + np.abs(x)), x.dtype),)


OPERATORS = [Conv, MaxPool, AveragePool, GlobalMaxPool, BatchNormalization, Gemm, SoftmaxCrossEntropyLoss, Softsign]
