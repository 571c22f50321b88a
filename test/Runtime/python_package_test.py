"""The Python package on hand-written libraries and with a stand-in for motionc. Needs numpy and onnx.

Environment: MOTION_TINY and MOTION_TINY_SHAPES are the paths of the libraries."""

import json
import os
import random
import struct
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import onnx
from onnx import TensorProto, helper

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "runtime" / "python"))

import motion  # noqa: E402
import motion.backend  # noqa: E402
from motion.elements import ELEMENT_TYPES  # noqa: E402

TINY, SHAPES = os.environ["MOTION_TINY"], os.environ["MOTION_TINY_SHAPES"]
STAND_IN = """#!{python}
import json, os, sys
json.dump(sys.argv[1:], open({log!r}, "w"))
if "--refuse" in sys.argv:
    print("error: m.onnx: 2 nodes have an operator that is not supported:\\n  node a\\n  node b\\nsome note\\nerror: m.onnx: node c: odd", file=sys.stderr)
    sys.exit(1)
target = sys.argv[sys.argv.index("-o") + 1]
data = bytearray(open({tiny!r}, "rb").read())
data[data.index(b"by hand")] = ord(sys.argv[1][0])
open(target + ".new", "wb").write(data)
os.replace(target + ".new", target)
"""


class ModelTest(unittest.TestCase):
    """Loading and calling."""

    def setUp(self) -> None:
        self.tiny = motion.load(TINY)
        self.x = np.arange(12, dtype=np.float32).reshape(3, 4)

    def test_attributes(self) -> None:
        self.assertEqual(self.tiny.inputs[0].name, "x:0")
        self.assertEqual(self.tiny.inputs[0].shape, ("batch", 4))
        self.assertEqual(self.tiny.outputs[0].c_name, "y_out")
        self.assertEqual((self.tiny.dims["batch"].min, self.tiny.dims["batch"].max), (1, 1024))
        self.assertEqual(self.tiny.metadata, {"author": 'Müller "und" Sohn'})
        self.assertEqual(self.tiny.info.name, "tiny")
        self.assertEqual(self.tiny.info.kernels, ("scale",))
        self.assertEqual(self.tiny.info.interface_hash, 0x1122334455667788)

    def test_by_position_and_by_name(self) -> None:
        expected = 2 * self.x + 1
        for result in (self.tiny(self.x), self.tiny(**{"x:0": self.x}), self.tiny.run({"x:0": self.x}), self.tiny(self.x.tolist())):
            self.assertEqual(list(result), ["y/out"])
            np.testing.assert_array_equal(result["y/out"], expected)
        wide = np.zeros((3, 8), np.float32)
        wide[:, ::2] = self.x
        np.testing.assert_array_equal(self.tiny(wide[:, ::2])["y/out"], expected)

    def test_out_binds(self) -> None:
        out = np.zeros((3, 4), np.float32)
        result = self.tiny(self.x, out={"y/out": out})
        np.testing.assert_array_equal(out, 2 * self.x + 1)
        self.assertTrue(np.shares_memory(result["y/out"], out))
        for bad in (np.zeros((3, 4)), np.zeros((4, 4), np.float32), np.zeros((4, 3), np.float32).T):
            with self.assertRaises(ValueError):
                self.tiny(self.x, out={"y/out": bad})
        with self.assertRaises(TypeError):
            self.tiny(self.x, out={"z": out})

    def test_arguments_that_do_not_fit(self) -> None:
        for call in (lambda: self.tiny(), lambda: self.tiny(self.x, self.x), lambda: self.tiny(self.x, **{"x:0": self.x}),
                     lambda: self.tiny(self.x.astype(np.float64)), lambda: self.tiny(z=self.x), lambda: self.tiny(self.x, state=1),
                     lambda: self.tiny(self.x.astype(">f4"))):
            with self.assertRaises(TypeError):
                call()
        for shape in ((3, 5), (4,), (0, 4), (1025, 4)):
            with self.assertRaises(ValueError):
                self.tiny(np.zeros(shape, np.float32))

    def test_every_class_of_shape_and_state(self) -> None:
        x = np.array([[1, -2, 3, -4], [5, 6, -7, 0]], np.float32)
        for threads in (1, 2, 5):
            model = motion.load(SHAPES, threads=threads)
            self.assertEqual([tensor.name for tensor in model.inputs], ["x", "repeats"])
            state = model.state()
            first = model(x, [3], state=state)
            np.testing.assert_array_equal(first["tiled"], np.tile(x + x.sum(0), (3, 1)))
            np.testing.assert_array_equal(first["positive"], x[x > 0])
            snapshot = state.copy()
            second = model(x, [3], state=state)
            np.testing.assert_array_equal(second["tiled"], np.tile(x + 2 * x.sum(0), (3, 1)))
            np.testing.assert_array_equal(state["h_in"], 2 * x.sum(0))
            np.testing.assert_array_equal(model(x, [3], state=snapshot)["tiled"], second["tiled"])
            state.reset()
            np.testing.assert_array_equal(model(x, [3], state=state)["tiled"], first["tiled"])
            self.assertEqual(model(x, [0], state=state)["tiled"].shape, (0, 4))
        with self.assertRaises(TypeError):
            model(x, [3])
        with self.assertRaisesRegex(motion.MotionError, "plan: input 'repeats' has a value") as caught:
            model(x, [9], state=state)
        self.assertEqual(caught.exception.code, 5)
        with self.assertRaises(motion.MotionError):
            self.tiny.state()

    def test_threads_call_one_model(self) -> None:
        failures = []

        def work(value: int) -> None:
            x = np.full((50, 4), value, np.float32)
            failures.extend(1 for _ in range(50) if not (self.tiny(x)["y/out"] == 2 * value + 1).all())

        workers = [threading.Thread(target=work, args=(value,)) for value in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(failures, [])

    def test_damaged_files(self) -> None:
        whole = Path(TINY).read_bytes()
        start = whole.index(b"\x7fMOTION\0")
        generator = random.Random(5)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "damaged.so"
            cuts = [whole[: generator.randrange(len(whole) // 2)] for _ in range(40)]
            changes = [(8, struct.pack("<H", 2)), (20, struct.pack("<I", 64)), (16, struct.pack("<I", 1 << 31)), (68, b"\xff\xff\xff\xff")]
            flips = [whole[: start + at] + new + whole[start + at + len(new) :] for at, new in changes]
            for data in cuts + flips + [b"", b"\x7fMOTION\0" * 3]:
                path.write_bytes(data)
                with self.assertRaises(motion.MotionError):
                    motion.load(path)


class CompileTest(unittest.TestCase):
    """compile() and the backend, with a program in motionc's place that copies the hand-written library."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.log = self.folder / "arguments.json"
        stand_in = self.folder / "motionc"
        stand_in.write_text(STAND_IN.format(python=sys.executable, log=str(self.log), tiny=TINY))
        stand_in.chmod(0o755)
        environment = mock.patch.dict(os.environ, MOTIONC=str(stand_in))
        environment.start()
        self.addCleanup(environment.stop)

    def test_options_become_flags(self) -> None:
        library = self.folder / "libm.so"
        model = motion.compile("m.onnx", library, name="m", dims={"batch": (1, 64), "time": 3}, outputs=["y"], cpu="x86-64-v3",
                               threads=2, checks=False, options=["--report"])
        self.assertEqual(json.loads(self.log.read_text()),
                         ["m.onnx", "-o", str(library), "--name=m", "--dim=batch=1..64", "--dim=time=3", "--output=y",
                          "--cpu=x86-64-v3", "--threads=2", "--no-checks", "--report"])
        self.assertEqual(model.info.name, "tiny")
        other = motion.compile("n.onnx", library)
        self.assertEqual(json.loads(self.log.read_text()), ["n.onnx", "-o", str(library)])
        self.assertEqual((model.info.compiler, other.info.compiler), ("my hand", "ny hand"))
        x = np.ones((2, 4), np.float32)
        np.testing.assert_array_equal(model(x)["y/out"], other(x)["y/out"])
        self.assertIsNone(motion.compile("m.onnx", self.folder / "m.a"))

    def test_reasons(self) -> None:
        with self.assertRaises(motion.CompileError) as caught:
            motion.compile(b"bytes", options=["--refuse"])
        self.assertEqual(caught.exception.reasons, ["m.onnx: 2 nodes have an operator that is not supported:\nnode a\nnode b", "m.onnx: node c: odd"])
        with mock.patch.dict(os.environ, MOTIONC=str(self.folder / "none")), self.assertRaises(FileNotFoundError):
            motion.compile("m.onnx")

    def test_backend(self) -> None:
        x = np.ones((2, 4), np.float32)
        graph = helper.make_graph([helper.make_node("Relu", ["x:0"], ["y/out"])], "g",
                                  [helper.make_tensor_value_info("x:0", TensorProto.FLOAT, ["batch", 4])],
                                  [helper.make_tensor_value_info("y/out", TensorProto.FLOAT, ["batch", 4])])
        model = helper.make_model(graph)
        prepared = motion.backend.prepare(model)
        for inputs in ([x], {"x:0": x}):
            result = prepared.run(inputs)
            self.assertEqual(len(result), 1)
            np.testing.assert_array_equal(result[0], np.full((2, 4), 3, np.float32))
        self.assertEqual(len(motion.backend.run_model(model, [x])), 1)
        node = helper.make_node("Relu", ["x:0"], ["y/out"])
        np.testing.assert_array_equal(motion.backend.run_node(node, [x])[0], 2 * x + 1)
        self.assertTrue(motion.backend.supports_device("CPU"))
        self.assertFalse(motion.backend.supports_device("CUDA"))
        self.assertTrue(issubclass(motion.backend.MotionBackend, onnx.backend.base.Backend))


class ElementTest(unittest.TestCase):
    """Packed and bit-pattern types."""

    def test_packing(self) -> None:
        for code, values in ((21, [1, 15, 7]), (22, [-8, 7, -1]), (25, [0, 3, 2]), (26, [-2, 1, -1]), (23, [1, 9, 15])):
            kind = ELEMENT_TYPES[code]
            array = np.array(values, kind.dtype)
            packed = kind.to_library(array)
            self.assertEqual(packed.nbytes, (3 * kind.bits + 7) // 8)
            np.testing.assert_array_equal(kind.from_library(packed, (3,)), array)
            self.assertEqual(int(packed[0]) & (1 << kind.bits) - 1, values[0] & (1 << kind.bits) - 1)

    def test_arrays_of_ml_dtypes(self) -> None:
        for code in (16, 17, 18, 19, 20, 21, 22, 23, 24):
            dtype = helper.tensor_dtype_to_np_dtype(code)
            self.assertTrue(ELEMENT_TYPES[code].accepts(dtype), dtype)
        self.assertFalse(ELEMENT_TYPES[16].accepts(np.dtype(np.float16)))


if __name__ == "__main__":
    unittest.main()
