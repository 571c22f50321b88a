"""Runs all tests, part by part, and adds up what each part reports.

Enters: a build folder. Leaves: the parts' output, a table, and a last line `N passed, N failed` (then `, N skipped` if any). Exit code 0
when nothing failed. A part that ends without a summary, or with an exit code that its summary does not explain, counts as one failure.

    run_checks.py --build build [--quick] [PART ...]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Tests of ctest that take seconds: check-quick leaves them out.
SLOW = ["alignment", "benchmark", "damage-driver", "examples", "harness", "models", "python_package_test", "random-graphs-generator", "readme-operators",
        "suite-driver", "values"]


@dataclass(frozen=True)
class Part:
    """One command of the run; parts with a `quick` command run that in check-quick, the others do not run there."""

    name: str
    command: list[str]
    quick: list[str] | None = None


@dataclass
class Result:
    """What a part reported."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""
    seconds: float = 0.0


def parts(build: Path) -> list[Part]:
    """Every part, quick ones first."""
    python = [sys.executable, "-B", "-u"]
    jobs = str(os.cpu_count() or 2)
    lit = _cache(build, "MOTION_LIT")
    tools = ["--motionc", str(build / "bin/motionc"), "--motion-run", str(build / "bin/motion-run")]
    lit_run = [lit, "-sv", "--order=smart", str(build / "test")]
    ctest = ["ctest", "--test-dir", str(build), "--output-on-failure", "-j", jobs]
    return [
        Part("lit", lit_run, quick=lit_run),
        Part("unit", ctest, quick=[*ctest, "-E", f"^({'|'.join(SLOW)})$"]),
        Part("models", [*python, "test/Models/check_models.py", "--quiet", *tools]),
        Part("compile time", [*python, "test/Models/compile_scaling.py", *tools]),
        # The same graphs in every run: a failure is the change's. `make check-random` looks for new ones.
        Part("random graphs", [*python, "test/Models/random_graphs.py", "--seed", "1", "--count", "400", "--jobs", jobs, *tools]),
        Part("ONNX suite", [*python, "test/Conformance/run_suite.py", "--jobs", jobs, *tools]),
        Part("damaged models", [*python, "test/Robustness/damage.py", "--jobs", jobs, *tools]),
    ]


def _cache(build: Path, name: str) -> str:
    """A variable of CMake's cache."""
    match = re.search(rf"^{name}:\w+=(.*)$", (build / "CMakeCache.txt").read_text(encoding="utf-8"), re.MULTILINE)
    if not match:
        raise SystemExit(f"error: {build} has no {name}: configure it again")
    return match[1]


def summary(text: str) -> Result | None:
    """The summary of a part's output: ours as the last line, ctest's or lit's."""
    lines = text.split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    if ours := re.match(r"(\d+) passed, (\d+) failed(?:, (\d+) (?:refused|skipped))?", last):
        return Result(int(ours[1]), int(ours[2]), int(ours[3] or 0))
    ctest = re.findall(r"(\d+)% tests passed, (\d+) tests failed out of (\d+)", text)
    if ctest:
        failed, total = int(ctest[-1][1]), int(ctest[-1][2])
        skipped = len(re.findall(r"\*\*\*Skipped", text))
        return Result(total - failed - skipped, failed, skipped)
    if "Total Discovered Tests:" in text:
        counts = {name.strip(): int(count) for name, count in re.findall(r"^  ([A-Z][\w ]*?) *: +(\d+) \(", text, re.MULTILINE)}
        good = counts.get("Passed", 0) + counts.get("Expectedly Failed", 0)
        idle = sum(counts.get(name, 0) for name in ("Skipped", "Unsupported", "Excluded"))
        return Result(good, sum(counts.values()) - good - idle, idle)
    return None


def judge(code: int, text: str) -> Result:
    """What a part that ended with `code` after printing `text` reports."""
    result = summary(text)
    if result is None:
        return Result(failed=1, note=f"no summary, exit code {code}")
    if code != 0 and result.failed == 0:
        result.failed, result.note = 1, f"exit code {code}"
    return result


def run(name: str, command: list[str]) -> Result:
    """Runs a part's command, passing its output on line by line."""
    print(f"\n== {name} ==", flush=True)
    start = time.monotonic()
    lines: list[str] = []
    try:
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                              errors="replace") as process:
            assert process.stdout
            for line in process.stdout:
                lines.append(line)
                print(line, end="", flush=True)
        result = judge(process.returncode, "".join(lines))
    except OSError as error:
        result = Result(failed=1, note=str(error))
    result.seconds = time.monotonic() - start
    return result


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    parser.add_argument("--quick", action="store_true", help="lit and unit tests only")
    parser.add_argument("names", nargs="*", metavar="PART", help="run these parts only")
    options = parser.parse_args(arguments)
    known = parts(options.build.resolve())
    unknown = set(options.names) - {part.name for part in known}
    if unknown:
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(part.name for part in known)}")
    chosen = {part.name: part.quick if options.quick else part.command for part in known if not options.names or part.name in options.names}
    results = {name: run(name, command) for name, command in chosen.items() if command}
    print(f"\n{'part':16}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for name, result in results.items():
        print(f"{name:16}{result.passed:>8}{result.failed:>8}{result.skipped:>9}{result.seconds:>9.0f}  {result.note}".rstrip())
    passed, failed, skipped = (sum(getattr(result, field) for result in results.values()) for field in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
