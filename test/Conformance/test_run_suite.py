"""Tests of the suite driver with a stand-in for the compiler; they need neither motionc nor the runtime.

Enters: nothing. Leaves: a unittest result. Every way in which a case can end is produced once, and so is every way in which the list
of passing cases can be wrong.
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

import cases  # noqa: E402
import fake_tools  # noqa: E402
import run_suite  # noqa: E402


class DriverTest(unittest.TestCase):
    """run_suite.py against fake_tools.py."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.arguments = [*fake_tools.install(self.folder), "--list", str(self.folder / "passing.txt"), "--timeout", "5", "--jobs", "1"]
        self.addCleanup(os.environ.pop, "FAKE_FAULTS", None)

    def suite(self, pattern: str, *extra: str, faults: str = "", listed: list[str] | None = None) -> tuple[int, str]:
        """(exit code, output) of a run over the cases that match `pattern`."""
        os.environ["FAKE_FAULTS"] = faults
        if listed is not None:
            run_suite.write_list(self.folder / "passing.txt", listed)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = run_suite.main([*self.arguments, "--filter", pattern, *extra])
        return code, output.getvalue()

    def test_listed_and_passing(self) -> None:
        code, output = self.suite("^node/test_abs$", listed=["node/test_abs"])
        self.assertEqual((code, output.splitlines()[-1].split("   ")[0]), (0, "1 passed, 0 failed, 0 refused"))

    def test_passing_and_not_listed_fails(self) -> None:
        code, output = self.suite("^node/test_abs$", listed=[])
        self.assertEqual(code, 1)
        self.assertIn("NEW     node/test_abs", output)

    def test_listed_and_refused_fails_but_unlisted_refusal_does_not(self) -> None:
        self.assertEqual(self.suite("^node/test_abs$", faults="refuse=abs", listed=[])[0], 0)
        code, output = self.suite("^node/test_abs$", faults="refuse=abs", listed=["node/test_abs"])
        self.assertEqual(code, 1)
        self.assertIn("LOST    node/test_abs", output)

    def test_list_with_an_unknown_case_fails(self) -> None:
        code, output = self.suite("^node/test_abs$", listed=["node/test_abs", "node/test_no_such_case"])
        self.assertEqual(code, 1)
        self.assertIn("STALE   node/test_no_such_case", output)

    def test_every_bad_end_fails_and_update_does_not_hide_it(self) -> None:
        ends = {"wrong": "WRONG", "type": "WRONG", "shape": "WRONG", "count": "WRONG", "raise": "WRONG", "crash": "CRASH",
                "run_crash": "CRASH", "mute": "UNCLEAN", "usage": "UNCLEAN", "empty": "UNCLEAN", "litter": "UNCLEAN"}
        for fault, word in ends.items():
            with self.subTest(fault):
                code, output = self.suite("^node/test_abs$", "--update", faults=f"{fault}=abs", listed=["node/test_abs"])
                self.assertEqual(code, 1)
                self.assertRegex(output, rf"(?m)^{word} +node/test_abs")
                self.assertEqual(run_suite.read_list(self.folder / "passing.txt"), set())

    def test_hangs_are_ended(self) -> None:
        for fault in ("hang", "run_hang"):
            code, output = self.suite("^node/test_abs$", "--timeout", "1", faults=f"{fault}=abs", listed=[])
            self.assertEqual(code, 1)
            self.assertIn("TIMEOUT node/test_abs", output)

    def test_update_keeps_the_cases_that_did_not_run(self) -> None:
        code, _ = self.suite("^node/test_abs$", "--update", listed=["node/test_acos"])
        self.assertEqual(code, 0)
        self.assertEqual(run_suite.read_list(self.folder / "passing.txt"), {"node/test_abs", "node/test_acos"})

    def test_two_workers_give_the_same_verdicts(self) -> None:
        faults = "run_crash=test_acos$ refuse=test_acosh$"
        single = self.suite("^node/test_aco", faults=faults, listed=[])[1]
        double = self.suite("^node/test_aco", "--jobs", "2", faults=faults, listed=[])[1]
        keep = [line for line in single.splitlines() if line.startswith(("CRASH", "NEW", "LOST"))]
        self.assertEqual(len(keep), 3)
        self.assertEqual(keep, [line for line in double.splitlines() if line.startswith(("CRASH", "NEW", "LOST"))])


class CasesTest(unittest.TestCase):
    """The suite is read whole, and every recorded output passes against itself."""

    def test_counts_and_self_comparison(self) -> None:
        suite = cases.all_cases()
        counts = {kind: sum(case.key.startswith(f"{kind}/") for case in suite) for kind in cases.KINDS}
        self.assertEqual(counts, {"node": 1884, "simple": 23, "pytorch-operator": 35, "pytorch-converted": 82, "light": 9})
        self.assertEqual(len({case.key for case in suite}), 2033)
        for case in suite:
            model, data_sets = case.load()
            for inputs, outputs in data_sets:
                with self.subTest(case.key):
                    self.assertLessEqual(len(cases.feeds(model, inputs)), len(model.graph.input))
                    self.assertEqual(cases.compare(outputs, outputs, case.rtol, case.atol), "")

    def test_compare_sees_each_difference(self) -> None:
        one = np.ones((2, 3), np.float32)
        for expected, result in (([one], []), ([one], [one.astype(np.float64)]), ([one], [one.reshape(3, 2)]), ([one], [one * 1.01]),
                                 ([one], [None]), ([None], [one]), ([[one]], [one]), ([[one, one]], [[one]]),
                                 ([np.array(["a"], object)], [np.array(["b"], object)])):
            self.assertNotEqual(cases.compare(expected, result, 1e-3, 1e-7), "")
        self.assertEqual(cases.compare([one, [one], None], [one * 1.0001, [one], None], 1e-3, 1e-7), "")


if __name__ == "__main__":
    unittest.main()
