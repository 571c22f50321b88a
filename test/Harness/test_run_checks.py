"""Tests of run_checks.py: summaries of every kind are read, and what is not explained counts as failed."""

from __future__ import annotations

import contextlib
import io
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import run_checks  # noqa: E402
from run_checks import Part, judge  # noqa: E402

LIT = """
Total Discovered Tests: 25
  Excluded           :  4 (16.00%)
  Passed             : 18 (72.00%)
  Expectedly Failed  :  1 (4.00%)
  Failed             :  2 (8.00%)
"""
CTEST = "80% tests passed, 1 tests failed out of 5\n4/5 Test #4: a ...***Skipped  0.1 sec\n"


class SummaryTest(unittest.TestCase):
    """`judge` on the output of each kind of part."""

    def check(self, code: int, text: str, passed: int, failed: int, skipped: int) -> None:
        result = judge(code, text)
        self.assertEqual((result.passed, result.failed, result.skipped), (passed, failed, skipped))

    def test_summaries(self) -> None:
        self.check(0, "1 passed, 0 failed\nlater\n7 passed, 0 failed, 3 refused   (2 s)\n", 7, 0, 3)
        self.check(1, "7 passed, 2 failed, 3 skipped\n", 7, 2, 3)
        self.check(1, LIT, 19, 2, 4)
        self.check(8, CTEST, 3, 1, 1)

    def test_summaries_of_inner_tests_do_not_count(self) -> None:
        self.check(8, "2 passed, 5 failed\n" + CTEST, 3, 1, 1)
        self.check(0, "2 passed, 5 failed\nthen it crashed\n", 0, 1, 0)

    def test_unexplained_ends_fail(self) -> None:
        self.check(0, "nothing to see\n", 0, 1, 0)
        self.check(-11, "7 passed, 0 failed\n", 7, 1, 0)
        self.check(0, "a line with 7 passed, 0 failed in it\n", 0, 1, 0)


class MainTest(unittest.TestCase):
    """The total and the exit code of a whole run."""

    def run_main(self, commands: dict[str, str]) -> tuple[int, str]:
        parts = []
        for name, code in commands.items():
            command = [sys.executable, "-c", code]
            parts.append(Part(name, command, quick=command if name == "quick" else None))
        out = io.StringIO()
        with mock.patch.object(run_checks, "parts", return_value=parts), contextlib.redirect_stdout(out):
            code = run_checks.main(self.arguments)
        return code, out.getvalue().splitlines()[-1]

    arguments: list[str] = []

    def test_adds_up(self) -> None:
        good = {"quick": "print('3 passed, 0 failed')", "b": "print('4 passed, 0 failed, 2 refused')"}
        self.assertEqual(self.run_main(good), (0, "7 passed, 0 failed, 2 skipped"))
        self.assertEqual(self.run_main({**good, "c": "import os; os.abort()"}), (1, "7 passed, 1 failed, 2 skipped"))

    def test_quick(self) -> None:
        self.arguments = ["--quick"]
        self.assertEqual(self.run_main({"quick": "print('3 passed, 0 failed')", "b": "raise SystemExit(1)"}), (0, "3 passed, 0 failed"))

    def test_missing_program(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(run_checks.run("none", ["/no/such/program"]).failed, 1)


if __name__ == "__main__":
    unittest.main()
