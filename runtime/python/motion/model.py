"""Loaded models: callables from numpy arrays to a dict of numpy arrays."""

import ctypes
import math
import threading
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from motion import description as abi
from motion.description import Dim, Info, MotionError, Tensor
from motion.elements import ELEMENT_TYPES
from motion.native import Call, open_library
from motion.threads import ThreadHost


def load(library: str | PathLike[str], *, threads: int = 1) -> "Model":
    """Loads a library that motionc made. `threads`: how many to lend to a library made with --threads.

    Raises MotionError for a file that is no such library, is damaged or needs what this version lacks; OSError where the
    file cannot be read."""
    return Model(Path(library), threads)


def _address(array: np.ndarray) -> int:
    """Where the elements of an array are; faster than array.ctypes."""
    return array.__array_interface__["data"][0]


def _aligned(size: int, alignment: int) -> np.ndarray:
    """`size` zero bytes aligned to `alignment`."""
    memory = np.zeros(size + alignment, np.uint8)
    start = -_address(memory) % alignment
    return memory[start : start + size]


class State:
    """What a stateful model keeps between runs. Starts as zeroes. state["h_in"] is a view of one tensor."""

    def __init__(self, model: "Model", memory: np.ndarray) -> None:
        self._model, self._memory = model, memory

    def copy(self) -> "State":
        """A snapshot."""
        twin = self._model.state()
        twin._memory[:] = self._memory
        return twin

    def reset(self) -> None:
        """Back to the start."""
        self._memory[:] = 0

    def __getitem__(self, name: str) -> np.ndarray:
        for entry in self._model._description.states:
            if entry.input is None:
                continue
            tensor = self._model._description.inputs[entry.input]
            if tensor.name == name and all(size >= 0 for size in tensor.dims):
                kind = ELEMENT_TYPES[tensor.type]
                part = self._memory[entry.offset : entry.offset + entry.bytes]
                return kind.from_library(part.view(kind.dtype), tensor.dims)
        raise KeyError(name)


class Model:
    """A loaded model. Calls from several threads at once are allowed, each with a state and outputs of its own.

    inputs, outputs: Tensor; dims: Dim by name; metadata: the model's metadata_props; info: Info."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    dims: dict[str, Dim]
    metadata: dict[str, str]
    info: Info

    def __init__(self, library: Path, threads: int = 1) -> None:
        self._description, data = abi.find(library)
        try:
            self._check_abilities()
            self._library, self._functions = open_library(library, self._description, data)
        except MotionError as error:
            raise MotionError(f"{library}: {error}") from error
        self._plan, self._run = self._functions.plan, self._functions.run
        self._positions = {tensor.name: i for i, tensor in enumerate(self._description.inputs) if not tensor.in_state}
        self._memory = threading.local()
        self._host = ThreadHost(threads) if threads > 1 and self._description.info.threads else None
        self.inputs = tuple(tensor for tensor in self._description.inputs if not tensor.in_state)
        self.outputs = tuple(tensor for tensor in self._description.outputs if not tensor.in_state)
        self.dims = {dim.name: dim for dim in self._description.dims}
        self.metadata = dict(self._description.metadata)
        self.info = self._description.info

    def __repr__(self) -> str:
        def text(tensors: tuple[Tensor, ...]) -> str:
            return ", ".join(f"{tensor.name}{list(tensor.shape)}" for tensor in tensors)

        return f"<motion.Model {self.info.name}: {text(self.inputs)} -> {text(self.outputs)}>"

    def _check_abilities(self) -> None:
        if self._description.required & (abi.NEEDS_WEIGHTS | abi.NEEDS_PREPARE) or self._description.device:
            raise MotionError("it needs a device or weights of its own, which this version cannot give")
        for tensor in self._description.inputs + self._description.outputs:
            if tensor.kind != 0 or tensor.type not in ELEMENT_TYPES:
                raise MotionError(f"{tensor.name!r} is text, a sequence, an optional or a map, which this version cannot pass")

    def state(self) -> State:
        """A new state, at its start. Raises MotionError for a model without one."""
        size = self._description.info.state_bytes
        if not self._description.states or size is None:
            raise MotionError(f"{self.info.name} has no state of fixed size")
        return State(self, _aligned(size, 64))

    def __call__(self, *arrays: Any, out: Mapping[str, np.ndarray] | None = None, state: State | None = None,
                 **by_onnx_name: Any) -> dict[str, np.ndarray]:
        """Runs the model on arrays by position or by their ONNX names: see run()."""
        if len(arrays) > len(self.inputs):
            raise TypeError(f"{self.info.name}: expected {len(self.inputs)} inputs, found {len(arrays)}")
        named = {tensor.name: array for tensor, array in zip(self.inputs, arrays)}
        twice = named.keys() & by_onnx_name.keys()
        if twice:
            raise TypeError(f"{self.info.name}: input {min(twice)!r} is given twice")
        return self.run({**named, **by_onnx_name}, out=out, state=state)

    def run(self, inputs: Mapping[str, Any], *, out: Mapping[str, np.ndarray] | None = None,
            state: State | None = None) -> dict[str, np.ndarray]:
        """Runs the model on arrays by their ONNX names; returns the outputs by theirs.

        Contiguous arrays are not copied. `out` gives arrays to write to, contiguous, of the output's dtype and of its shape
        (of its largest, where the size depends on data); their results are views of them. A stateful model needs a `state`.
        Raises TypeError and ValueError for arguments that do not fit, MotionError where the library reports an error."""
        if bool(self._description.states) != (state is not None):
            raise TypeError(f"{self.info.name}: " + ("pass state=model.state()" if state is None else "the model has no state"))
        unknown = inputs.keys() - self._positions.keys()
        if unknown:
            raise TypeError(f"{self.info.name}: no input {min(unknown)!r}; its inputs are {', '.join(map(repr, self._positions))}")
        call, kept, dims = self._prepare(inputs)
        self._check(self._plan(call), "plan")
        self._check_shapes(inputs, kept, dims)
        buffers = self._bind_outputs(call, dims, out or {})
        workspace = self._workspace(call.workspace_bytes)
        call.workspace = _address(workspace)
        if state is not None:
            call.state = _address(state._memory)
        if self._host:
            call.host = ctypes.pointer(self._host.struct)
        self._check(self._run(call), "run")
        return {tensor.name: ELEMENT_TYPES[tensor.type].from_library(buffer, self._sizes(tensor, dims))
                for tensor, buffer in zip(self._description.outputs, buffers) if buffer is not None}

    def _check(self, result: int, action: str) -> None:
        if result != 0:
            raise self._description.error(action, result)

    def _prepare(self, inputs: Mapping[str, Any]) -> tuple[Call, list[np.ndarray | None], Any]:
        """Makes the call with its inputs and free dimensions; the arrays must be kept until it ends."""
        tensors = self._description.inputs
        dims = (ctypes.c_int64 * max(1, len(self._description.dims)))()
        known: dict[int, str] = {}
        kept: list[np.ndarray | None] = []
        pointers = (ctypes.c_void_p * max(1, len(tensors)))()
        for i, tensor in enumerate(tensors):
            if tensor.in_state or (tensor.optional and inputs.get(tensor.name) is None):
                kept.append(None)
                continue
            if tensor.name not in inputs:
                raise TypeError(f"{self.info.name}: input {tensor.name!r} is missing")
            array = self._array(tensor, inputs[tensor.name])
            self._bind_dims(tensor, array.shape, dims, known)
            kept.append(ELEMENT_TYPES[tensor.type].to_library(array))
            pointers[i] = _address(kept[-1])
        for i, dim in enumerate(self._description.dims):
            if dim.kind == "free" and i not in known:
                dims[i] = max(dim.min, min(1, dim.max))
        call = Call(size=ctypes.sizeof(Call), inputs=pointers, dims=dims)
        return call, kept, dims

    def _array(self, tensor: Tensor, value: Any) -> np.ndarray:
        kind = ELEMENT_TYPES[tensor.type]
        if not isinstance(value, (np.ndarray, np.generic)):
            value = np.asarray(value, kind.dtype)
        if not kind.accepts(value.dtype) or value.dtype.byteorder == ">":
            raise TypeError(f"input {tensor.name!r}: expected dtype {kind.dtype} for {kind.name}, found {value.dtype}")
        return np.asarray(value)

    def _bind_dims(self, tensor: Tensor, shape: tuple[int, ...], dims: Any, known: dict[int, str]) -> None:
        if len(shape) != len(tensor.dims):
            raise ValueError(f"input {tensor.name!r}: expected shape {list(tensor.shape)}, found {list(shape)}")
        for size, expected in zip(shape, tensor.dims):
            if expected >= 0 and size != expected:
                raise ValueError(f"input {tensor.name!r}: expected shape {list(tensor.shape)}, found {list(shape)}")
            index = -1 - expected
            if expected >= 0 or self._description.dims[index].kind != "free":
                continue
            dim = self._description.dims[index]
            if not dim.min <= size <= dim.max:
                raise ValueError(f"dimension {dim.name!r}: expected {dim.min} .. {dim.max}, found {size} in input {tensor.name!r}")
            if index in known and dims[index] != size:
                raise ValueError(f"dimension {dim.name!r} is {dims[index]} in input {known[index]!r} but {size} in input {tensor.name!r}")
            dims[index] = size
            known[index] = tensor.name

    def _check_shapes(self, inputs: Mapping[str, Any], kept: list[np.ndarray | None], dims: Any) -> None:
        """Compares inputs with the dimensions that plan() has set."""
        for tensor, array in zip(self._description.inputs, kept):
            if array is not None:
                shape, expected = np.shape(inputs[tensor.name]), self._sizes(tensor, dims)
                if shape != expected:
                    raise ValueError(f"input {tensor.name!r}: expected shape {list(expected)}, found {list(shape)}")

    @staticmethod
    def _sizes(tensor: Tensor, dims: Any) -> tuple[int, ...]:
        return tuple(size if size >= 0 else dims[-1 - size] for size in tensor.dims)

    def _bind_outputs(self, call: Call, dims: Any, out: Mapping[str, np.ndarray]) -> list[np.ndarray | None]:
        buffers: list[np.ndarray | None] = []
        pointers = (ctypes.c_void_p * max(1, len(self._description.outputs)))()
        unknown = out.keys() - {tensor.name for tensor in self.outputs}
        if unknown:
            raise TypeError(f"{self.info.name}: no output {min(unknown)!r}")
        for i, tensor in enumerate(self._description.outputs):
            if tensor.in_state:
                buffers.append(None)
                continue
            kind, shape = ELEMENT_TYPES[tensor.type], self._sizes(tensor, dims)
            buffer = out.get(tensor.name)
            if buffer is None:
                buffer = kind.buffer(math.prod(shape))
            elif kind.bits < 8 or buffer.dtype != kind.dtype or buffer.shape != shape or not buffer.flags.carray:
                raise ValueError(f"output {tensor.name!r}: expected a writeable, contiguous array of {kind.dtype} {list(shape)}, "
                                 f"found {buffer.dtype} {list(buffer.shape)}")
            buffers.append(buffer)
            pointers[i] = _address(buffer)
        call.outputs = pointers
        return buffers

    def _workspace(self, size: int) -> np.ndarray:
        """This thread's workspace, grown where it is too small."""
        memory = getattr(self._memory, "workspace", None)
        if memory is None or memory.size < size:
            memory = self._memory.workspace = _aligned(max(size, 1), max(64, self._description.workspace_align))
        return memory
