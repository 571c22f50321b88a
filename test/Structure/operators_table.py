"""Writes the README's table of operators from the compiler's lists of lowerings and from the list of suite cases that must pass.

    operators_table.py            prints the section
    operators_table.py --write    puts it into README.md, between its two "operators" comments
    operators_table.py --check    exit code 1 if README.md differs

Operators stand with the number of their cases in ONNX's own backend suite that pass, and of all of them where those differ.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Conformance"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Harness"))

import readme

ROOT = readme.README.parent


def lowered_operators(folder: Path) -> set[str]:
    """The operators that the families in compiler/Linalg add to the list: list.add<onnx::GemmOp>(...), addUnary<onnx::ReluOp>(list, ...).

    Classes of the domain ai.onnx.ml begin with Ml (onnx::MlBinarizerOp), their operators do not.
    """
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.cpp")))
    return {re.sub(r"^Ml(?=[A-Z])", "", name) for name in re.findall(r"\b(?:list\.)?add\w*<onnx::(\w+)Op\b[^;{]*?\(", text)}


def suite_counts() -> tuple[Counter[str], Counter[str]]:
    """(cases that must pass, all cases) of each operator, of the suite's node cases."""
    from cases import all_cases
    from run_suite import LISTED, read_list
    passing = read_list(LISTED)
    node = [case for case in all_cases() if case.key.startswith("node/")]
    return Counter(case.operator for case in node if case.key in passing), Counter(case.operator for case in node)


def entry(name: str, passing: Mapping[str, int], cases: Mapping[str, int]) -> str:
    """An operator with its counts: `Relu 2`, `Cast 20 of 44`; the name alone when the suite has no case of it."""
    if not cases.get(name):
        return f"`{name}`"
    return f"`{name}` {passing[name]}" + ("" if passing[name] == cases[name] else f" of {cases[name]}")


def section(lowered: set[str], passing: Counter[str], cases: Counter[str]) -> str:
    """The section: totals, and a row for each way in which an operator is supported."""
    expanded = {name for name in passing if name not in lowered}
    rows = [("lowered, every case passes", {name for name in lowered if cases[name] and passing[name] == cases[name]}),
            ("lowered, some cases are refused", {name for name in lowered if passing[name] < cases[name]}),
            ("lowered, without a case in the suite", {name for name in lowered if not cases[name]}),
            ("replaced by ONNX's own definition in other operators", expanded)]
    lines = [f"{sum(passing.values()):,} of the {sum(cases.values()):,} operator cases of ONNX's backend suite pass. The others are refused with "
             "every reason in one run: operator, node, what was expected and found.", "", "| | operators, with their cases |", "| --- | --- |"]
    lines += [f"| {title} | {', '.join(entry(name, passing, cases) for name in sorted(names))} |" for title, names in rows if names]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(readme.main(sys.argv[1:], __doc__.splitlines()[0], "operators",
                         lambda: section(lowered_operators(ROOT / "compiler/Linalg"), *suite_counts()), "the table of operators is old"))
