"""Random small graphs, compiled, run and compared with the float64 oracle.

Enters: a seed (printed; a new one in every run unless given) and a number of graphs. Leaves: one line per failure, with the seed of the
graph and the number of steps at which it first fails, and a last line `N passed, N failed`. A graph is 1 to 10 random steps
(random_ops.py) on one or two inputs, with a symbolic batch in three of four; every value that nothing consumes is an output. The seed
decides too whether the graph is compiled for threads, and for which vectors.

    random_graphs.py --seed 7 --count 1 --keep FOLDER      the same graph again, written to FOLDER

An output passes when |y - y64| <= 1e-6 + 1e-5 max|y64| + 16 times the error of the same graph in NumPy's float32: a random
graph may amplify rounding, and that shows there too; 1e-6 is for results that cancel to zero. Refused graphs fail, unless --allow-refused.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Harness"))

from graph import BATCH  # noqa: E402
from isolate import fork_map, isolated  # noqa: E402
from oracle import Oracle  # noqa: E402
from oracle_ops import OPERATORS  # noqa: E402
from random_ops import STEPS  # noqa: E402
from toolchain import Toolchain, scratch_folder  # noqa: E402

OPSET = 18
PROBE = 3  # batch size at which values are tried while the graph grows
LARGEST = 100.0


@dataclass(frozen=True)
class Way:
    """Options of motionc, threads that are lent to the library, and sizes of the batch; many rows are shared among threads."""

    options: tuple[str, ...] = ()
    threads: int = 1
    batches: tuple[int, ...] = (1, 2, 17)


WAYS = (Way(), Way(("--threads=3",), 3, (1, 17, 1500)), Way(("--cpu=x86-64-v3",)), Way(("--threads=3", "--cpu=x86-64-v3"), 2))


@dataclass(frozen=True)
class Value:
    """A float value of the graph: its name, its shape (PROBE stands for the batch), and whether axis 0 is the batch."""

    name: str
    shape: tuple[int, ...]
    batched: bool

    @property
    def rank(self) -> int:
        return len(self.shape)


class RandomGraph:
    """A graph that grows by random steps; each new value is evaluated at once, which gives its shape and keeps it moderate."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.seed = seed
        self.values: list[Value] = []
        self.inputs: list[Value] = []
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[TensorProto] = []
        self._known: dict[str, np.ndarray] = {}
        batched = bool(self.rng.random() < 0.75)
        for index in range(int(self.rng.integers(1, 3))):
            self._add_input(f"input{index}", batched)

    def _add_input(self, name: str, batched: bool) -> None:
        rank = int(self.rng.integers(1, 5))
        sizes = [int(n) for n in self.rng.choice([1, 2, 4, 5, 8, 11, 16, 19], rank)]
        value = Value(name, (PROBE, *sizes[:3]) if batched else tuple(sizes), batched)
        self._known[name] = self.draw(value, PROBE).astype(np.float64)
        self.inputs.append(value)
        self.values.append(value)

    def draw(self, value: Value, batch: int) -> np.ndarray:
        """Seeded normal numbers for an input."""
        shape = (batch, *value.shape[1:]) if value.batched else value.shape
        rng = np.random.default_rng([self.seed, batch, int(value.name[-1])])
        return rng.standard_normal(shape).astype(np.float32)

    def choose(self, items: Sequence[Any]) -> Any:
        return items[int(self.rng.integers(len(items)))]

    def any_value(self, fits: Callable[[Value], bool] = lambda value: True) -> Value | None:
        """A random value that fits, late ones more often; None when there is none."""
        found = [value for value in self.values if fits(value)]
        return found[max(int(self.rng.integers(len(found))), int(self.rng.integers(len(found))))] if found else None

    def array(self, values: np.ndarray) -> str:
        """An initializer."""
        name = f"w{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(values, name))
        self._known[name] = values.astype(np.float64) if values.dtype == np.float32 else values
        return name

    def constant(self, value: float) -> str:
        return self.array(np.array(value, np.float32))

    def integers(self, values: Sequence[int]) -> str:
        return self.array(np.array(values, np.int64))

    def normal(self, shape: Sequence[int]) -> str:
        return self.array(np.asarray(self.rng.standard_normal(shape), np.float32))

    def weight(self, shape: Sequence[int], fan_in: int) -> str:
        return self.array((self.rng.standard_normal(shape) / np.sqrt(fan_in)).astype(np.float32))

    def emit(self, op: str, operands: Sequence[Value | str], keep: bool = True, **attributes: Any) -> Any:
        """Adds a node; a float result becomes a Value when `keep`. Raises Unsuitable when the result is not moderate."""
        names = [operand if isinstance(operand, str) else operand.name for operand in operands]
        result = f"v{len(self._nodes)}"
        node = helper.make_node(op, names, [result], name=f"{op}_{len(self._nodes)}", **attributes)
        outcome = self._evaluate(node)
        if keep and (not outcome.size or not np.isfinite(outcome).all() or np.abs(outcome).max() > LARGEST or outcome.size > 50_000):
            raise Unsuitable(op)
        self._nodes.append(node)
        self._known[result] = outcome
        if not keep:
            return result
        value = Value(result, outcome.shape, any(v.batched for v in self.values if v.name in names))
        self.values.append(value)
        return value

    def _evaluate(self, node: onnx.NodeProto) -> np.ndarray:
        """The node's result in double, from the known values."""
        names = dict.fromkeys(node.input)
        inputs = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(self._known[n].dtype), None) for n in names]
        graph = helper.make_graph([node], "probe", inputs, [helper.make_tensor_value_info(node.output[0], TensorProto.UNDEFINED, None)])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        return np.asarray(ReferenceEvaluator(model, new_ops=OPERATORS).run(None, {n: self._known[n] for n in names})[0])

    def mark(self) -> tuple[int, int, int]:
        """The present size, for `restore`."""
        return len(self._nodes), len(self._weights), len(self.values)

    def restore(self, mark: tuple[int, int, int]) -> None:
        """Drops what came after `mark`."""
        nodes, weights, values = mark
        del self._nodes[nodes:], self._weights[weights:], self.values[values:]

    def build(self) -> onnx.ModelProto:
        """The model; its outputs are the values that no node consumes."""
        consumed = {name for node in self._nodes for name in node.input}
        ends = [value for value in self.values if value.name not in consumed and value not in self.inputs]

        def info(value: Value) -> onnx.ValueInfoProto:
            shape = [BATCH, *value.shape[1:]] if value.batched else list(value.shape)
            return helper.make_tensor_value_info(value.name, TensorProto.FLOAT, shape)
        used = [value for value in self.inputs if value.name in consumed]
        weights = [weight for weight in self._weights if weight.name in consumed]
        graph = helper.make_graph(self._nodes, f"random{self.seed}", [info(v) for v in used], [info(v) for v in ends], weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


class Unsuitable(Exception):
    """A step gave a result that is empty, too large or not finite."""


def generate(seed: int, steps: int | None = None) -> RandomGraph:
    """The graph of `seed`, cut after `steps`; the first steps do not depend on how many follow."""
    graph = RandomGraph(seed)
    wanted = int(graph.rng.integers(1, 11))
    done = 0
    while done < (wanted if steps is None else min(steps, wanted)):
        mark = graph.mark()
        try:
            graph.choose(STEPS)(graph)
        except Unsuitable:
            graph.restore(mark)
        done += graph.mark()[0] > mark[0]
    return graph


def compare(graph: RandomGraph, model: onnx.ModelProto, run: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]],
            batches: Sequence[int] = Way.batches) -> str:
    """Runs all batch sizes; empty, or what differs first."""
    oracle, single = Oracle(model), ReferenceEvaluator(model, new_ops=OPERATORS)
    used = {value.name for value in model.graph.input}
    batched = any(value.batched for value in graph.inputs)
    for batch in batches if batched else (1,):
        inputs = {value.name: graph.draw(value, batch) for value in graph.inputs if value.name in used}
        rounded = dict(zip((value.name for value in model.graph.output), single.run(None, inputs)))
        outputs = run(inputs)
        for name, expected in oracle.run(inputs).items():
            result = np.asarray(outputs.get(name))
            if result.shape != expected.shape or result.dtype != np.float32:
                return f"batch {batch}: {name} is {result.dtype} {result.shape}, expected float32 {expected.shape}"
            errors = np.nan_to_num(np.abs(result - expected), nan=np.inf)
            error, limit = errors.max(), _limit(rounded[name], expected)
            if error > limit:
                where = np.unravel_index(errors.argmax(), expected.shape)
                return f"batch {batch}: {name}{[int(i) for i in where]} is {result[where]:.8g}, expected {expected[where]:.8g}, " \
                       f"error {error:.2e}, limit {limit:.2e}"
    return ""


def _limit(rounded: np.ndarray, expected: np.ndarray) -> float:
    return float(1e-5 * np.abs(expected).max() + 16 * np.abs(rounded - expected).max()) + 1e-6


def attempt(graph: RandomGraph, tools: Toolchain, folder: Path, seconds: float) -> tuple[str, str]:
    """("pass" | "refused" | "wrong" | "crash" | ..., text) of a graph."""
    model = graph.build()
    path = folder / f"random{graph.seed}_{len(model.graph.node)}.onnx"
    path.write_bytes(model.SerializeToString())
    library = path.with_suffix(".so")
    way = WAYS[graph.seed % len(WAYS)]
    done = tools.compile(path, library, way.options, seconds=seconds)
    try:
        if done.kind != "done":
            return done.kind, done.text
        outcome = isolated(lambda: compare(graph, model, tools.load(library, way.threads), way.batches), seconds)
        if outcome.kind == "value":
            return ("wrong", outcome.value) if outcome.value else ("pass", "")
        return ("wrong" if outcome.kind == "error" else outcome.kind), outcome.text.strip().splitlines()[-1]
    finally:
        for leftover in folder.glob(f"{path.stem}.*"):
            leftover.unlink()


def examine(seed: int, tools: Toolchain, folder: Path, seconds: float) -> tuple[int, str, str]:
    """(seed, kind, text); of a failing graph the text names the first step that fails."""
    kind, text = attempt(generate(seed), tools, folder, seconds)
    if kind in ("pass", "refused"):
        return seed, kind, text
    for steps in range(1, 11):
        graph = generate(seed, steps)
        kind, text = attempt(graph, tools, folder, seconds)
        if kind not in ("pass", "refused"):
            last = graph.build().graph.node[-1]
            text = f"first fails with {steps} steps, at {last.name}({', '.join(last.input)}): {text}"
            break
    return seed, kind, text


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, help="seed of the first graph; the others follow by one")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=30.0)
    parser.add_argument("--allow-refused", action="store_true", help="count refused graphs apart")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the graphs that fail here, or all when there is one")
    Toolchain.add_arguments(parser)
    options = parser.parse_args(arguments)
    tools = Toolchain.of(options)
    seed = secrets.randbelow(1 << 30) if options.seed is None else options.seed
    print(f"seed {seed}")
    counts = {"pass": 0, "refused": 0, "failed": 0}
    with scratch_folder() as scratch:
        for number, kind, text in fork_map(lambda n: examine(n, tools, Path(scratch), options.timeout), range(seed, seed + options.count), options.jobs):
            failed = kind != "pass" and not (kind == "refused" and options.allow_refused)
            counts["failed" if failed else kind] += 1
            if failed:
                print(f"FAIL --seed {number} --count 1: {kind}: {' '.join(text.split())[:600]}", flush=True)
            if options.keep and (failed or options.count == 1):
                options.keep.mkdir(parents=True, exist_ok=True)
                onnx.save(generate(number).build(), options.keep / f"random{number}.onnx")
    print(f"{counts['pass']} passed, {counts['failed']} failed" + (f", {counts['refused']} refused" if options.allow_refused else ""))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
