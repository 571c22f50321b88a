"""Threads of Python as the host of a library made with --threads. Their hand-over costs tens of microseconds: they pay for
models of a millisecond and more; the pool of motion_threads.h is for C and C++."""

import ctypes
from concurrent.futures import ThreadPoolExecutor

from motion.native import PARALLEL, TASK, Host


class ThreadHost:
    """A host of `threads` threads, the caller's included. Tasks run without the interpreter's lock."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads - 1, "motion")
        self._parallel = PARALLEL(self._run)  # kept: the library calls it
        self.struct = Host(size=ctypes.sizeof(Host), threads=threads, parallel=self._parallel)

    def _run(self, user: int | None, kernel: int, count: int, task: int, data: int | None) -> None:
        function = TASK(task)
        others = [self._pool.submit(function, data, index) for index in range(1, count)]
        if count:
            function(data, 0)
        for other in others:
            other.result()
