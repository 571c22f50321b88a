"""Runs the ONNX backend suite through motionc, each case compiled to a library and executed.

Enters: the compiler, and passing.txt with the keys (KIND/NAME) of the cases that must pass. Leaves: one line per case that is not as
listed, a summary per operator, and a last line `N passed, N failed, N refused`. Every case ends as one of

    pass      right count, types, shapes and values, by the suite's own tolerances
    refused   exit code 1, a message that starts with "error:", and no library
    wrong     another result, or an error while loading or running
    crash     a signal, in the compiler or in the library
    timeout   still running after the limit
    unclean   any other end of motionc

Exit code 1: a case is wrong, crashes, hangs or ends uncleanly; a listed case does not pass; or a case passes and is not listed.
`--update` rewrites the list for the cases that ran (the first group of failures still counts).
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Harness"))

from cases import Case, all_cases, compare, feeds  # noqa: E402
from isolate import fork_map, isolated  # noqa: E402
from toolchain import Toolchain, scratch_folder  # noqa: E402

LISTED = Path(__file__).with_name("passing.txt")
KINDS = ("pass", "refused", "wrong", "crash", "timeout", "unclean")


@dataclass(frozen=True)
class Verdict:
    """How a case ended, why, and how long compiler and case took."""

    key: str
    kind: str
    text: str = ""
    compile_seconds: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class Job:
    """What a worker needs beside the case."""

    tools: Toolchain
    folder: Path
    compile_limit: float
    run_limit: float
    flags: tuple[str, ...]


def judge(case: Case, job: Job) -> Verdict:
    """Compiles a case and runs it in a forked child."""
    start = time.monotonic()
    model, data_sets = case.load()
    stem = re.sub(r"[^A-Za-z0-9]+", "_", case.key)
    path, library = job.folder / f"{stem}.onnx", job.folder / f"{stem}.so"
    path.write_bytes(model.SerializeToString())
    try:
        done = job.tools.compile(path, library, job.flags, job.compile_limit)
        kind, text = done.kind, done.text
        if kind == "done":
            kind, text = _execute(case, job, library, [(feeds(model, inputs), outputs) for inputs, outputs in data_sets])
        return Verdict(case.key, kind, text, done.seconds, time.monotonic() - start)
    finally:
        for leftover in job.folder.glob(f"{stem}.*"):
            leftover.unlink()


def _execute(case: Case, job: Job, library: Path, data_sets: list[tuple[dict, list]]) -> tuple[str, str]:
    """(kind, text) of running all data sets of a compiled case."""
    def run() -> str:
        model = job.tools.load(library)
        for inputs, expected in data_sets:
            difference = compare(expected, list(model(inputs).values()), case.rtol, case.atol)
            if difference:
                return difference
        return ""
    outcome = isolated(run, job.run_limit)
    if outcome.kind == "value":
        return ("wrong", outcome.value) if outcome.value else ("pass", "")
    if outcome.kind == "error":
        return "wrong", outcome.text.strip().splitlines()[-1]
    return outcome.kind, outcome.text


def judge_safely(case: Case, job: Job) -> Verdict:
    """`judge`, with the driver's own errors as a verdict."""
    try:
        return judge(case, job)
    except Exception as error:
        return Verdict(case.key, "wrong", f"the test driver failed: {type(error).__name__}: {error}")


def read_list(path: Path) -> set[str]:
    """The keys in the list; lines that start with # are comments."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def write_list(path: Path, keys: Iterable[str]) -> None:
    """Writes the sorted list."""
    head = "# Cases of the ONNX backend suite that must pass. Written by run_suite.py --update; a case that passes and is missing fails the run.\n"
    path.write_text(head + "".join(f"{key}\n" for key in sorted(keys)), encoding="utf-8")


def problems(verdicts: list[Verdict], listed: set[str], known: set[str]) -> list[str]:
    """One line per verdict that fails the run; `known` holds all keys of the suite, so that stale lines show."""
    lines = []
    for verdict in verdicts:
        if verdict.kind not in ("pass", "refused"):
            lines.append(f"{verdict.kind.upper():8}{verdict.key}: {_line(verdict.text)}")
        elif verdict.kind == "pass" and verdict.key not in listed:
            lines.append(f"NEW     {verdict.key}: passes and is not listed; run with --update")
        elif verdict.kind == "refused" and verdict.key in listed:
            lines.append(f"LOST    {verdict.key}: listed, now refused: {_line(verdict.text)}")
    lines += [f"STALE   {key}: listed, but the suite has no such case" for key in sorted(listed - known)]
    return lines


def _line(text: str) -> str:
    """`text` on one line, shortened."""
    return " ".join(text.split())[:600]


def _reason(text: str) -> str:
    """The first error of a refusal without the names and numbers of the case, so that equal reasons count together."""
    line = next((line for line in text.splitlines() if "error:" in line), text)
    return re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "_", line.split("error:", 1)[-1]).strip()[:140]


def print_summary(verdicts: list[Verdict], cases: list[Case]) -> None:
    """A line per operator (groups other than node in brackets), the totals, the commonest refusals, the slowest cases."""
    operator = {case.key: case.operator for case in cases}
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict in verdicts:
        table[operator[verdict.key]][verdict.kind] += 1
    print(f"\n{'operator':28}{'cases':>7}" + "".join(f"{kind:>9}" for kind in KINDS))
    for name in sorted(table, key=lambda name: (name.startswith("["), name)):
        print(f"{name:28}{sum(table[name].values()):>7}" + "".join(f"{table[name][kind] or '.':>9}" for kind in KINDS))
    total = sum(table.values(), Counter())
    print(f"{'all':28}{len(verdicts):>7}" + "".join(f"{total[kind] or '.':>9}" for kind in KINDS))
    reasons = Counter(_reason(verdict.text) for verdict in verdicts if verdict.kind == "refused")
    for reason, count in reasons.most_common(12):
        print(f"{count:>5} refused: {reason}")
    slowest = sorted(verdicts, key=lambda verdict: -verdict.seconds)[:3]
    print("slowest: " + ", ".join(f"{v.key} {v.seconds:.1f} s" for v in slowest))


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filter", default="", metavar="REGEX", help="run only the cases whose key (KIND/NAME) matches")
    parser.add_argument("--update", action="store_true", help="rewrite the list for the cases that ran")
    parser.add_argument("--list", type=Path, default=LISTED, help="the list of cases that must pass (%(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="parallel workers (%(default)s)")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds for each compilation and each run (%(default)s)")
    parser.add_argument("--option", action="append", default=[], help="a flag for motionc, such as --option=--cpu=x86-64-v3")
    parser.add_argument("--verbose", action="store_true", help="print every case")
    Toolchain.add_arguments(parser)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    options = parse(arguments)
    tools = Toolchain.of(options)
    start = time.monotonic()
    suite = all_cases()
    cases = [case for case in suite if re.search(options.filter, case.key)]
    verdicts = []
    with scratch_folder(4 << 30) as folder:
        job = Job(tools, Path(folder), options.timeout, options.timeout, tuple(options.option))
        for verdict in fork_map(lambda case: judge_safely(case, job), cases, options.jobs):
            verdicts.append(verdict)
            if options.verbose:
                print(f"{verdict.kind:8}{verdict.key} {_line(verdict.text)}", flush=True)
            elif len(verdicts) % 200 == 0:
                print(f"{len(verdicts)} of {len(cases)} cases, {time.monotonic() - start:.0f} s", flush=True)
    verdicts.sort(key=lambda verdict: verdict.key)
    listed = read_list(options.list)
    if options.update:
        ran = {verdict.key for verdict in verdicts}
        listed = {key for key in listed - ran if key in {case.key for case in suite}}
        listed |= {verdict.key for verdict in verdicts if verdict.kind == "pass"}
        write_list(options.list, listed)
    found = problems(verdicts, listed, {case.key for case in suite})
    print_summary(verdicts, cases)
    print("\n".join(found))
    passed = sum(verdict.kind == "pass" and verdict.key in listed for verdict in verdicts)
    refused = sum(verdict.kind == "refused" and verdict.key not in listed for verdict in verdicts)
    print(f"{passed} passed, {len(found)} failed, {refused} refused   ({time.monotonic() - start:.0f} s)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
