"""A mongod of its own, and what befalls it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from pymongo.monitoring import ConnectionPoolListener
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


class CheckedOut(ConnectionPoolListener):
    """Which of the driver's connections somebody has taken and not given back, by their numbers in their pool."""

    def __init__(self) -> None:
        self.connections: list[int] = []

    def connection_checked_out(self, event: Any) -> None:
        self.connections.append(event.connection_id)

    def connection_checked_in(self, event: Any) -> None:
        self.connections.remove(event.connection_id)

    def pool_created(self, event: Any) -> None: ...
    def pool_ready(self, event: Any) -> None: ...
    def pool_cleared(self, event: Any) -> None: ...
    def pool_closed(self, event: Any) -> None: ...
    def connection_created(self, event: Any) -> None: ...
    def connection_ready(self, event: Any) -> None: ...
    def connection_closed(self, event: Any) -> None: ...
    def connection_check_out_started(self, event: Any) -> None: ...
    def connection_check_out_failed(self, event: Any) -> None: ...


class Relay:
    """`async with Relay(mongo_url, folder) as relay:` relay.url leads to the same mongod, through a cable that can be cut."""

    def __init__(self, mongo_url: str, folder: Path) -> None:
        address = mongo_url.removeprefix("mongodb://").partition("/")[0]
        self._mongod, self._door = unquote(address), folder / "relay.sock"
        self.url = mongo_url.replace(address, quote(str(self._door), safe=""))
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_unix_server(self._pass_on, self._door)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """Every connection ends; new ones can be made."""
        for writer in self._writers:
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._mongod)
        both = {writer, far_writer}
        self._writers |= both
        with suppress(OSError):
            await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
        for each in both:
            each.close()
        self._writers -= both


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


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
