"""A run of a compiled model makes no system call and its library needs nothing: seccomp's strict mode, and the symbols of the file.

Environment: MOTIONC is the compiler, CC the C compiler (clang-22 if not set). Needs numpy and onnxruntime for the expected values.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx

ROOT = Path(__file__).resolve().parents[2]
MOTIONC, CC = os.environ["MOTIONC"], os.environ.get("CC", "clang-22")
MODELS = ("deephase", "deephase_conv", "stylevae_encoder")


def expected(model: Path) -> bytes:
    """What ONNX Runtime computes from the inputs of strict.c, all outputs one after the other."""
    import onnxruntime
    feeds = {}
    for value in onnx.load(model).graph.input:
        shape = [dim.dim_value or 3 for dim in value.type.tensor_type.shape.dim]
        numbers = np.arange(np.prod(shape, dtype=int))
        feeds[value.name] = ((numbers * 7 % 19 - 9) / 8).astype(np.float32).reshape(shape)
    results = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, feeds)
    return b"".join(np.ascontiguousarray(result).tobytes() for result in results)


class SystemCallsTest(unittest.TestCase):
    """One library per model."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def build(self, name: str) -> Path:
        """Compiles a model and the program that calls it."""
        generator = [sys.executable, "-B", ROOT / "test/Models/generate.py", self.folder, name]
        program = [CC, "-O1", "-Wall", "-Wextra", "-Werror", f"-I{ROOT}", f"-DMODEL={name}_model", ROOT / "test/Runtime/strict.c",
                   "-L.", f"-l{name}", "-Wl,-rpath,$ORIGIN,-z,now", "-o", "strict"]
        for command in (generator, [MOTIONC, f"{name}.onnx", "-o", f"lib{name}.so"], program):
            done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=300)
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return self.folder / "strict"

    def test_no_system_call(self) -> None:
        for name in MODELS:
            with self.subTest(name):
                done = subprocess.run([self.build(name)], capture_output=True, timeout=60)
                self.assertEqual(done.returncode, 0, "-9: a forbidden system call")
                found, wanted = np.frombuffer(done.stdout, np.float32), np.frombuffer(expected(self.folder / f"{name}.onnx"), np.float32)
                self.assertEqual(found.shape, wanted.shape)
                self.assertLessEqual(np.abs(found - wanted).max(), 1e-4 * np.abs(wanted).max())

    def test_a_system_call_is_noticed(self) -> None:
        self.assertEqual(subprocess.run([self.build("deephase"), "break"], capture_output=True, timeout=60).returncode, -9)

    def test_needs_nothing(self) -> None:
        self.build("deephase")
        tool = "/usr/lib/llvm-22/bin/llvm-nm"
        undefined = subprocess.run([tool, "-u", self.folder / "libdeephase.so"], capture_output=True, text=True, check=True).stdout
        exported = subprocess.run([tool, "-D", "--defined-only", self.folder / "libdeephase.so"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(undefined.strip(), "")
        self.assertEqual(sorted(line.split()[-1] for line in exported.splitlines()), ["deephase_model", "deephase_run", "deephase_workspace"])


if __name__ == "__main__":
    unittest.main()
