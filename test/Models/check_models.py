"""The accuracy of compiled models: against float64, beside ONNX Runtime, and the same bits for every thread count.

Enters: names of models (all when none is given), batch sizes, ISA levels, thread counts. Leaves: a table of errors and a last line
`N passed, N failed`; exit code 0 when none failed. Each model is compiled per ISA level, for one thread and with `--threads`, and with
`--dim batch=B` for the smallest batch.

Error of an output: max|y - y64| / max|y64|, y64 from oracle.py. It must be <= 1e-5, and at most 4 times ONNX Runtime's own error.
Both maxima run over the same 64 rows for every batch size, given in as many calls as it takes: a single row of a scalar output may
lie next to zero, where a relative error measures the cancellation of the model and not the code. Where ONNX Runtime happens to be
exact the second limit is FLOOR: four units in the last place of the largest value, what a handful of correctly rounded operations
in another order may cost, and 20 times below 1e-5.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Harness"))

import generate  # noqa: E402
import oracle  # noqa: E402
from isolate import isolated  # noqa: E402
from toolchain import ROOT, Run, Toolchain, scratch_folder  # noqa: E402

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

LIMIT = 1e-5
PEER_FACTOR = 4.0
FLOOR = 4 * 2.0 ** -23
ROWS = 64
THREAD_COUNTS = (1, 2, 3, 5, 8)
Arrays = dict[str, np.ndarray]


@dataclass
class Check:
    """One line of the result: what was checked, whether it held, and the figures."""

    what: str
    passed: bool
    detail: str = ""


@dataclass
class Case:
    """A model with its inputs, the float64 outputs of all rows, and ONNX Runtime's error per batch size and output."""

    model: onnx.ModelProto
    path: Path
    inputs: Arrays
    expected: Arrays
    peer: dict[tuple[int, str], float] = field(default_factory=dict)

    def draws(self, batch: int) -> Iterator[tuple[Arrays, Arrays]]:
        """The 64 rows in as many whole batches of `batch` as they hold: (inputs, float64 outputs)."""
        for start in range(0, ROWS - batch + 1, batch):
            rows = slice(start, start + batch)
            yield {k: v[rows] for k, v in self.inputs.items()}, {k: v[rows] for k, v in self.expected.items()}


def deviation(result: np.ndarray, expected: np.ndarray) -> float:
    """max|y - y64|; infinite when shape or type are wrong or a value is not finite."""
    if result.shape != expected.shape or result.dtype != np.float32 or not np.isfinite(result).all():
        return float("inf")
    return float(np.abs(result - expected).max())


def measure(run: Callable[[Arrays], Arrays], case: Case, batch: int) -> dict[str, float]:
    """The error of every output over all rows, in calls of `batch` rows."""
    worst = {name: 0.0 for name in case.expected}
    for inputs, expected in case.draws(batch):
        outputs = run(inputs)
        if list(outputs) != list(expected):
            raise ValueError(f"outputs are {list(outputs)}, expected {list(expected)}")
        for name, reference in expected.items():
            worst[name] = max(worst[name], deviation(np.asarray(outputs[name]), reference))
    return {name: value / float(np.abs(case.expected[name]).max()) for name, value in worst.items()}


def prepare(name: str, batches: Sequence[int], folder: Path, cache: Path) -> Case:
    """Writes the model into `folder` and evaluates it in float64 and, where installed, by ONNX Runtime."""
    model = generate.build(name)
    path = folder / f"{name}.onnx"
    path.write_bytes(model.SerializeToString(deterministic=True))
    inputs = generate.make_inputs(model, ROWS)
    case = Case(model, path, inputs, oracle.cached(model, inputs, cache))
    if onnxruntime:
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
        names = [value.name for value in model.graph.output]
        for batch in batches:
            errors = measure(lambda arrays: dict(zip(names, session.run(None, arrays))), case, batch)
            case.peer.update({(batch, output): error for output, error in errors.items()})
    return case


def check_accuracy(label: str, run: Run, case: Case, batch: int) -> list[Check]:
    """One check per output: the error against both limits."""
    try:
        errors = measure(run, case, batch)
    except Exception as error:
        return [Check(f"{label} batch {batch}", False, f"{type(error).__name__}: {error}")]
    checks = []
    for output, error in errors.items():
        peer = case.peer.get((batch, output))
        limit = LIMIT if peer is None else min(LIMIT, max(PEER_FACTOR * peer, FLOOR))
        beside = "" if peer is None else f"  ONNX Runtime {peer:.2e}"
        checks.append(Check(f"{label} batch {batch:<2} {output}", error <= limit, f"error {error:.2e}  limit {limit:.2e}{beside}"))
    return checks


def check_bits(label: str, load: Callable[[int], Run], case: Case, batch: int) -> Check:
    """The same bytes from one library for every thread count."""
    what = f"{label} batch {batch:<2} same bits for {', '.join(map(str, THREAD_COUNTS))} threads"
    try:
        inputs, _ = next(case.draws(batch))
        first: Arrays | None = None
        for threads in THREAD_COUNTS:
            outputs = {name: np.array(value) for name, value in load(threads)(inputs).items()}
            first = first or outputs
            different = [name for name in first if outputs[name].tobytes() != first[name].tobytes()]
            if different:
                return Check(what, False, f"{threads} threads: {', '.join(different)} differ from one thread")
    except Exception as error:
        return Check(what, False, f"{type(error).__name__}: {error}")
    return Check(what, True)


def check_model(name: str, tools: Toolchain, options: argparse.Namespace, folder: Path) -> list[Check]:
    """All checks of one model."""
    folder = folder / name
    folder.mkdir()
    case = prepare(name, options.batch, folder, options.cache)
    checks: list[Check] = []

    def library(label: str, flags: list[str]) -> Path | None:
        path = folder / str(len(checks)) / f"lib{name}.so"  # a path of its own: dlopen returns what it has under an old one
        path.parent.mkdir()
        result = tools.compile(case.path, path, flags)
        checks.append(Check(f"{label} compiles", result.kind == "done", result.text or f"{result.seconds:.2f} s"))
        return path if result.kind == "done" else None

    for cpu in options.cpu:
        path = library(f"{name} {cpu} serial", [f"--cpu={cpu}"])
        for batch in options.batch if path else ():
            checks += check_accuracy(f"{name} {cpu} serial", tools.load(path), case, batch)
        path = library(f"{name} {cpu} threads", [f"--cpu={cpu}", f"--threads={max(THREAD_COUNTS)}"])
        for batch in options.batch if path else ():
            for threads in options.threads:
                checks += check_accuracy(f"{name} {cpu} {threads} threads", tools.load(path, threads), case, batch)
            checks.append(check_bits(f"{name} {cpu}", lambda threads: tools.load(path, threads), case, batch))
    fixed = min(options.batch)
    path = library(f"{name} batch={fixed}", ["--dim", f"batch={fixed}"])
    if path:
        checks += check_accuracy(f"{name} --dim batch={fixed}", tools.load(path), case, fixed)
    return checks


def levels() -> list[str]:
    """The ISA levels this machine can run: native, and AVX2 where native is more."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    return ["native", "x86-64-v3"] if " avx512f " in flags and " avx512bw " in flags else ["native"]


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="models of generate.py; all when none is given")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 3, 17, 64])
    parser.add_argument("--threads", type=int, nargs="+", default=[2], help="thread counts whose accuracy is checked")
    parser.add_argument("--cpu", nargs="+", default=levels())
    parser.add_argument("--cache", type=Path, default=ROOT / "build/oracle", help="folder for float64 results (%(default)s)")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds per model")
    parser.add_argument("--quiet", action="store_true", help="print failures only")
    Toolchain.add_arguments(parser)
    options = parser.parse_args(arguments)
    tools = Toolchain.of(options)
    if onnxruntime is None:
        print("note: onnxruntime is not installed; errors are compared with 1e-5 alone")
    passed = failed = 0
    with scratch_folder() as scratch:
        for name in options.names or generate.MODELS:
            outcome = isolated(lambda: check_model(name, tools, options, Path(scratch)), options.timeout)
            checks = outcome.value if outcome.kind == "value" else [Check(name, False, f"{outcome.kind}: {outcome.text}")]
            for check in checks:
                if not (check.passed and options.quiet):
                    print(f"{'ok  ' if check.passed else 'FAIL'} {check.what:<64} {check.detail}", flush=True)
            passed += sum(check.passed for check in checks)
            failed += sum(not check.passed for check in checks)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
