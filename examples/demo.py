"""From an ONNX model to a running C program, beside ONNX Runtime: what `make demo` runs.

Enters: a build folder with motionc. Leaves: BUILD/demo with model, library, header and program, and on standard output the program's
results next to ONNX Runtime's and the time per call of both. Exit code 1 when the results differ.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

ROOT = Path(__file__).resolve().parents[1]
ROWS, CALLS, TOLERANCE = 3, 10000, 1e-5


def call(folder: Path, *command: str | Path) -> str:
    """Runs a command in `folder`, shows it, and returns its output."""
    print("$ " + shlex.join(os.path.relpath(word, folder) if isinstance(word, Path) else word for word in command), flush=True)
    done = subprocess.run(list(map(str, command)), cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, end="", flush=True)
    if done.returncode:
        raise SystemExit(f"error: {command[0]} ended with exit code {done.returncode}")
    return done.stdout


def reference(model: Path, pose: np.ndarray) -> tuple[np.ndarray, float]:
    """ONNX Runtime's results for `pose`, and its microseconds per call of one row with bound arrays and one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    phase = session.run(None, {"input": pose})[0]
    binding = session.io_binding()
    binding.bind_cpu_input("input", np.ascontiguousarray(pose[:1]))
    binding.bind_output("output", "cpu")
    session.run_with_iobinding(binding)
    start = time.perf_counter()
    for _ in range(CALLS):
        session.run_with_iobinding(binding)
    return phase, (time.perf_counter() - start) / CALLS * 1e6


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build")
    build = parser.parse_args(arguments).build.resolve()
    folder = build / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    call(folder, sys.executable, "-B", ROOT / "test/Models/generate.py", ".", "deephase")
    call(folder, build / "bin/motionc", "deephase.onnx", "-o", "libdeephase.so")
    call(folder, "clang-22", "-O2", "-I.", ROOT / "examples/c/main.c", "-L.", "-ldeephase", "-Wl,-rpath,$ORIGIN", "-lm", "-o", "example")
    text = call(folder, "./example")
    ours = np.array([[float(value) for value in row] for row in re.findall(r"row \d+: phase (\S+) (\S+)", text)])
    pose = np.array([[math.sin(0.1 * (row * 132 + i)) for i in range(132)] for row in range(ROWS)], dtype=np.float32)
    theirs, microseconds = reference(folder / "deephase.onnx", pose)
    print("\nONNX Runtime, through Python with bound arrays (`make bench` compares through the C interface):")
    for row, values in enumerate(theirs):
        print(f"row {row}: phase {values[0]:g} {values[1]:g}")
    print(f"one row takes {microseconds:.2f} microseconds")
    error = float(np.abs(ours - theirs).max() / np.abs(theirs).max()) if ours.shape == theirs.shape else math.inf
    print(f"\nlargest difference: {error:.1e} of the largest value; library: {(folder / 'libdeephase.so').stat().st_size} bytes")
    return 0 if error <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
