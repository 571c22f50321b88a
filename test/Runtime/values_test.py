"""What tensors hold does no harm, as README.md says: indices outside of their axis, divisions by 0, floats that no integer holds.

Environment: MOTIONC is the compiler. Needs numpy and onnx.
"""

import os
import sys
import unittest
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "runtime" / "python"))

import motion  # noqa: E402

LARGE = 2**62
OUTSIDE = np.array([0, 5, -6, 6, -7, LARGE, -LARGE, -LARGE * 2], np.int64)
NEAREST = [0, 5, 0, 5, 0, 5, 0, 0]
INTEGERS = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)


def run_node(operator: str, inputs: Sequence[np.ndarray], output: type, **attributes: object) -> np.ndarray:
    """The vector that a model of one node gives."""
    names = [f"x{i}" for i in range(len(inputs))]
    values = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
              for name, array in zip(names, inputs)]
    result = helper.make_tensor_value_info("y", helper.np_dtype_to_tensor_dtype(np.dtype(output)), ["m"])
    graph = helper.make_graph([helper.make_node(operator, names, ["y"], **attributes)], "g", values, [result])
    return motion.compile(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]))(*inputs)["y"]


@unittest.skipUnless("MOTIONC" in os.environ, "MOTIONC is not set")
class ValuesTest(unittest.TestCase):
    """A test for each kind of value."""

    def test_indices(self) -> None:
        x = np.arange(6, dtype=np.float32)
        for operator, indices in (("Gather", OUTSIDE), ("GatherElements", OUTSIDE), ("GatherND", OUTSIDE[:, None])):
            with self.subTest(operator):
                np.testing.assert_array_equal(run_node(operator, [x, indices], np.float32), NEAREST)
        for operator, indices in (("ScatterElements", OUTSIDE[3:]), ("ScatterND", OUTSIDE[3:, None])):
            with self.subTest(operator):
                updates = np.full(5, -1, np.float32)
                np.testing.assert_array_equal(run_node(operator, [x, indices, updates], np.float32), [-1, 1, 2, 3, 4, -1])

    def test_integer_division(self) -> None:
        for dtype in INTEGERS:
            with self.subTest(dtype.__name__):
                least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
                a, b = np.array([5, least, most, 0, 7], dtype), np.array([0, 0, 0, 0, 2], dtype)
                np.testing.assert_array_equal(run_node("Div", [a, b], dtype), [0, 0, 0, 0, 3])
                if least < 0: # the quotient is one too large
                    np.testing.assert_array_equal(run_node("Div", [np.array([least], dtype), np.array([-1], dtype)], dtype), [least])

    def test_floats_that_no_integer_holds(self) -> None:
        for dtype in INTEGERS:
            with self.subTest(dtype.__name__):
                least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
                x = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 3.7], np.float32)
                to = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
                np.testing.assert_array_equal(run_node("Cast", [x], dtype, to=to), [0, most, least, most, least, 3])


if __name__ == "__main__":
    unittest.main()
