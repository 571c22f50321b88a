"""Tests of the test programs' own foundations: forked calls, and check_models.py with a stand-in for the compiler.

Enters: nothing. Leaves: a unittest result. Each check is seen to fail when the stand-in misbehaves.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Models"))

import check_models  # noqa: E402
import fake_tools  # noqa: E402
from isolate import isolated  # noqa: E402


class IsolateTest(unittest.TestCase):
    """Every end of a forked call is an Outcome."""

    def test_ends(self) -> None:
        self.assertEqual(isolated(lambda: [1, "x"], 10).value, [1, "x"])
        self.assertEqual(isolated(lambda: b"x" * (3 << 20), 10).value, b"x" * (3 << 20))
        self.assertIn("ZeroDivisionError", isolated(lambda: 1 // 0, 10).text)
        self.assertEqual(isolated(lambda: (lambda: 0), 10).kind, "error")
        crash = isolated(lambda: os.kill(os.getpid(), signal.SIGSEGV), 10)
        self.assertEqual((crash.kind, crash.text), ("crash", "SIGSEGV"))
        self.assertEqual(isolated(lambda: os._exit(3), 10).kind, "crash")
        start = time.monotonic()
        self.assertEqual(isolated(lambda: time.sleep(60), 0.2).kind, "timeout")
        self.assertLess(time.monotonic() - start, 10)


class CheckModelsTest(unittest.TestCase):
    """check_models.py against fake_tools.py."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.arguments = [*fake_tools.install(Path(folder.name)), "--cache", folder.name, "--cpu", "native", "--batch", "1", "17"]
        self.addCleanup(os.environ.pop, "FAKE_FAULTS", None)

    def check(self, faults: str, *names: str) -> tuple[int, str]:
        """(exit code, output) of check_models.py."""
        os.environ["FAKE_FAULTS"] = faults
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = check_models.main([*self.arguments, "--timeout", "5", *names])
        return code, output.getvalue()

    def test_good_tools_pass(self) -> None:
        code, output = self.check("", "deephase", "two_d_branin")
        self.assertEqual(code, 0, output)
        self.assertEqual(output.splitlines()[-1], "20 passed, 0 failed")

    def test_each_fault_fails(self) -> None:
        for fault in ("wrong", "bits", "type", "shape", "count", "raise", "refuse", "mute", "crash", "run_crash", "run_hang"):
            with self.subTest(fault):
                code, output = self.check(f"{fault}=deephase", "deephase")
                self.assertEqual(code, 1)
                self.assertRegex(output.splitlines()[-1], r"^\d+ passed, [1-9]\d* failed$")

    def test_a_crash_ends_one_model_only(self) -> None:
        output = self.check("run_crash=deephase", "deephase", "two_d_branin")[1]
        self.assertIn("10 passed, 1 failed", output)


if __name__ == "__main__":
    unittest.main()
