"""Calls motionc: libraries by flags, each compiled once, and how long compiling takes."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

LONGEST_SECONDS = 120


class Compiler:
    """The compiler at `program`, writing into `folder`. Without the program nothing is compiled and only peers are timed."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.errors: dict[str, str] = {}
        self._libraries: dict[Path, Path | None] = {}
        folder.mkdir(parents=True, exist_ok=True)
        if not program.exists():
            print(f"note: {program} is missing, so only the peers are timed")

    def library(self, model: Path, flags: Sequence[str] = ()) -> Path | None:
        """The library made from `model` with these flags; None, and an entry in `errors`, when motionc refuses."""
        path = self.folder / f"lib{'.'.join([model.stem, *(re.sub('[^A-Za-z0-9]+', '_', flag).strip('_') for flag in flags)])}.so"
        if path not in self._libraries:
            self._libraries[path] = path if self.program.exists() and self._compile(model, path, flags) else None
        return self._libraries[path]

    def _compile(self, model: Path, path: Path, flags: Sequence[str]) -> bool:
        command = [str(self.program), str(model), "-o", str(path), f"--name={model.stem}", *flags]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_SECONDS)
            code, message = done.returncode, done.stderr.strip().split("\n")[0]
        except subprocess.TimeoutExpired:
            code, message = None, f"not done after {LONGEST_SECONDS} s"
        if code != 0:
            self.errors[" ".join([model.stem, *flags])] = message or f"exit code {code}"
        return code == 0

    def measure(self, model: Path, repeats: int) -> dict | None:
        """Shortest time of a whole motionc process, and the library's size as written and stripped; None when refused."""
        library = self.library(model)
        if not library:
            return None
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            self._compile(model, library, [])
            seconds.append(time.perf_counter() - start)
        return {"seconds": min(seconds), "library_bytes": library.stat().st_size, "stripped_bytes": self._stripped(library)}

    def _stripped(self, library: Path) -> int:
        stripped = library.with_suffix(".stripped")
        done = subprocess.run(["llvm-strip-22", "-o", str(stripped), str(library)], capture_output=True)
        if done.returncode != 0:
            return library.stat().st_size
        size = stripped.stat().st_size
        stripped.unlink()
        return size
