"""A mongod of its own, and what befalls it."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo.network_layer import PyMongoProtocol

from store.embedded.mongod import Mongod
from store.embedded.supervisor import Supervisor


@asynccontextmanager
async def mongod_in(data_dir: Path, binary: str = "") -> AsyncIterator[tuple[Mongod, Supervisor]]:
    mongod = Mongod(data_dir, binary)
    supervisor = Supervisor(mongod)
    try:
        mongod.start()
        await supervisor.ready()
        yield mongod, supervisor
    finally:
        await supervisor.stop(within=0)


@contextmanager
def standing_still(mongod: Mongod) -> Iterator[None]:
    assert mongod.process
    os.kill(mongod.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(mongod.process.pid, signal.SIGCONT)


def lose_the_next_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the asyncio client: what it asked for is done, and its connection ends before it hears so."""
    read, losses = PyMongoProtocol.read, iter([True])

    async def read_but_lose(self: PyMongoProtocol, *given: Any) -> Any:
        answer = await read(self, *given)
        is_heartbeat = b"topologyVersion" in bytes(answer[0])
        if not is_heartbeat and next(losses, False):
            raise OSError("the connection ended")
        return answer

    monkeypatch.setattr(PyMongoProtocol, "read", read_but_lose)
