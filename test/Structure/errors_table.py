"""Writes the README's errors of mathematical functions from the bounds that test/Lower/math_cases.py holds them to.

    errors_table.py            prints the section
    errors_table.py --write    puts it into README.md, between its two "errors" comments
    errors_table.py --check    exit code 1 if README.md differs
"""

from __future__ import annotations

import argparse
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


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", action="store_true", help="put the section into README.md")
    action.add_argument("--check", action="store_true", help="compare with README.md")
    options = parser.parse_args(arguments)
    old = readme.README.read_text(encoding="utf-8")
    if options.write:
        readme.README.write_text(readme.replace(old, "errors", section()), encoding="utf-8")
    elif not options.check:
        print(section(), end="")
    elif readme.section(old, "errors") != section():
        print(f"README.md: the errors of functions are old; test/Structure/{Path(__file__).name} --write renews them")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
