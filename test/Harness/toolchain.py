"""The tools under test, as the Python tests see them: motionc as a function, a library as a callable.

Enters: paths of motionc, of motion-run and of the folder with the Python package `motion`. Leaves: a Compilation that says how
motionc ended, and a function from named arrays to named arrays. Libraries run in this process through the package where it is
found, else through motion-run.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnx import helper

from isolate import signal_name

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Compilation:
    """How a run of motionc ended.

    `kind` is "done" (exit code 0 and a library), "refused" (exit code 1, a message, no library), "crash" (a signal), "timeout", or
    "unclean" (anything else, which motionc promises not to do). `text` explains all but the first.
    """

    kind: str
    text: str = ""
    seconds: float = 0.0


class Toolchain:
    """motionc, motion-run and the package `motion`, wherever they were built."""

    def __init__(self, motionc: Path, motion_run: Path | None = None, package: Path | None = None) -> None:
        self.motionc = motionc
        self.motion_run = motion_run
        self.package = package if package and (package / "motion").is_dir() else None

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        """Adds --motionc, --motion-run and --python-package to a command line."""
        parser.add_argument("--motionc", type=Path, default=ROOT / "build/bin/motionc", help="the compiler (%(default)s)")
        parser.add_argument("--motion-run", type=Path, default=ROOT / "build/bin/motion-run", help="the runner (%(default)s)")
        parser.add_argument("--python-package", type=Path, default=ROOT / "runtime/python",
                            help="folder with the package motion (%(default)s)")

    @staticmethod
    def of(options: argparse.Namespace) -> Toolchain:
        """The tools that a command line names; SystemExit(2) when the compiler is not there."""
        if not options.motionc.exists():
            print(f"error: there is no compiler at {options.motionc}: build it, or give --motionc", file=sys.stderr)
            raise SystemExit(2)
        return Toolchain(options.motionc, options.motion_run, options.python_package)

    def compile(self, model: Path, library: Path, options: Sequence[str] = (), seconds: float = 120.0,
                memory: int = 16 << 30) -> Compilation:
        """Runs `motionc model -o library options` with at most `memory` bytes of address space and judges how it ended."""
        command = [str(self.motionc), str(model), "-o", str(library), *options]
        start = time.monotonic()
        try:
            done = subprocess.run(command, capture_output=True, timeout=seconds, stdin=subprocess.DEVNULL, check=False,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory)))
        except subprocess.TimeoutExpired:
            return Compilation("timeout", f"motionc was still running after {seconds:g} s", seconds)
        elapsed = time.monotonic() - start
        message = done.stderr.decode(errors="replace").strip()
        if done.returncode < 0:
            return Compilation("crash", f"motionc: {signal_name(-done.returncode)}\n{message[-2000:]}", elapsed)
        if done.returncode == 0:
            if not library.is_file():
                return Compilation("unclean", "motionc ended with 0 and wrote no library", elapsed)
            return Compilation("done", "", elapsed)
        if done.returncode != 1:
            return Compilation("unclean", f"motionc ended with {done.returncode}, expected 0 or 1\n{message[-2000:]}", elapsed)
        if "error:" not in message:
            return Compilation("unclean", f"motionc ended with 1 without an error message: '{message[-500:]}'", elapsed)
        if library.exists():
            return Compilation("unclean", "motionc ended with 1 and left a library", elapsed)
        return Compilation("refused", message, elapsed)

    def load(self, library: Path, threads: int = 1) -> Run:
        """A function that runs `library`; raises what the package raises when the file is no library."""
        if self.package:
            if str(self.package) not in sys.path:
                sys.path.insert(0, str(self.package))
            model = importlib.import_module("motion").load(str(library), threads=threads)
            types = {tensor.name: tensor.type for tensor in getattr(model, "outputs", ())}
            return lambda inputs: {name: _native(array, types.get(name)) for name, array in model.run(inputs).items()}
        return lambda inputs: self._run_by_tool(library, threads, inputs)

    def _run_by_tool(self, library: Path, threads: int, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """One run of motion-run with the arrays in .npz files."""
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "in.npz"), Path(folder, "out.npz")
            with open(source, "wb") as file:
                np.savez(file, **inputs)
            command = [str(self.motion_run), str(library), "--inputs", str(source), "--outputs", str(target)]
            if threads > 1:
                command += ["--threads", str(threads)]
            done = subprocess.run(command, capture_output=True, check=False)
            if done.returncode:
                how = signal_name(-done.returncode) if done.returncode < 0 else f"exit code {done.returncode}"
                raise RuntimeError(f"motion-run: {how}: {done.stderr.decode(errors='replace').strip()}")
            with np.load(target) as arrays:
                return {name: arrays[name] for name in arrays.files}


def _native(array: Any, code: int | None) -> Any:
    """The array in the dtype that the onnx package has for an element type: bfloat16 and float8 come as bit patterns."""
    if code is None or not isinstance(array, np.ndarray):
        return array
    dtype = helper.tensor_dtype_to_np_dtype(code)
    return array if array.dtype == dtype or array.dtype.itemsize != dtype.itemsize else array.view(dtype)


def scratch_folder(preferred_bytes: int = 2 << 30) -> tempfile.TemporaryDirectory[str]:
    """A temporary folder, in memory where there is room for `preferred_bytes`."""
    memory = "/dev/shm"
    roomy = os.path.isdir(memory) and os.statvfs(memory).f_bavail * os.statvfs(memory).f_bsize > preferred_bytes
    return tempfile.TemporaryDirectory(prefix="motion-", dir=memory if roomy and "TMPDIR" not in os.environ else None)
