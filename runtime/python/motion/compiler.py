"""Runs the program motionc."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from motion.model import Model, load


class CompileError(RuntimeError):
    """A model or an option that motionc refuses; `reasons` holds every reason, a string each."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


def find_motionc() -> str:
    """The path of motionc: the environment variable MOTIONC, else beside the package, else in PATH. Raises
    FileNotFoundError."""
    named = os.environ.get("MOTIONC")
    if named:
        return named
    package = Path(__file__).resolve().parent
    for candidate in (package / "bin" / "motionc", package.parents[2] / "build" / "bin" / "motionc"):
        if os.access(candidate, os.X_OK):
            return str(candidate)
    found = shutil.which("motionc")
    if not found:
        raise FileNotFoundError("motionc is not in PATH: build it, or set MOTIONC to its path")
    return found


def _dim(name: str, size: int | tuple[int, int]) -> str:
    return f"--dim={name}={size}" if isinstance(size, int) else f"--dim={name}={size[0]}..{size[1]}"


def _flags(name: str | None, dims: Mapping[str, int | tuple[int, int]] | None, outputs: Iterable[str] | None, cpu: str,
           threads: int, checks: bool) -> list[str]:
    flags = [f"--name={name}"] if name else []
    flags += [_dim(key, size) for key, size in (dims or {}).items()]
    flags += [f"--output={output}" for output in outputs or ()]
    flags += [f"--cpu={cpu}"] if cpu != "native" else []
    flags += [f"--threads={threads}"] if threads != 1 else []
    return flags + ([] if checks else ["--no-checks"])


def _reasons(text: str, code: int) -> list[str]:
    """The errors in what motionc printed, each with the indented lines below it (the nodes that it lists), or all of it."""
    reasons = [re.sub(r"\n *", "\n", match.strip()) for match in re.findall(r"^(?:\S+: )?error: (.*(?:\n[ ]+.*)*)", text, re.MULTILINE)]
    return reasons or [text.strip() or f"motionc ended with code {code}"]


def compile(model: Any, output: str | PathLike[str] | None = None, *, name: str | None = None,
            dims: Mapping[str, int | tuple[int, int]] | None = None, outputs: Iterable[str] | None = None, cpu: str = "native",
            threads: int = 1, checks: bool = True, options: Iterable[str] = ()) -> Model | None:
    """Compiles a model (a path, bytes or a ModelProto) and loads the library.

    `output`: the library to write, its header beside it; None: a temporary one. `dims`: {"batch": 1} fixes, {"batch": (1, 64)}
    bounds a dimension. `outputs`: the outputs to keep. `threads`: slices of the library, and threads to lend to it. `options`:
    more flags of motionc as they are.
    Returns None where the output is no .so, which cannot be loaded.
    Raises CompileError with every reason where the model or an option is refused, FileNotFoundError where motionc is missing."""
    motionc = find_motionc()
    with tempfile.TemporaryDirectory(prefix="motion") as folder:
        if isinstance(model, (str, PathLike)):
            source = Path(model)
        else:
            source = Path(folder) / f"{name or 'model'}.onnx"
            source.write_bytes(bytes(model) if isinstance(model, (bytes, bytearray, memoryview)) else model.SerializeToString())
        library = Path(folder) / "libmodel.so" if output is None else Path(output)
        flags = _flags(name, dims, outputs, cpu, threads, checks)
        command = [motionc, str(source), "-o", str(library), *flags, *options]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise CompileError(_reasons(done.stderr, done.returncode))
        if library.suffix != ".so":
            return None
        return load(library, threads=threads)
