"""The rules of checks.py hold in this source tree."""

import unittest
from pathlib import Path

import checks

ROOT = Path(__file__).resolve().parents[2]


class TreeTest(unittest.TestCase):
    """One test case per rule."""


def add_rule_tests() -> None:
    """One test case per check; the message of a failure lists the violations."""
    for check in checks.CHECKS:
        def test(self: TreeTest, check=check) -> None:
            found = check(ROOT)
            self.assertFalse(found, f"{check.__doc__}\n" + "\n".join(found))
        setattr(TreeTest, check.__name__.replace("check_", "test_", 1), test)


add_rule_tests()

if __name__ == "__main__":
    unittest.main()
