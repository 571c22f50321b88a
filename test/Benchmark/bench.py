"""Compares libraries made by motionc with ONNX Runtime and OpenVINO, in one run, on the same inputs.

Enters: the program motion-bench, the compiler motionc, the wheels of the peers. Leaves, in the output folder: results.json,
results.svg, and the tables of report.py on the terminal.

    bench.py --build build --out build/bench [--models NAME ...] [--batches 1 64] [--threads 1 2] [--cpu 0,1] [--quick]
             [--statistic minimum] [--check]

Every peer is driven from C++ by motion-bench with inputs and outputs bound, so no copy is counted for anyone. Rounds are
interleaved; what is compared are medians over rounds of each round's minimum. PyTorch, if it is installed, is timed apart and from
Python, and takes no part in the ratios. Exit code: 0; with --check 1 if a target fails.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Models"))

import onnx

import generate
import report
from compiler import Compiler
from cost import bound, node_costs, weight_bytes
from plot import write_plot
from workload import symbolic_dims, write_known_model, write_workload


@dataclass(frozen=True)
class Runtime:
    """A peer: its label and kind in motion-bench, and its shared library."""

    kind: str
    library: Path


def find_runtimes() -> list[Runtime]:
    """The peers whose wheels are in the Python environment that runs this file."""
    packages = [Path(path) for path in sys.path if path.endswith("site-packages")]
    patterns = {"onnxruntime": "onnxruntime/capi/libonnxruntime.so.*", "openvino": "openvino/libs/libopenvino_c.so.*"}
    found = []
    for kind, pattern in patterns.items():
        libraries = sorted(path for folder in packages for path in folder.glob(pattern))
        if libraries:
            found.append(Runtime(kind, libraries[0]))
        else:
            print(f"note: {kind} is not installed, so it is left out (./bootstrap build/venv peers installs it)")
    return found


class Machine:
    """Notices what else the machine does during the run."""

    def __init__(self) -> None:
        self.load_before = os.getloadavg()[0]
        self._start = time.monotonic()
        self._busy, self._steal = self._read()

    @staticmethod
    def _read() -> tuple[float, float]:
        """Seconds of all cores spent in programs, and stolen by the host of a virtual machine, since the start of the system."""
        fields = [int(field) / os.sysconf("SC_CLK_TCK") for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
        return fields[0] + fields[1] + fields[2], fields[7]

    def describe(self) -> dict[str, object]:
        """The processor, and how busy the machine was with other things since this object was made."""
        busy, steal = self._read()
        times = os.times()
        elapsed = time.monotonic() - self._start
        model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().split("\n")
                      if line.startswith("model name")), platform.machine())
        own = times.user + times.system + times.children_user + times.children_system
        return {"cpu": model, "cores": os.cpu_count(), "load_before": self.load_before, "load_after": os.getloadavg()[0],
                "seconds": elapsed, "stolen_cores": (steal - self._steal) / elapsed,
                "cores_used_by_others": max(0.0, (busy - self._busy - own) / elapsed)}


class Bench:
    """Holds the options and paths; each method measures one kind of figure and returns what goes into the JSON."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.program = options.build / "bin/motion-bench"
        self.out: Path = options.out
        self.cores = [int(core) for core in options.cpu.split(",")]
        self.runtimes = find_runtimes()
        self.compiler = Compiler(options.build / "bin/motionc", self.out / "libraries")
        self.limits: dict[int, dict] = {}
        self.torch = importlib.util.find_spec("torch") is not None

    def call(self, *arguments: str | Path) -> dict:
        """Runs motion-bench; the JSON that it prints, or {"failed": message}."""
        done = subprocess.run([str(self.program), *map(str, arguments)], capture_output=True, text=True)
        if done.returncode == 0:
            return json.loads(done.stdout.strip().split("\n")[-1])
        message = done.stderr.strip().split("\n")[-1] or f"ended with exit code {done.returncode}"
        return {"failed": message}

    def cores_of(self, threads: int) -> str:
        """The cores for so many threads, as motion-bench takes them."""
        return ",".join(map(str, self.cores[:threads]))

    def verify(self) -> None:
        """Runs every peer on a model with a known result; a peer that gives another one is not measured."""
        model, manifest = write_known_model(self.out / "workloads")
        for runtime in list(self.runtimes):
            result = self.call("time", manifest, "--rounds", "1", "--slice", "0", "--cores", self.cores_of(1),
                               "--peer", runtime.kind, runtime.kind, runtime.library, model)
            peer = result.get("peers", {}).get(runtime.kind, {})
            if peer.get("error") == 0:
                print(f"{runtime.kind} {peer['version']}: known result verified")
            else:
                print(f"note: {runtime.kind} is left out: {result.get('failed', 'it does not give the known result')}")
                self.runtimes.remove(runtime)

    def measure_limits(self) -> None:
        """Peak and bandwidth for every number of threads."""
        for threads in self.options.threads:
            quick = ["--quick"] if self.options.quick else []
            self.limits[threads] = self.call("limits", "--cores", self.cores_of(threads), *quick)
            if "failed" in self.limits[threads]:
                sys.exit(f"the machine's limits cannot be measured: {self.limits[threads]['failed']}")

    def prepare(self, name: str) -> tuple[Path, onnx.ModelProto]:
        """Writes the model; its path and contents."""
        path = self.out / "models" / f"{name}.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        model = generate.build(name)
        path.write_bytes(model.SerializeToString(deterministic=True))
        return path, model

    def ours(self, name: str, path: Path, model: onnx.ModelProto, batch: int, threads: int) -> list[list[str]]:
        """Our libraries to be timed, as motion-bench takes them: symbolic, fixed batch, and for AVX2."""
        variants = {"motion": [] if threads == 1 else [f"--threads={threads}"]}
        if threads == 1 and batch == 1:
            variants["motion-static"] = [f"--dim={dim}={batch}" for dim in symbolic_dims(model)]
        if threads == 1:
            variants["motion-avx2"] = ["--cpu=x86-64-v3"]
        peers = []
        for label, flags in variants.items():
            library = self.compiler.library(path, flags)
            if library:
                peers.append([label, "motion", name, str(library)])
        return peers

    def peers(self, name: str, path: Path, model: onnx.ModelProto, batch: int, threads: int) -> list[list[str]]:
        """Everybody to be timed for one model."""
        others = [[runtime.kind, runtime.kind, str(runtime.library), str(path)] for runtime in self.runtimes]
        return others + self.ours(name, path, model, batch, threads)

    def time_model(self, name: str, batch: int, threads: int) -> dict:
        """One row of the comparison. A peer that fails is reported and left out, and the others are timed without it."""
        path, model = self.prepare(name)
        manifest = write_workload(model, batch, self.out / "workloads" / f"{name}.b{batch}")
        rounds, seconds = ("5", "0.004") if self.options.quick else (str(self.options.rounds), "0.01")
        common = ["--cores", self.cores_of(threads), "--threads", str(threads)]
        failed = {}
        able = []
        for peer in self.peers(name, path, model, batch, threads):
            result = self.call("start", manifest, *common, "--peer", *peer)
            if "failed" in result:
                failed[peer[0]] = result["failed"]
            else:
                able.append(peer)
        arguments = [word for peer in able for word in ("--peer", *peer)]
        row = self.call("time", manifest, *common, "--rounds", rounds, "--slice", seconds, *arguments)
        if self.torch and "peers" in row:
            self.time_torch(row, failed, path, manifest, *common, "--rounds", rounds, "--slice", seconds)
        dims = {dim: batch for dim in symbolic_dims(model)}
        costs = node_costs(model, dims)
        limits = self.limits[threads]
        peak = max(limits["avx512_gflops"], limits["avx2_gflops"])
        best = bound(costs, peak, limits["bandwidth"])
        avx2 = bound(costs, limits["avx2_gflops"], limits["bandwidth"])
        return {"model": name, "batch": batch, "threads": threads, "statistic": self.options.statistic, **row, "failed_peers": failed,
                "flops": sum(cost.flops for cost in costs), "weight_bytes": weight_bytes(costs),
                "bound_us": best.total, "bound_avx2_us": avx2.total, "compute_us_avx2": avx2.compute,
                "compute_bound": avx2.compute_bound}

    def time_torch(self, row: dict, failed: dict[str, str], *arguments: str | Path) -> None:
        """Adds PyTorch to a row, or the reason why not to `failed`."""
        program = Path(__file__).with_name("torch_peer.py")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, str(program), *map(str, arguments)], capture_output=True, text=True, env=environment)
        if done.returncode == 0:
            row["peers"]["pytorch"] = json.loads(done.stdout)
        else:
            failed["pytorch"] = done.stderr.strip().split("\n")[-1]

    def start_up(self, name: str) -> list[dict]:
        """From nothing to the first result at batch 1, each in fresh processes: the fastest, and the smallest peak memory."""
        path, model = self.prepare(name)
        manifest = write_workload(model, 1, self.out / "workloads" / f"{name}.b1")
        common = ["--cores", self.cores_of(1), "--threads", "1"]
        empty = self.call("start", manifest, *common)["peak_kb"]
        rows = []
        for peer in self.peers(name, path, model, 1, 1):
            if peer[0] not in ("motion", "onnxruntime", "openvino"):
                continue
            tries = [self.call("start", manifest, *common, "--peer", *peer) for _ in range(3 if self.options.quick else 7)]
            tries = [one for one in tries if "failed" not in one]
            if tries:
                fastest = min(tries, key=lambda one: one["total_us"])
                memory = min(one["peak_kb"] for one in tries)
                rows.append({"model": name, "peer": peer[0], **fastest, "peak_kb": memory, "peak_over_empty_kb": memory - empty})
        return rows

    def compile_rows(self, name: str, repeats: int) -> dict | None:
        """Compile time of motionc, the shortest of `repeats`, and the sizes of what it writes."""
        path, model = self.prepare(name)
        row = self.compiler.measure(path, repeats)
        weights = weight_bytes(node_costs(model, {dim: 1 for dim in symbolic_dims(model)}))
        return row and {"model": name, **row, "onnx_bytes": path.stat().st_size, "weight_bytes": weights}

    def run(self) -> dict:
        """Everything; returns the contents of results.json."""
        machine = Machine()
        self.verify()
        self.measure_limits()
        timings, starts, compiled = [], [], []
        names = self.options.models or list(generate.MODELS)
        total = len(names) * len(self.options.batches) * len(self.options.threads)
        for name in names:
            for threads in self.options.threads:
                for batch in self.options.batches:
                    timings.append(self.time_model(name, batch, threads))
                    print(f"[{len(timings)}/{total}] {report.one_line(timings[-1])}", flush=True)
            starts += self.start_up(name)
            compiled.append(self.compile_rows(name, 2 if self.options.quick else 5))
        # Differences of these are judged: a few milliseconds count.
        chains = [row for length in (10, 100, 1000) if (row := self.compile_rows(f"gemm_chain_{length}", 12))]
        sizes = {runtime.kind: report.folder_bytes(runtime.kind, runtime.library) for runtime in self.runtimes}
        return {"machine": machine.describe(), "quick": self.options.quick, "limits": list(self.limits.values()),
                "runtime_bytes": sizes, "timings": timings, "start": starts, "compile": [row for row in compiled if row],
                "chains": chains, "compile_errors": self.compiler.errors}


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Compare motionc with ONNX Runtime and OpenVINO.")
    parser.add_argument("--build", type=Path, default=Path("build"), help="build folder: bin/motion-bench and bin/motionc in it")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="folder for models, libraries and results")
    parser.add_argument("--models", nargs="+", metavar="NAME", choices=list(generate.MODELS), help="default: all")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 64])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--cpu", default=",".join(map(str, sorted(os.sched_getaffinity(0)))), help="cores to use, in order")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--statistic", choices=["median_of_minima", "minimum"], default="median_of_minima",
                        help="what is compared: the median of the rounds' minima, or, for a busy machine, the shortest sample")
    parser.add_argument("--quick", action="store_true", help="few and short rounds: to see that it works")
    parser.add_argument("--check", action="store_true", help="exit with 1 unless every target holds")
    options = parser.parse_args(arguments)
    if max(options.threads) > len(options.cpu.split(",")):
        parser.error(f"--threads {max(options.threads)} needs as many cores in --cpu, which has {options.cpu}")
    if not (options.build / "bin/motion-bench").exists():
        parser.error(f"{options.build}/bin/motion-bench is missing: build it first")
    return options


def main(arguments: list[str]) -> int:
    """Runs the benchmark; returns the exit code."""
    options = parse(arguments)
    results = Bench(options).run()
    results["targets"] = report.targets(results) if results["compile"] or options.check else []
    (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    write_plot(results, options.out / "results.svg")
    print(report.tables(results))
    print(f"written: {options.out}/results.json and results.svg")
    return 1 if options.check and not all(target["holds"] for target in results["targets"]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
