"""Tests of the generator and of the float64 oracle; they need no compiler.

Enters: nothing. Leaves: a unittest result. Covers: checker and published shapes, the same bytes in every run, both signs in the
inputs, every layer varies and is neither dead nor linear, rows are independent, the oracle agrees with `onnx.reference` and with
ONNX Runtime (where it is installed).
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

sys.path.insert(0, str(Path(__file__).resolve().parent))

import generate  # noqa: E402
import oracle  # noqa: E402
from graph import BATCH, same_padding  # noqa: E402

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

# name: (opset, shapes of the inputs, shapes of the outputs, KB of the file as published or None)
PUBLISHED = {
    "deephase": (11, [[BATCH, 132]], [[BATCH, 2]], 279),
    "stylevae_encoder": (11, [[BATCH, 4380]], [[BATCH, 256], [BATCH, 256]], 9791),
    "stylevae_decoder": (11, [[BATCH, 256]], [[BATCH, 60, 73]], 9549),
    "deepmimic_actor": (11, [[BATCH, 197]], [[BATCH, 36]], 2915),
    "deepmimic_critic": (11, [[BATCH, 197]], [[BATCH, 1]], 2845),
    "deephase_conv": (11, [[BATCH, 69, 240]], [[BATCH, 10]], 25857),
    "mnist_classifier": (17, [[BATCH, 1, 28, 28]], [[BATCH, 10]], None),
    "mnist_logreg": (17, [[BATCH, 1, 28, 28], [BATCH]], [[BATCH, 10], [BATCH]], None),
    "mnist_mlp": (17, [[BATCH, 1, 28, 28], [BATCH]], [[BATCH, 10], [BATCH]], None),
    "mnist_2c2d": (17, [[BATCH, 1, 28, 28], [BATCH]], [[BATCH, 10], [BATCH]], None),
    "cifar10_3c3d": (17, [[BATCH, 3, 32, 32], [BATCH]], [[BATCH, 10], [BATCH]], None),
    "quadratic_deep": (17, [[BATCH, 100]], [[BATCH]], None),
    "two_d_rosenbrock": (17, [[BATCH, 2]], [[BATCH]], None),
    "two_d_beale": (17, [[BATCH, 2]], [[BATCH]], None),
    "two_d_branin": (17, [[BATCH, 2]], [[BATCH]], None),
}


def shape_of(value: onnx.ValueInfoProto) -> list[int | str]:
    """The declared shape, names for symbolic dimensions."""
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


class GeneratorTest(unittest.TestCase):
    """The models are what models.md publishes."""

    def test_published_shapes_and_sizes(self) -> None:
        self.assertEqual(list(PUBLISHED), list(generate.MODELS))
        for name, (opset, inputs, outputs, kilobytes) in PUBLISHED.items():
            with self.subTest(name):
                model = generate.build(name)
                self.assertEqual([shape_of(v) for v in model.graph.input], inputs)
                self.assertEqual([shape_of(v) for v in model.graph.output], outputs)
                self.assertEqual(model.opset_import[0].version, opset)
                if kilobytes:
                    self.assertAlmostEqual(model.ByteSize() / 1024, kilobytes, delta=0.005 * kilobytes)

    def test_same_bytes_in_every_run(self) -> None:
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            for folder in (first, second):
                self.assertEqual(generate.main([folder, "deephase", "quadratic_deep", "--batch", "3"]), 0)
            for path in Path(first).glob("*.onnx"):
                self.assertEqual(path.read_bytes(), (Path(second) / path.name).read_bytes(), path.name)

    def test_unknown_name_is_wrong_usage(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(generate.main([folder, "no_such_model"]), 2)

    def test_inputs_have_both_signs_and_labels_in_range(self) -> None:
        for name in generate.MODELS:
            inputs = generate.make_inputs(generate.build(name), 64)
            for key, array in inputs.items():
                with self.subTest(f"{name}/{key}"):
                    if array.dtype == np.int64:
                        self.assertEqual((array.min(), array.max()), (0, 9))
                    else:
                        self.assertGreater((array > 0).mean(), 0.3)
                        self.assertGreater((array < 0).mean(), 0.3)

    def test_weights_matter(self) -> None:
        for name in generate.MODELS:
            for tensor in generate.build(name).graph.initializer:
                values = onnx.numpy_helper.to_array(tensor)
                with self.subTest(f"{name}/{tensor.name}"):
                    if tensor.name.endswith("bias"):
                        self.assertGreaterEqual(np.abs(values).min(), 0.05)
                    if tensor.name.endswith("running_mean"):
                        self.assertGreaterEqual(np.abs(values).min(), 0.05)
                    if tensor.name.endswith("running_var"):
                        self.assertGreaterEqual(values.min(), 1.2)

    def test_gemm_chain(self) -> None:
        model = generate.build("gemm_chain_10")
        self.assertEqual(sum(node.op_type == "Gemm" for node in model.graph.node), 10)

    def test_same_padding_puts_the_odd_element_at_the_end(self) -> None:
        self.assertEqual([same_padding(28, 5, 1), same_padding(28, 2, 2), same_padding(28, 3, 2), same_padding(7, 3, 2)],
                         [(2, 2), (0, 0), (0, 1), (1, 1)])
        pools = [n for n in generate.build("cifar10_3c3d").graph.node if n.op_type == "MaxPool"]
        for node in pools:
            pads = next(list(a.ints) for a in node.attribute if a.name == "pads")
            self.assertEqual(pads, [0, 0, 1, 1])


class LayerTest(unittest.TestCase):
    """Every layer of every model carries information, so that an error in it shows at the outputs."""

    def test_every_layer_varies(self) -> None:
        for name in generate.MODELS:
            model = generate.build(name)
            values = oracle.Oracle(model).values(generate.make_inputs(model, 64))
            for node in model.graph.node:
                result = values[node.output[0]]
                if node.op_type == "Constant":
                    continue
                with self.subTest(f"{name}{node.name}"):
                    self.assertTrue(np.isfinite(result).all())
                    across = result.reshape(64, -1).std(axis=0)
                    self.assertGreater(across.max(), 0.0)
                    if node.op_type in ("Relu", "LeakyRelu"):
                        active = (result > 0).mean()
                        self.assertTrue(0.05 <= active <= 0.95, f"{active:.1%} of the elements are active")
                        self.assertGreater((across > 0).mean(), 0.5, "more than half of the units never change")
                    if node.op_type == "Tanh":
                        self.assertLess((np.abs(result) > 0.99).mean(), 0.5, "saturated")

    def test_rows_are_independent(self) -> None:
        for name in generate.MODELS:
            model = generate.build(name)
            inputs = generate.make_inputs(model, 8)
            evaluator = oracle.Oracle(model)
            whole, part = evaluator.run(inputs), evaluator.run({key: array[3:5] for key, array in inputs.items()})
            for key in whole:
                with self.subTest(f"{name}/{key}"):
                    np.testing.assert_allclose(part[key], whole[key][3:5], rtol=1e-10, atol=1e-12)

    @unittest.skipIf(onnxruntime is None, "onnxruntime is not installed")
    def test_oracle_agrees_with_onnx_runtime(self) -> None:
        for name in generate.MODELS:
            model = generate.build(name)
            inputs = generate.make_inputs(model, 3)
            session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
            expected = oracle.Oracle(model).run(inputs)
            for (key, reference), result in zip(expected.items(), session.run(None, inputs)):
                with self.subTest(f"{name}/{key}"):
                    self.assertEqual(reference.dtype, np.float64)
                    self.assertLess(np.abs(result - reference).max() / np.abs(reference).max(), 1e-5)


class OracleTest(unittest.TestCase):
    """Our operators agree with the slow ones of `onnx.reference`, and nothing is rounded to float32 on the way."""

    def compare(self, op: str, shapes: list[list[int]], **attributes: object) -> None:
        rng = np.random.default_rng(5)
        names = [f"x{index}" for index in range(len(shapes))]
        graph = helper.make_graph([helper.make_node(op, names, ["y"], **attributes)], "g",
                                  [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in zip(names, shapes)],
                                  [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        inputs = {n: rng.uniform(0.1, 1.0, s).astype(np.float32) - (0.5 if n == "x0" else 0.0) for n, s in zip(names, shapes)}
        expected = ReferenceEvaluator(model).run(None, inputs)[0]
        result = oracle.Oracle(model).run(inputs)["y"]
        self.assertEqual(result.shape, expected.shape, f"{op} {attributes}")
        self.assertEqual(result.dtype, np.float64)
        np.testing.assert_allclose(result, expected, rtol=2e-4, atol=2e-5, err_msg=f"{op} {attributes}")

    def test_conv(self) -> None:
        for group, stride, dilation, pads in itertools.product((1, 2), (1, 2), (1, 2), ([0, 0, 0, 0], [1, 0, 2, 1])):
            self.compare("Conv", [[2, 4, 9, 8], [6, 4 // group, 3, 2], [6]], group=group, strides=[stride, 1],
                         dilations=[1, dilation], pads=pads)
        self.compare("Conv", [[1, 3, 11], [2, 3, 4]], auto_pad="SAME_UPPER", strides=[2])
        self.compare("Conv", [[1, 3, 11], [2, 3, 4]], auto_pad="SAME_LOWER", strides=[2])

    def test_pool(self) -> None:
        for op in ("MaxPool", "AveragePool"):
            for ceil, pads in itertools.product((0, 1), ([0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1])):
                self.compare(op, [[2, 3, 9, 8]], kernel_shape=[3, 3], strides=[2, 2], pads=pads, ceil_mode=ceil)
        self.compare("AveragePool", [[1, 2, 7, 7]], kernel_shape=[3, 2], pads=[1, 1, 1, 0], count_include_pad=1)

    def test_normalisation_and_products(self) -> None:
        self.compare("BatchNormalization", [[2, 3, 5], [3], [3], [3], [3]], epsilon=0.1)
        self.compare("Gemm", [[4, 3], [5, 4], [5]], transA=1, transB=1, alpha=0.5, beta=2.0)
        self.compare("LeakyRelu", [[4, 3]], alpha=0.25)
        self.compare("Softmax", [[4, 3]], axis=0)

    def test_float32_on_the_way_is_an_error(self) -> None:
        nodes = [helper.make_node("Constant", [], ["c"], value_float=0.1), helper.make_node("Add", ["x", "c"], ["y"])]
        value = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1]) for n in "xy"]
        model = helper.make_model(helper.make_graph(nodes, "g", value[:1], value[1:]), opset_imports=[helper.make_opsetid("", 17)])
        one = {"x": np.ones(1, np.float32)}
        self.assertEqual(oracle.Oracle(model).run(one)["y"][0], 1.0 + float(np.float32(0.1)))
        nodes.append(helper.make_node("Cast", ["y"], ["z"], to=TensorProto.FLOAT16))
        half = helper.make_tensor_value_info("z", TensorProto.FLOAT16, [1])
        model = helper.make_model(helper.make_graph(nodes, "g", value[:1], [half]), opset_imports=[helper.make_opsetid("", 17)])
        with self.assertRaises(oracle.OracleError):
            oracle.Oracle(model).run(one)

    def test_cache_returns_what_was_computed(self) -> None:
        model = generate.build("deephase")
        inputs = generate.make_inputs(model, 3)
        with tempfile.TemporaryDirectory() as folder:
            first = oracle.cached(model, inputs, Path(folder))
            second = oracle.cached(model, inputs, Path(folder))
            self.assertEqual(len(list(Path(folder).iterdir())), 1)
            np.testing.assert_array_equal(first["output"], second["output"])
            inputs["input"] = inputs["input"] + 1
            self.assertFalse(np.array_equal(oracle.cached(model, inputs, Path(folder))["output"], first["output"]))


if __name__ == "__main__":
    unittest.main()
