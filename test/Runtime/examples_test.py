"""Builds and runs every example with the real compiler, as its first comment says. Needs numpy and onnx.

Environment: MOTIONC is the compiler; CC and CXX the compilers of the examples (clang-22 and clang++-22 if not set)."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

ROOT = Path(__file__).resolve().parents[2]
MOTIONC = os.environ["MOTIONC"]
CC, CXX = os.environ.get("CC", "clang-22"), os.environ.get("CXX", "clang++-22")
STRICT = ["-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
LINK = ["-I.", f"-I{ROOT}/runtime", "-L.", "-ldeephase", "-Wl,-rpath,$ORIGIN", "-lm", "-pthread", "-o", "example"]


class ExamplesTest(unittest.TestCase):
    """One test for each folder of examples/."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.model = Path(folder.name) / "deephase.onnx"
        subprocess.run([sys.executable, "-B", ROOT / "test/Models/generate.py", folder.name, "deephase"], check=True, capture_output=True)
        pose = np.sin(0.1 * np.arange(3 * 132)).astype(np.float32).reshape(3, 132)
        cls.expected = ReferenceEvaluator(onnx.load(cls.model)).run(None, {"input": pose})[0]

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def call(self, *command: object, **environment: str) -> str:
        """Runs a command in the test's folder, which must succeed and complain of nothing."""
        done = subprocess.run(list(map(str, command)), cwd=self.folder, capture_output=True, text=True, timeout=300,
                              env={**os.environ, **environment})
        self.assertEqual((done.returncode, done.stderr), (0, ""), f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def check_rows(self, text: str, count: int) -> None:
        """The printed phases must be those of the reference."""
        found = [[float(value) for value in match] for match in re.findall(r"row \d+: phase (\S+) ([^\s;]+)", text)]
        self.assertEqual(len(found), count, text)
        np.testing.assert_allclose(found, self.expected[:count], rtol=1e-4, atol=1e-5)

    def test_c(self) -> None:
        self.call(MOTIONC, self.model, "-o", "libdeephase.so")
        self.call(CC, "-std=c11", *STRICT, ROOT / "examples/c/main.c", *LINK)
        text = self.call("./example")
        self.check_rows(text, 3)
        self.assertRegex(text, r"one row takes \d+\.\d+ microseconds")

    def test_cpp(self) -> None:
        self.call(MOTIONC, self.model, "-o", "libdeephase.so")
        self.call(CXX, "-std=c++17", *STRICT, ROOT / "examples/cpp/main.cpp", *LINK)
        text = self.call("./example")
        self.check_rows(text, 3)
        self.assertIn("an empty batch: code", text)

    def test_threads(self) -> None:
        self.call(MOTIONC, self.model, "-o", "libdeephase.so", "--threads=4")
        self.call(CXX, "-std=c++17", *STRICT, ROOT / "examples/threads/main.cpp", *LINK)
        text = self.call("./example")
        self.check_rows(text, 1)
        self.assertIn("the same bits", text)

    def test_python(self) -> None:
        text = self.call(sys.executable, "-B", ROOT / "examples/python/main.py", self.model, PYTHONPATH=str(ROOT / "runtime/python"))
        self.check_rows(text, 3)

    def test_cmake(self) -> None:
        self.call("cmake", "-G", "Ninja", "-S", ROOT / "examples/cmake", "-B", "build", f"-DMotion_DIR={ROOT}/runtime/cmake",
                  f"-DMOTIONC={MOTIONC}", f"-DDEEPHASE_MODEL={self.model}", f"-DCMAKE_C_COMPILER={CC}")
        self.call("cmake", "--build", "build")
        pose = np.zeros((1, 132), np.float32)
        pose[0, :2] = 0.5, -0.25
        expected = ReferenceEvaluator(onnx.load(self.model)).run(None, {"input": pose})[0][0]
        for app in ("app", "app_static", "app_object"):
            found = [float(value) for value in re.findall(r"[-\d.e]+(?=\s)", self.call(f"build/{app}").replace("phase", "") + " ")]
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
        self.assertIn("no work to do", self.call("cmake", "--build", "build"))


if __name__ == "__main__":
    unittest.main()
