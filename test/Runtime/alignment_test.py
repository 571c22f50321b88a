"""The same bits wherever the arrays lie: libraries called with inputs and outputs at every offset of their types within 64 bytes.

Environment: MOTIONC is the compiler. Needs numpy and onnx.
"""

import ctypes
import math
import os
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[2]
MOTIONC = os.environ.get("MOTIONC", "")
CASES = (("deephase", 1, ()), ("deephase", 13, ()), ("deephase", 64, ("--threads=4",)), ("deephase", 7, ("--cpu=x86-64-v3",)),
         ("mnist_2c2d", 2, ()), ("quadratic_deep", 5, ()), ("mixed", 1, ()), ("mixed", 9, ()), ("mixed", 9, ("--cpu=x86-64-v3",)))
GUARD = 0xA5
Call = Callable[[Sequence[np.ndarray], Sequence[np.ndarray]], None]


def mixed_model() -> onnx.ModelProto:
    """Reductions, normalisations, layouts and pooling on odd sizes, of elements of 1, 2, 4 and 8 bytes."""
    make = helper.make_node
    nodes = [make("LayerNormalization", ["x", "scale"], ["n"], axis=-1), make("Softmax", ["n"], ["s"], axis=1), make("Transpose", ["s"], ["t"], perm=[0, 2, 1]),
             make("Concat", ["t", "t"], ["wide"], axis=2), make("MaxPool", ["wide"], ["pooled"], kernel_shape=[3], pads=[1, 1]),
             make("Tanh", ["pooled"], ["tanh"]), make("ReduceSum", ["x", "axes"], ["sum"], keepdims=0), make("CumSum", ["sum", "one"], ["sums"]),
             make("Exp", ["d"], ["e"]), make("ReduceMean", ["e", "axes"], ["mean"]), make("Div", ["e", "mean"], ["ratio"]),
             make("Greater", ["d", "mean"], ["above"]), make("Cast", ["x"], ["half"], to=TensorProto.FLOAT16)]
    value = helper.make_tensor_value_info
    inputs = [value("x", TensorProto.FLOAT, ["batch", 7, 13]), value("d", TensorProto.DOUBLE, ["batch", 11])]
    outputs = [value("tanh", TensorProto.FLOAT, ["batch", 13, 14]), value("sums", TensorProto.FLOAT, ["batch", 7]),
               value("ratio", TensorProto.DOUBLE, ["batch", 11]), value("above", TensorProto.BOOL, ["batch", 11]),
               value("half", TensorProto.FLOAT16, ["batch", 7, 13])]
    constants = {"scale": np.linspace(0.5, 2, 13, dtype=np.float32), "axes": np.array([-1]), "one": np.array(1)}
    graph = helper.make_graph(nodes, "mixed", inputs, outputs, [numpy_helper.from_array(array, name) for name, array in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])


def place(shape: Sequence[int], dtype: np.dtype, offset: int) -> tuple[np.ndarray, np.ndarray]:
    """(an array that starts `offset` bytes after a multiple of 64, all of its memory): filled with GUARD."""
    memory = np.full(math.prod(shape) * dtype.itemsize + 256, GUARD, np.uint8)
    start = -memory.ctypes.data % 64 + 64 + offset
    return memory[start : start + math.prod(shape) * dtype.itemsize].view(dtype).reshape(shape), memory


def run_at(call: Call, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray], offsets: tuple[int, int]) -> list[bytes]:
    """The outputs' bytes of a call with inputs and outputs at these offsets. Offsets that a type does not allow are rounded down."""
    placed = [place(array.shape, array.dtype, offsets[0] // array.itemsize * array.itemsize) for array in inputs]
    for (array, _), values in zip(placed, inputs):
        array[...] = values
    results = [place(array.shape, array.dtype, offsets[1] // array.itemsize * array.itemsize) for array in outputs]
    before = [memory.tobytes() for _, memory in placed]
    call([array for array, _ in placed], [array for array, _ in results])
    assert before == [memory.tobytes() for _, memory in placed], f"offsets {offsets}: the call writes to its inputs"
    found = [array.tobytes() for array, _ in results]
    for array, memory in results:
        array.view(np.uint8)[...] = GUARD
        assert (memory == GUARD).all(), f"offsets {offsets}: the call writes outside of its outputs"
    return found


def differences(call: Call, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> list[tuple[int, int]]:
    """The offsets of inputs and outputs at which the outputs' bits are others than at (0, 0)."""
    expected = run_at(call, inputs, outputs, (0, 0))
    pairs = [pair for offset in range(1, 64) for pair in ((offset, 0), (0, offset), (offset, offset)) if offset % 4 == 0 or offset < 4]
    return [pair for pair in pairs if run_at(call, inputs, outputs, pair) != expected]


def shapes(values: Sequence[onnx.ValueInfoProto], batch: int) -> list[np.ndarray]:
    """Empty arrays of the values' types and shapes."""
    return [np.empty([dim.dim_value or batch for dim in value.type.tensor_type.shape.dim],
                     helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)) for value in values]


class HarnessTest(unittest.TestCase):
    """What this test looks for is found."""

    def setUp(self) -> None:
        self.arrays = [np.linspace(-1, 1, 37, dtype=np.float32)], [np.empty(37, np.float32)]

    def test_good_call(self) -> None:
        self.assertEqual(differences(lambda ins, outs: np.multiply(ins[0], 3, out=outs[0]), *self.arrays), [])

    def test_sum_that_starts_at_a_vector(self) -> None:
        def call(ins: Sequence[np.ndarray], outs: Sequence[np.ndarray]) -> None:
            head = -ins[0].ctypes.data % 32 // 4
            sums = [np.add.accumulate(ins[0][head:])[-1], np.float32(ins[0][:head].sum())]
            outs[0][...] = np.float32(0.1) * ins[0] + (sums[0] + sums[1])
        self.assertNotEqual(differences(call, *self.arrays), [])

    def test_overrun(self) -> None:
        def call(ins: Sequence[np.ndarray], outs: Sequence[np.ndarray]) -> None:
            ctypes.memset(outs[0].ctypes.data, 0, outs[0].nbytes + 1)
        with self.assertRaisesRegex(AssertionError, "outside of its outputs"):
            differences(call, *self.arrays)


@unittest.skipUnless(MOTIONC, "MOTIONC is not set")
class AlignmentTest(unittest.TestCase):
    """One library per case."""

    def library(self, folder: Path, name: str, options: Sequence[str]) -> tuple[ctypes.CDLL, onnx.ModelProto]:
        model = folder / f"{name}.onnx"
        if name == "mixed":
            onnx.save(mixed_model(), model)
        else:
            subprocess.run([sys.executable, "-B", ROOT / "test/Models/generate.py", folder, name], check=True, capture_output=True)
        subprocess.run([MOTIONC, model, "-o", folder / "libmodel.so", "--name=model", *options], check=True)
        return ctypes.CDLL(str(folder / "libmodel.so")), onnx.load(model)

    def check(self, name: str, batch: int, options: Sequence[str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            library, model = self.library(Path(folder), name, options)
        library.model_workspace.restype = ctypes.c_size_t
        workspace, _ = place([library.model_workspace(ctypes.c_int64(batch))], np.dtype(np.uint8), 0)

        def call(ins: Sequence[np.ndarray], outs: Sequence[np.ndarray]) -> None:
            pointers = [[ctypes.c_void_p(array.ctypes.data) for array in arrays] for arrays in (ins, outs)]
            result = library.model_run(*pointers[0], ctypes.c_int64(batch), *pointers[1], ctypes.c_void_p(workspace.ctypes.data), None)
            self.assertEqual(result, 0)
        inputs = shapes(model.graph.input, batch)
        for array in inputs:
            array[...] = np.random.default_rng(3).standard_normal(array.shape)
        self.assertEqual(differences(call, inputs, shapes(model.graph.output, batch)), [])

    def test_same_bits_at_any_alignment(self) -> None:
        for name, batch, options in CASES:
            with self.subTest(name, batch=batch, options=options):
                self.check(name, batch, options)


if __name__ == "__main__":
    unittest.main()
