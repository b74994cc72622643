"""A TCP proxy between the clients and the desk that can do to a connection whatever a network does."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

UP, DOWN = "up", "down"  # to the server, to the client
CHUNK = 64 * 1024
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: a close is a reset


class Proxy:
    """`port` is where clients connect once it is open. A black hole keeps what it swallows: TCP would send it again."""

    def __init__(self, target: Callable[[], int]) -> None:
        self.port = 0
        self._target = target
        self._gates = {UP: asyncio.Event(), DOWN: asyncio.Event()}
        self._rate = 0.0  # bytes a second each way of a connection; 0: as fast as it goes
        self._writers: set[asyncio.StreamWriter] = set()
        self._listening: asyncio.Server | None = None

    async def open(self) -> None:
        for gate in self._gates.values():
            gate.set()
        self._listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if not self._listening:
            return
        self._listening.close()
        for gate in self._gates.values():
            gate.set()
        self.reset()
        await self._listening.wait_closed()

    def cut(self) -> None:
        """Every connection ends with a goodbye on both sides."""
        for writer in list(self._writers):
            writer.close()

    def reset(self) -> None:
        """Every connection is reset on both sides."""
        for writer in list(self._writers):
            end = writer.get_extra_info("socket")
            with suppress(OSError):  # closed already
                if end:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            writer.transport.abort()

    @contextmanager
    def black_hole(self, directions: Iterable[str] = (UP, DOWN)) -> Iterator[None]:
        """Nothing comes through that way, and nobody is told."""
        for direction in directions:
            self._gates[direction].clear()
        yield
        for direction in directions:
            self._gates[direction].set()

    @contextmanager
    def slow(self, bytes_a_second: float) -> Iterator[None]:
        self._rate = bytes_a_second
        yield
        self._rate = 0.0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target())
        except OSError:
            writer.close()
            return
        ends = {writer, back}
        self._writers |= ends
        try:
            await asyncio.gather(self._pump(UP, reader, back), self._pump(DOWN, there, writer))
        finally:
            self._writers -= ends

    async def _pump(self, direction: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, RuntimeError):  # uvloop's word for a transport that was aborted
            while data := await reader.read(CHUNK):
                await self._gates[direction].wait()
                if self._rate:
                    await asyncio.sleep(len(data) / self._rate)
                writer.write(data)
                await writer.drain()
        await self._gates[direction].wait()
        writer.close()
