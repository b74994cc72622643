"""Threads that hash and judge passwords: fewer than processors, behind everything else, with a bounded line before them.

A hash takes a processor for some 20 ms. In asyncio's own executor sixty log-ins at once took all of them, and the event
loop, which serves everybody else, had to wait for its turn.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from server.core.errors import Unavailable

NICENESS = 19  # of 19: the kernel lets whoever else wants the processor have it
WAITING_MAX = 100  # some two seconds of one thread; whoever waited longer would have given up
COME_BACK_SECONDS = 2.0

Found = TypeVar("Found")


class HashThreads:
    """`run` is for work that lets Python's lock go, as argon2 does, or is done with it soon."""

    def __init__(self, threads: int, waiting_max: int = WAITING_MAX) -> None:
        self._executor = ThreadPoolExecutor(threads, "password hash", initializer=_step_behind)
        self._most = threads + waiting_max
        self._running = 0  # and waiting

    async def run(self, work: Callable[[], Found]) -> Found:
        """What `work` returns. Raises Unavailable at once when too many wait."""
        if self._running >= self._most:
            raise Unavailable("too many passwords are being checked; try again in a moment", COME_BACK_SECONDS)
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._running -= 1


def processors_to_spare() -> int:
    """All but one, which is the loop's; at least one."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, count - 1)


def _step_behind() -> None:
    """On Linux a thread has a niceness of its own. Where that is not so, it is better left alone."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
