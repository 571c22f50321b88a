"""Float64 evaluation of an ONNX graph: the yardstick that accuracy is measured against.

Enters: a float32 model and its inputs. Leaves: every output (or every value) of the same graph in float64. The weights and inputs
are the float32 numbers, widened; each operation runs in double. `onnx.reference` evaluates, with NumPy implementations of ours
where its own are slow or round to float32 on the way.

`cached` keeps results in a folder, keyed by the bytes of model, inputs and of this file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator

from oracle_ops import OPERATORS

_FLOAT, _DOUBLE = TensorProto.FLOAT, TensorProto.DOUBLE


class OracleError(Exception):
    """The graph cannot be evaluated in double throughout."""


def widen(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy of `model` with float32 replaced by float64 in weights, constants, casts and declared types."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    _widen_graph(result.graph)
    for function in result.functions:
        for node in function.node:
            _widen_node(node)
    return result


def _widen_graph(graph: onnx.GraphProto) -> None:
    for tensor in graph.initializer:
        _widen_tensor(tensor)
    for value in (*graph.input, *graph.output, *graph.value_info):
        if value.type.tensor_type.elem_type == _FLOAT:
            value.type.tensor_type.elem_type = _DOUBLE
    for node in graph.node:
        _widen_node(node)


def _widen_node(node: onnx.NodeProto) -> None:
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.TENSOR:
            _widen_tensor(attribute.t)
        elif attribute.type == onnx.AttributeProto.GRAPH:
            _widen_graph(attribute.g)
        elif attribute.name in ("to", "dtype", "stash_type") and attribute.i == _FLOAT:
            attribute.i = _DOUBLE
        elif node.op_type == "Constant" and attribute.name in ("value_float", "value_floats"):
            values = attribute.f if attribute.name == "value_float" else list(attribute.floats)
            attribute.CopyFrom(onnx.helper.make_attribute("value", numpy_helper.from_array(np.array(values, np.float64))))


def _widen_tensor(tensor: onnx.TensorProto) -> None:
    if tensor.data_type == _FLOAT:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float64), tensor.name))


class Oracle:
    """A model prepared for evaluation in double.

    Shapes are those of the model; raises OracleError when a value comes out in float32 or float16.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self._evaluator = ReferenceEvaluator(widen(model), new_ops=OPERATORS)
        self._outputs = [value.name for value in model.graph.output]

    def values(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Every value of the main graph by name, inputs and weights included."""
        feeds = {name: array.astype(np.float64) if array.dtype == np.float32 else array for name, array in inputs.items()}
        values = self._evaluator.run(None, feeds, intermediate=True)
        for name, array in values.items():
            if getattr(array, "dtype", None) in (np.float32, np.float16):
                raise OracleError(f"value '{name}' was computed in {array.dtype}: give its operator a double implementation")
        return values

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The outputs by name, float64 where the model says float32."""
        values = self.values(inputs)
        return {name: np.asarray(values[name]) for name in self._outputs}


def cached(model: onnx.ModelProto, inputs: Mapping[str, np.ndarray], folder: Path) -> dict[str, np.ndarray]:
    """`Oracle(model).run(inputs)`, read from `folder` when the same bytes were evaluated before."""
    digest = hashlib.sha256(model.SerializeToString(deterministic=True))
    for source in ("oracle.py", "oracle_ops.py"):
        digest.update(Path(__file__).with_name(source).read_bytes())
    for name in sorted(inputs):
        array = np.ascontiguousarray(inputs[name])
        digest.update(f"{name} {array.dtype} {array.shape}".encode() + array.tobytes())
    path = folder / f"{model.graph.name}.{digest.hexdigest()[:16]}.npz"
    outputs = [value.name for value in model.graph.output]
    if path.exists():
        with np.load(path) as stored:
            return {name: stored[f"output{index}"] for index, name in enumerate(outputs)}
    result = Oracle(model).run(inputs)
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.npz")
    np.savez(partial, **{f"output{index}": result[name] for index, name in enumerate(outputs)})
    partial.replace(path)
    return result
