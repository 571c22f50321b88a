"""Tests of the random graphs: reproducible, varied, valid, judged as ONNX Runtime judges them, and failures seen to fail.

Enters: nothing. Leaves: a unittest result.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Harness"))

import fake_tools  # noqa: E402
import random_graphs  # noqa: E402

try:
    import onnxruntime
except ImportError:
    onnxruntime = None


class RandomGraphsTest(unittest.TestCase):
    """Generation and judgement."""

    def test_same_seed_same_graph(self) -> None:
        for seed in range(5):
            self.assertEqual(random_graphs.generate(seed).build().SerializeToString(),
                             random_graphs.generate(seed).build().SerializeToString())

    def test_fewer_steps_give_a_prefix(self) -> None:
        for seed in range(20):
            whole = random_graphs.generate(seed).build().graph.node
            for steps in range(1, 4):
                part = random_graphs.generate(seed, steps).build().graph.node
                self.assertEqual(list(part), list(whole)[:len(part)])

    def test_variety(self) -> None:
        models = [random_graphs.generate(seed).build() for seed in range(200)]
        operators = {node.op_type for model in models for node in model.graph.node}
        self.assertGreater(len(operators), 50)
        symbolic = sum(bool(model.graph.output[0].type.tensor_type.shape.dim[:1]) and
                       model.graph.output[0].type.tensor_type.shape.dim[0].dim_param == "batch" for model in models)
        self.assertTrue(100 < symbolic < 190, symbolic)

    @unittest.skipIf(onnxruntime is None, "onnxruntime is not installed")
    def test_onnx_runtime_passes(self) -> None:
        onnxruntime.set_default_logger_severity(4)
        for seed in range(1000, 1060):
            graph = random_graphs.generate(seed)
            model = graph.build()
            session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
            names = [value.name for value in model.graph.output]
            with self.subTest(seed=seed):
                self.assertEqual(random_graphs.compare(graph, model, lambda x: dict(zip(names, session.run(None, x)))), "")

    def test_small_differences_show(self) -> None:
        graph = random_graphs.generate(3)
        model = graph.build()
        evaluator = random_graphs.Oracle(model)

        def run(scale: float, dtype: type) -> str:
            return random_graphs.compare(graph, model, lambda x: {k: (v * scale).astype(dtype) for k, v in evaluator.run(x).items()})
        self.assertEqual(run(1.0, np.float32), "")
        self.assertIn("error", run(1.001, np.float32))
        self.assertIn("expected float32", run(1.0, np.float64))
        self.assertIn("error", run(np.nan, np.float32))

    def test_driver(self) -> None:
        self.addCleanup(os.environ.pop, "FAKE_FAULTS", None)
        with tempfile.TemporaryDirectory() as folder:
            arguments = [*fake_tools.install(Path(folder)), "--seed", "41", "--count", "2", "--jobs", "1", "--timeout", "5"]
            for faults, code, last in (("", 0, "2 passed, 0 failed"), ("wrong=random42$", 1, "1 passed, 1 failed"),
                                       ("run_crash=random42$", 1, "1 passed, 1 failed"), ("refuse=random42$", 1, "1 passed, 1 failed"),
                                       ("mute=random42$", 1, "1 passed, 1 failed")):
                os.environ["FAKE_FAULTS"] = faults
                output = io.StringIO()
                with self.subTest(faults), contextlib.redirect_stdout(output):
                    self.assertEqual(random_graphs.main(arguments), code)
                    self.assertEqual(output.getvalue().splitlines()[-1], last)
                    self.assertEqual("--seed 42 --count 1" in output.getvalue(), bool(faults))


if __name__ == "__main__":
    unittest.main()
