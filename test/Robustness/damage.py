"""Feeds damaged models to motionc: it must refuse them or compile them, and never crash or hang.

Enters: the compiler, a seed. Leaves: one line per failure and a last line `N passed, N failed`. Three groups:

    malformed    models that are wrong in one named way (malformed.py): exit code 1 and a message
    truncated    several models cut at 200 random places: exit code 0 or 1
    flipped      500 times one to four random bits of several models: exit code 0 or 1

Where the exit code is 0, the library must load. Every run has a time limit and a limit on memory.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import helper

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[0] / "Harness"), str(HERE.parents[0] / "Models")]

import generate  # noqa: E402
import malformed  # noqa: E402
from graph import BATCH, GraphBuilder  # noqa: E402
from isolate import fork_map, isolated  # noqa: E402
from toolchain import Toolchain, scratch_folder  # noqa: E402

MEMORY = 8 << 30


@dataclass(frozen=True)
class Damage:
    """A damaged model in a file, and whether it must be refused."""

    name: str
    path: Path
    must_refuse: bool


def small_conv() -> onnx.ModelProto:
    """A few kilobytes with convolution, normalisation, pooling, Flatten, Gemm and Softmax."""
    g = GraphBuilder("small_conv", 11, 1401)
    x = g.conv(g.input("input", [BATCH, 2, 8, 8]), "conv", 2, 4, [3, 3], [1, 1, 1, 1])
    x = g.max_pool(g.node("Relu", [g.batch_norm(x, "norm", 4)]), 2, 2)
    x = g.linear(g.node("Flatten", [x], axis=1), "fc", 64, 5, 1.0)
    g.node("Softmax", [x], g.output("output", [BATCH, 5]), axis=1)
    return g.build()


def small_shapes() -> onnx.ModelProto:
    """Shape chains, Reshape, Slice, Concat, Transpose, ReduceSum and an If, with almost no weights."""
    g = GraphBuilder("small_shapes", 17, 1402)
    x = g.input("input", [BATCH, 4, 6])
    size = g.node("Slice", [g.node("Shape", [x]), *(g.weight(f"i{n}", np.array([n], np.int64)) for n in (0, 1))])
    shape = g.node("Concat", [size, g.weight("rest", np.array([24], np.int64))], axis=0)
    flat = g.node("Reshape", [x, shape])
    total = g.node("ReduceSum", [flat, g.weight("axes", np.array([1], np.int64))], keepdims=1)
    condition = g.node("Squeeze", [g.node("Greater", [g.node("ReduceMax", [total]), g.weight("zero", np.array(0, np.float32))])])
    branches = [helper.make_graph([helper.make_node(op, [flat], [op.lower()])], op, [],
                                  [helper.make_tensor_value_info(op.lower(), 1, [BATCH, 24])]) for op in ("Relu", "Neg")]
    chosen = g.node("If", [condition], then_branch=branches[0], else_branch=branches[1])
    g.node("Transpose", [g.node("Add", [chosen, total])], g.output("output", [24, BATCH]), perm=[1, 0])
    return g.build()


def sources() -> dict[str, bytes]:
    """The sound models that are damaged: small ones, where most bytes are structure and not weights."""
    models = {name: generate.build(name) for name in ("two_d_beale", "two_d_branin", "quadratic_deep", "deephase", "gemm_chain_3")}
    models |= {"small_conv": small_conv(), "small_shapes": small_shapes()}
    return {name: model.SerializeToString(deterministic=True) for name, model in models.items()}


def truncated(count: int, rng: np.random.Generator, folder: Path) -> Iterator[Damage]:
    """`count` models cut at a random place."""
    originals = list(sources().items())
    for number in range(count):
        name, data = originals[number % len(originals)]
        length = int(rng.integers(0, len(data)))
        path = folder / f"truncated_{number}.onnx"
        path.write_bytes(data[:length])
        yield Damage(f"{name} cut after {length} of {len(data)} bytes", path, False)


def flipped(count: int, rng: np.random.Generator, folder: Path) -> Iterator[Damage]:
    """`count` models with one to four random bits flipped."""
    originals = list(sources().items())
    for number in range(count):
        name, data = originals[number % len(originals)]
        damaged, flips = bytearray(data), []
        for _ in range(int(rng.integers(1, 5))):
            position, bit = int(rng.integers(0, len(data))), int(rng.integers(0, 8))
            damaged[position] ^= 1 << bit
            flips.append(f"{position}.{bit}")
        path = folder / f"flipped_{number}.onnx"
        path.write_bytes(damaged)
        yield Damage(f"{name} with bits {', '.join(flips)} flipped", path, False)


def judge(damage: Damage, tools: Toolchain, seconds: float) -> tuple[Damage, str, str]:
    """(damage, how it ended, what is wrong or empty)."""
    library = damage.path.with_suffix(".so")
    result = tools.compile(damage.path, library, seconds=seconds, memory=MEMORY)
    header = library.with_suffix(".h")
    if result.kind == "refused":
        return damage, result.kind, f"refused, but left {header.name}" if header.exists() else ""
    if result.kind != "done":
        return damage, result.kind, f"{result.kind}: {result.text}"
    if damage.must_refuse:
        return damage, "accepted", "accepted, must be refused"
    outcome = isolated(lambda: tools.load(library) and None, seconds)
    library.unlink()
    header.unlink(missing_ok=True)
    return damage, "accepted", "" if outcome.kind == "value" else f"the library does not load: {outcome.kind} {outcome.text}"


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--truncations", type=int, default=200)
    parser.add_argument("--flips", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20260)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=20.0, help="seconds per model (%(default)s)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="copy the models that failed here")
    Toolchain.add_arguments(parser)
    options = parser.parse_args(arguments)
    tools = Toolchain.of(options)
    print(f"seed {options.seed}")
    rng = np.random.default_rng(options.seed)
    ends: Counter[str] = Counter()
    failures = 0
    with scratch_folder() as scratch:
        folder = Path(scratch)
        damages = [Damage(name, path, True) for name, path in malformed.files(folder)]
        damages += [*truncated(options.truncations, rng, folder), *flipped(options.flips, rng, folder)]
        for damage, end, problem in fork_map(lambda item: judge(item, tools, options.timeout), damages, options.jobs):
            ends[end] += 1
            if problem:
                failures += 1
                print(f"FAIL {damage.path.stem}: {damage.name}: {' '.join(problem.split())[:800]}", flush=True)
                if options.keep and damage.path.is_file():
                    options.keep.mkdir(parents=True, exist_ok=True)
                    shutil.copy(damage.path, options.keep)
    print(", ".join(f"{count} {end}" for end, count in sorted(ends.items())))
    print(f"{sum(ends.values()) - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
