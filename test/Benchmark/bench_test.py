"""Tests of the benchmark itself: cost counter, targets, plot, and motion-bench on a hand-written library and on the peers.

The environment names what was built: MOTION_BENCH, the program, and MOTION_TINY, a library with y = 2 x + 1 (x: [batch, 4]).
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Models"))

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import bench
import plot
import readme_table
import report
from cost import NodeCost, bandwidth_at, bound, node_costs, weight_bytes
from workload import symbolic_dims, write_known_model, write_manifest

PROGRAM = os.environ.get("MOTION_BENCH")
TINY = os.environ.get("MOTION_TINY")


def make_model(node: onnx.NodeProto, x: list[int | str], y: list[int | str], **weights: list[int]) -> onnx.ModelProto:
    """A model of one node, from x to y, with zeros as weights of the given shapes."""
    tensors = [numpy_helper.from_array(np.zeros(shape, np.float32), name) for name, shape in weights.items()]
    graph = helper.make_graph([node], "one", [helper.make_tensor_value_info("x", TensorProto.FLOAT, x)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, y)], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


class CostTest(unittest.TestCase):
    """Operations and bytes, counted by hand."""

    def check(self, model: onnx.ModelProto, flops: int, size: int) -> None:
        costs = node_costs(model, {"batch": 3})
        self.assertEqual((costs[0].flops, weight_bytes(costs)), (flops, size))

    def test_products(self) -> None:
        gemm = helper.make_node("Gemm", ["x", "w", "b"], ["y"], transB=1)
        self.check(make_model(gemm, ["batch", 5], ["batch", 7], w=[7, 5], b=[7]), 2 * 3 * 5 * 7, 4 * (35 + 7))
        matmul = helper.make_node("MatMul", ["x", "w"], ["y"])
        self.check(make_model(matmul, ["batch", 2, 5], ["batch", 2, 7], w=[5, 7]), 2 * 3 * 2 * 5 * 7, 4 * 35)

    def test_convolutions(self) -> None:
        grouped = helper.make_node("Conv", ["x", "w"], ["y"], group=2)
        self.check(make_model(grouped, ["batch", 4, 10], ["batch", 6, 8], w=[6, 2, 3]), 2 * 3 * 6 * 8 * 2 * 3, 4 * 36)
        transposed = helper.make_node("ConvTranspose", ["x", "w"], ["y"], strides=[2])
        self.check(make_model(transposed, ["batch", 4, 10], ["batch", 5, 21], w=[4, 5, 3]), 2 * 3 * 4 * 10 * 5 * 3, 4 * 60)

    def test_bound(self) -> None:
        curve = [[1.0, 100.0], [3.0, 50.0]]
        self.assertEqual([bandwidth_at(curve, size) for size in (0.1, 2, 9)], [100, 75, 50])
        # 1 Mflop at 10 GFLOP/s: 100 us. 1 MB of 2 MB at 75 GB/s: 13.3 us.
        found = bound([NodeCost("a", 1_000_000, 1_000_000), NodeCost("b", 0, 1_000_000)], 10, curve)
        self.assertAlmostEqual(found.total, 100 + 1e6 / 75e3)
        self.assertFalse(bound([NodeCost("a", 1_000_000, 2_000_000)], 10, curve).total < 100)
        self.assertTrue(bound([NodeCost("a", 1_000_000, 1_000)], 10, curve).compute_bound)
        self.assertFalse(found.compute_bound)


def sample_row(ours: float, peer: float, **fields: object) -> dict:
    """A timing as bench.py writes it."""
    def timing(value: float) -> dict:
        return {"median_of_minima": value, "minimum": value, "median": value, "p99": value, "error": 1e-7}

    return {"model": "deephase", "batch": 1, "threads": 1, "bound_us": 1.0, "compute_bound": False, "failed_peers": {},
            "peers": {"motion": timing(ours), "onnxruntime": timing(peer), "openvino": timing(2 * peer)}, **fields}


def sample_results(*rows: dict) -> dict:
    """Results with these timings and nothing else."""
    return {"machine": {"cpu": "test & test"}, "timings": list(rows), "start": [], "compile": [], "chains": [],
            "limits": [{"threads": 1}]}


class ReportTest(unittest.TestCase):
    """Targets hold and fail as they should."""

    def holds(self, row: dict, text: str) -> bool:
        found = [target["holds"] for target in report.targets(sample_results(row)) if text in target["target"]]
        self.assertEqual(len(found), 1, text)
        return found[0]

    def test_ratio(self) -> None:
        self.assertTrue(self.holds(sample_row(1.0, 2.6), ">= 2.5x"))
        self.assertFalse(self.holds(sample_row(1.0, 2.4), ">= 2.5x"))
        self.assertFalse(self.holds(sample_row(1.0, 2.6, peers={}), ">= 2.5x"))

    def test_error(self) -> None:
        row = sample_row(1.0, 2.0)
        self.assertTrue(self.holds(row, "error"))
        row["peers"]["motion"]["error"] = 5e-7
        self.assertFalse(self.holds(row, "error"))

    def test_threads(self) -> None:
        one = sample_row(2.0, 9.0, model="deepmimic_actor")
        for time, wanted in ((1.3, True), (1.5, False)):
            two = sample_row(time, 9.0, model="deepmimic_actor", threads=2)
            found = {target["target"]: target["holds"] for target in report.targets(sample_results(one, two))}
            self.assertEqual(found["deepmimic_actor b1: two threads >= 1.4x one"], wanted)

    def test_plot(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plot.svg"
            plot.write_plot(sample_results(sample_row(1.0, 2.0), sample_row(3.0, 500.0, batch=64)), path)
            root = ElementTree.parse(path).getroot()
        titles = [element.text for element in root.iter("{http://www.w3.org/2000/svg}title")]
        self.assertEqual(len(titles), 6)
        self.assertIn("openvino 1000 us", titles)


class ReadmeTest(unittest.TestCase):
    """The README's section says what was measured, and a dash where nothing was."""

    def results(self) -> dict:
        machine = {"cpu": "test", "load_before": 0.0, "load_after": 0.0, "cores_used_by_others": 0.0, "stolen_cores": 0.0}
        limits = [{"threads": 1, "avx512_gflops": 200.0, "avx2_gflops": 100.0}]
        missing = sample_row(1.0, 2.0, model="quadratic_deep")
        del missing["peers"]["motion"]
        rows = [sample_row(2.0, 5.0), missing, sample_row(8.0, 9.0, batch=64), sample_row(7.0, 70.0, threads=2)]
        return sample_results(*rows) | {"machine": machine, "limits": limits}

    def test_section(self) -> None:
        lines = readme_table.section(self.results()).splitlines()
        self.assertIn("| deephase | 2.00 | 5.00 | 10.0 | 2.50x | 50 % | 1e-07 |", lines)
        self.assertIn("| quadratic_deep | - | 2.00 | 4.00 | - | - | - |", lines)
        self.assertIn("| deephase | 8.00 | 9.00 | 18.0 | 1.12x | 12 % | 1e-07 |", lines)
        # Two threads: 7 against 70 and 140 at batch 1, 2 with one thread; not measured at batch 64 nor for the other model.
        self.assertIn("| 2 threads | batch 1 | against the better | against one thread |", lines)
        self.assertIn("| deephase | 7.00 | 10.0x | 0.286x |", lines)
        self.assertIn("| quadratic_deep | - | - | - |", lines)

    def test_start(self) -> None:
        results = self.results()
        results["start"] = [{"model": "deephase", "peer": peer, "total_us": 1500.0, "peak_over_empty_kb": 2048} for peer in ("motion", "openvino")]
        results["compile"] = [{"model": "deephase", "onnx_bytes": 1024, "stripped_bytes": 3072}]
        results["runtime_bytes"] = {"openvino": 10240}
        lines = readme_table.section(results).splitlines()
        self.assertIn("| motionc | 1.50 | 2,048 | 3 |", lines)
        self.assertIn("| OpenVINO | 1.50 | 2,048 | 11 |", lines)


class ProgramTest(unittest.TestCase):
    """motion-bench measures what it is given, and says so when it cannot."""

    def setUp(self) -> None:
        if not PROGRAM:
            self.skipTest("MOTION_BENCH is not set")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_program(self, *arguments: object) -> subprocess.CompletedProcess:
        return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)

    def run_tiny(self, command: str, offset: float, dim: str = "batch") -> subprocess.CompletedProcess:
        """The tiny library on a workload whose expected output is off by `offset`."""
        if not TINY:
            self.skipTest("MOTION_TINY is not set")
        x = np.arange(12, dtype=np.float32).reshape(3, 4) - 6
        manifest = write_manifest(self.folder, {dim: 3}, {"x:0": x}, {"y/out": 2 * x + 1 + np.float32(offset)})
        return self.run_program(command, manifest, "--rounds", 2, "--slice", 0.001, "--peer", "ours", "motion", "tiny", TINY)

    def test_uniform_call(self) -> None:
        for offset, error in ((0.0, 0.0), (1.0, 1 / 12)):
            result = json.loads(self.run_tiny("time", offset).stdout)["peers"]["ours"]
            self.assertAlmostEqual(result["error"], error, places=6)
            self.assertGreater(result["minimum"], 0)
            self.assertLessEqual(result["minimum"], result["median_of_minima"])
            self.assertLessEqual(result["median"], result["p99"])
        start = json.loads(self.run_tiny("start", 0.0).stdout)
        self.assertGreater(start["peak_kb"], 100)
        self.assertAlmostEqual(start["total_us"], start["load_us"] + start["prepare_us"] + start["first_run_us"], delta=0.1)

    def test_refusals(self) -> None:
        missing = self.run_tiny("time", 0.0, dim="other")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("no size for dimension 'batch'", missing.stderr)
        self.assertEqual(self.run_program("time", self.folder / "absent").returncode, 1)
        self.assertEqual(self.run_program("time", "--bogus").returncode, 2)
        self.assertEqual(self.run_program("limits", "--cores", "0", "--threads").returncode, 2)

    def test_peers_known_result(self) -> None:
        model, manifest = write_known_model(self.folder)
        self.assertEqual(symbolic_dims(onnx.load(model)), ["batch"])
        runtimes = bench.find_runtimes()
        if not runtimes:
            self.skipTest("no peer is installed")
        wrong = manifest.parent / "output0.bin"
        for offset, error in ((0, 0.0), (50, 1.0)):
            wrong.write_bytes((np.frombuffer(wrong.read_bytes(), np.float32) - np.float32(offset)).tobytes())
            for runtime in runtimes:
                done = self.run_program("start", manifest, "--peer", "peer", runtime.kind, runtime.library, model)
                self.assertEqual(done.returncode, 0, done.stderr)
                result = json.loads(done.stdout)
                self.assertGreaterEqual(result["error"], error * 0.5)
                self.assertLessEqual(result["error"], error)

    @unittest.skipUnless(importlib.util.find_spec("torch"), "PyTorch is not installed")
    def test_torch(self) -> None:
        model, manifest = write_known_model(self.folder)
        done = subprocess.run([sys.executable, Path(__file__).with_name("torch_peer.py"), model, manifest, "--rounds", "2"],
                              capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["error"], 0)


if __name__ == "__main__":
    unittest.main()
