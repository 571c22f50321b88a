"""Functions in forked children: `isolated` makes a crash or a hang of loaded code a result, `fork_map` uses several cores.

`isolated`: enters a callable and a time limit; leaves an Outcome with the value it returned, the error it raised, the signal that
killed it, or the news that it ran out of time. `fork_map`: enters items that need not be picklable; leaves picklable results.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """`kind` is "value", "error", "crash" or "timeout"; `text` explains the last three."""

    kind: str
    value: Any = None
    text: str = ""


def isolated(function: Callable[[], Any], seconds: float) -> Outcome:
    """Calls `function` in a child process and waits at most `seconds`; its result must be picklable."""
    sys.stdout.flush()
    sys.stderr.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _serve(function, writer)
    os.close(writer)
    try:
        return _collect(child, reader, time.monotonic() + seconds, seconds)
    finally:
        os.close(reader)


def _serve(function: Callable[[], Any], writer: int) -> None:
    """The child: runs, pickles, leaves without the parent's cleanup."""
    try:
        os.setpgid(0, 0)
        try:
            outcome = Outcome("value", function())
        except BaseException:
            outcome = Outcome("error", text=traceback.format_exc())
        try:
            data = pickle.dumps(outcome)
        except Exception as error:
            data = pickle.dumps(Outcome("error", text=f"result cannot be pickled: {error}"))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)
    finally:
        os._exit(0)


def _collect(child: int, reader: int, deadline: float, seconds: float) -> Outcome:
    """The parent: reads until the pipe closes or time is up, then reaps the child."""
    chunks = []
    while True:
        ready, _, _ = select.select([reader], [], [], max(deadline - time.monotonic(), 0.0))
        if not ready:
            _kill(child)
            os.waitpid(child, 0)
            return Outcome("timeout", text=f"still running after {seconds:g} s")
        chunk = os.read(reader, 1 << 20)
        if not chunk:
            break
        chunks.append(chunk)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Outcome("crash", text=signal_name(os.WTERMSIG(status)))
    if not chunks:
        return Outcome("crash", text="the process ended without a result")
    return pickle.loads(b"".join(chunks))


def _kill(child: int) -> None:
    """Ends the child and what it started."""
    for end in (os.killpg, os.kill):
        try:
            end(child, signal.SIGKILL)
        except ProcessLookupError:
            pass


def signal_name(number: int) -> str:
    """SIGSEGV for 11, and so on."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


_mapped: tuple[Callable[[Any], Any], Sequence[Any]] | None = None


def fork_map(function: Callable[[Any], Any], items: Sequence[Any], workers: int) -> Iterator[Any]:
    """Yields `function(item)` of every item, in any order; function and items reach the workers by fork. One call at a time."""
    global _mapped
    if workers == 1:
        yield from map(function, items)
        return
    _mapped = (function, items)
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield from pool.imap_unordered(_apply, range(len(items)))


def _apply(index: int) -> Any:
    function, items = _mapped
    return function(items[index])
