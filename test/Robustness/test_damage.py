"""Tests of damage.py with a stand-in for the compiler, which is too lenient and crashes when asked to.

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

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Harness"))

import damage  # noqa: E402
import fake_tools  # noqa: E402
import onnx  # noqa: E402


class DamageTest(unittest.TestCase):
    """What the driver must notice, and what it must let pass."""

    def run_damage(self, faults: str) -> tuple[int, str]:
        """(exit code, output) with one truncation and seven flips, one for each sound model."""
        os.environ["FAKE_FAULTS"] = faults
        self.addCleanup(os.environ.pop, "FAKE_FAULTS", None)
        output = io.StringIO()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(output):
            code = damage.main([*fake_tools.install(Path(folder)), "--truncations", "1", "--flips", "7", "--timeout", "2"])
        return code, output.getvalue()

    def test_faults_show(self) -> None:
        code, output = self.run_damage("crash=^deephase hang=^gemm_chain mute=^malformed$")
        self.assertEqual(code, 1)
        self.assertIn("crash: motionc: SIGSEGV", output)
        self.assertIn("timeout: motionc was still running", output)
        self.assertRegex(output, r"FAIL declared_shape_differs: .*without an error message")
        self.assertNotIn("FAIL cycle", output)

    def test_lenient_compiler_shows(self) -> None:
        code, output = self.run_damage("")
        self.assertEqual(code, 1)
        self.assertIn("FAIL declared_shape_differs: declared_shape_differs: accepted, must be refused", output)
        self.assertNotIn("FAIL external_data", output)

    def test_sources_are_sound(self) -> None:
        for name, data in damage.sources().items():
            with self.subTest(name):
                onnx.checker.check_model(onnx.ModelProto.FromString(data), full_check=True)


if __name__ == "__main__":
    unittest.main()
