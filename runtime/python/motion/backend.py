"""The backend interface of ONNX (onnx.backend.base): compiles into a temporary folder and runs."""

from typing import Any

import numpy as np
import onnx
import onnx.backend.base
from onnx import helper

from motion.compiler import compile
from motion.model import Model


class MotionRep(onnx.backend.base.BackendRep):
    """A prepared model."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def run(self, inputs: Any, **kwargs: Any) -> tuple[np.ndarray, ...]:
        """Runs on inputs by position (or a dict by name); returns the outputs in the graph's order."""
        named = inputs if isinstance(inputs, dict) else {tensor.name: array for tensor, array in zip(self.model.inputs, inputs)}
        results = self.model.run(named)
        return tuple(self._native(results[tensor.name], tensor.type) for tensor in self.model.outputs)

    @staticmethod
    def _native(array: np.ndarray, code: int) -> np.ndarray:
        """The array in the dtype that the onnx package has for its type: bit patterns become numbers."""
        dtype = helper.tensor_dtype_to_np_dtype(code)
        return array if array.dtype == dtype else array.view(dtype)


class MotionBackend(onnx.backend.base.Backend):
    """The backend. Options of motion.compile are keyword arguments of prepare."""

    @classmethod
    def prepare(cls, model: onnx.ModelProto, device: str = "CPU", **kwargs: Any) -> MotionRep:
        """Compiles; raises motion.CompileError where the model is refused."""
        super().prepare(model, device)
        return MotionRep(compile(model, **kwargs))

    @classmethod
    def run_model(cls, model: onnx.ModelProto, inputs: Any, device: str = "CPU", **kwargs: Any) -> tuple[np.ndarray, ...]:
        """Compiles and runs once."""
        return cls.prepare(model, device, **kwargs).run(inputs)

    @classmethod
    def run_node(cls, node: onnx.NodeProto, inputs: Any, device: str = "CPU", outputs_info: Any = None,
                 **kwargs: Any) -> tuple[np.ndarray, ...]:
        """Runs one node: a model of it alone, whose output types are inferred. `opset` chooses the version."""
        opset = kwargs.pop("opset", onnx.defs.onnx_opset_version())
        names = [name for name in node.input if name]
        arrays = [np.asarray(array) for array in inputs]
        values = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
                  for name, array in zip(names, arrays)]
        graph = helper.make_graph([node], "node", values, [onnx.ValueInfoProto(name=name) for name in node.output if name])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid(node.domain, opset)])
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
        return cls.run_model(inferred, arrays, device, **kwargs)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """The CPU only."""
        return onnx.backend.base.Device(device).type == onnx.backend.base.DeviceType.CPU


prepare = MotionBackend.prepare
run_model = MotionBackend.run_model
run_node = MotionBackend.run_node
supports_device = MotionBackend.supports_device
