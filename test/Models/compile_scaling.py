"""The time that motionc takes for one more node, in long models against short ones: chains of 10, 100 and 1000 Gemm nodes.

Leaves: the times, and a last line `N passed, N failed`; exit code 0 when none failed. Times are the processor's, the least of several runs
each, and only their ratio is judged, so that neither the machine nor what else it does decides.
"""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

import onnx

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Harness"))

import generate  # noqa: E402
from toolchain import Toolchain, scratch_folder  # noqa: E402

LENGTHS = (10, 100, 1000)
# Long models leave the processor's caches, and their main function is one block for LLVM. From 1.0 to 1.4 has been seen of one program: the ratio
# hangs on 30 ms, the time from 10 to 100 nodes.
LIMIT = 1.5
ROUNDS = 12
RUNS = 4


def processor_seconds(tools: Toolchain, model: Path, library: Path) -> float:
    """What one run of motionc takes of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = tools.compile(model, library)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.kind != "done":
        raise SystemExit(f"error: {model.name}: {done.text}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ratio(seconds: dict[int, float]) -> float:
    """Time per node from 100 to 1000 nodes, over that from 10 to 100."""
    short, middle, long = LENGTHS
    return (seconds[long] - seconds[middle]) / (long - middle) / ((seconds[middle] - seconds[short]) / (middle - short))


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=float, default=LIMIT, help="largest ratio that passes (%(default)s)")
    Toolchain.add_arguments(parser)
    options = parser.parse_args(arguments)
    tools = Toolchain.of(options)
    seconds = dict.fromkeys(LENGTHS, float("inf"))
    with scratch_folder() as scratch:
        for length in LENGTHS:
            onnx.save(generate.gemm_chain(length), Path(scratch) / f"{length}.onnx")
        # More rounds only while the ratio is too large: other work can make times longer, never shorter.
        for _ in range(ROUNDS):
            for length in LENGTHS * RUNS:
                seconds[length] = min(seconds[length], processor_seconds(tools, Path(scratch) / f"{length}.onnx", Path(scratch) / "chain.so"))
            if ratio(seconds) <= options.limit:
                break
    print(", ".join(f"{length} nodes {1e3 * seconds[length]:.0f} ms" for length in LENGTHS) + f": ratio {ratio(seconds):.2f}, limit {options.limit}")
    passed = ratio(seconds) <= options.limit
    print(f"{int(passed)} passed, {int(not passed)} failed")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
