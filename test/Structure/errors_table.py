"""Writes the README's errors of mathematical functions from the bounds that test/Lower/math_cases.py holds them to.

    errors_table.py            prints the section
    errors_table.py --write    puts it into README.md, between its two "errors" comments
    errors_table.py --check    exit code 1 if README.md differs
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Lower"))

import math_cases
import readme


def section() -> str:
    """A row for each type: the functions with their bounds, the smallest first."""
    bounds = {name.removesuffix("f") if name == "powf" else name: entry[:2] for name, entry in {**math_cases.UNARY, **math_cases.BINARY}.items()}
    lines = ["| | error at most, in units in the last place |", "| --- | --- |"]
    for column, title in enumerate(("float", "double")):
        names = sorted(bounds, key=lambda name: (bounds[name][column], name))
        lines.append(f"| {title} | {', '.join(f'{name} {bounds[name][column]}' for name in names)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(readme.main(sys.argv[1:], __doc__.splitlines()[0], "errors", section, "the errors of functions are old"))
