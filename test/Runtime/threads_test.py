"""Threads in loops: the kernels of an LSTM's steps are forked in every step, and give the same bits for every number of threads.

Environment: MOTIONC is the compiler. Needs numpy and onnx.
"""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "runtime/python"))

import motion  # noqa: E402
from motion.threads import ThreadHost  # noqa: E402

STEPS, FEATURES, UNITS = 40, 48, 160
COUNTS = (1, 2, 3, 5)


def lstm() -> onnx.ModelProto:
    """One layer over a free number of steps; a step is a product of [batch, 160] with [160, 640], which is large enough to be cut."""
    draw = np.random.default_rng(3)
    weights = {"w": draw.standard_normal((1, 4 * UNITS, FEATURES)) / 8, "r": draw.standard_normal((1, 4 * UNITS, UNITS)) / 16,
               "b": draw.standard_normal((1, 8 * UNITS)) / 4}
    graph = helper.make_graph([helper.make_node("LSTM", ["x", "w", "r", "b"], ["y"], hidden_size=UNITS)], "lstm",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["steps", "batch", FEATURES])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["steps", 1, "batch", UNITS])],
                              [numpy_helper.from_array(array.astype(np.float32), name) for name, array in weights.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)])


class LoopThreads(unittest.TestCase):
    """One library for all numbers of threads."""

    def test_steps_are_forked(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            model, library = Path(folder, "lstm.onnx"), Path(folder, "liblstm.so")
            onnx.save(lstm(), model)
            motion.compile(model, library, threads=max(COUNTS))
            for batch in (1, 50):
                x = np.random.default_rng(batch).standard_normal((STEPS, batch, FEATURES)).astype(np.float32)
                expected = None
                for threads in COUNTS:
                    with mock.patch.object(ThreadHost, "_run", autospec=True, side_effect=ThreadHost._run) as parallel:
                        y = motion.load(library, threads=threads)(x)["y"]
                    self.assertGreaterEqual(parallel.call_count, STEPS if threads > 1 else 0)
                    expected = y if expected is None else expected
                    self.assertEqual(y.tobytes(), expected.tobytes(), f"{threads} threads, batch {batch}")
                    self.assertGreater(float(np.ptp(y)), 0.5)


if __name__ == "__main__":
    unittest.main()
