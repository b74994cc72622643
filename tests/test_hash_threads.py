"""Passwords are hashed behind everybody else: in few threads, of the least priority, with a bounded line before them."""

import asyncio
import os
import sys
import threading

import pytest

from server.core.errors import Unavailable
from server.people.hash_threads import NICENESS, HashThreads


async def test_as_many_at_once_as_there_are_threads_and_one_too_many_is_refused_at_once() -> None:
    threads, gate = HashThreads(2, waiting_max=3), threading.Event()
    held, most = [0], [0]

    def hash_one() -> int:
        held[0] += 1
        most[0] = max(most[0], held[0])
        gate.wait(20)
        held[0] -= 1
        return 1

    waiting = [asyncio.create_task(threads.run(hash_one)) for _ in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await threads.run(hash_one)
    assert refused.value.more["retry_after"] > 0
    gate.set()
    assert await asyncio.gather(*waiting) == [1] * 5
    assert most[0] <= 2
    assert await threads.run(lambda: 2) == 2  # there is room again


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness of their own elsewhere")
async def test_they_step_behind_and_nobody_else_does() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    assert await HashThreads(1).run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())) == NICENESS
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
