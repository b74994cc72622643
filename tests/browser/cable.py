"""A cable between a browser and the desk, with a switch: pages still load, but no socket gets through while it is cut."""

import asyncio
from types import TracebackType
from typing import Self


class Cable:
    """A small TCP proxy in front of the desk's port. What a pulled cable does is real: bytes in flight are gone."""

    def __init__(self, desk_port: int) -> None:
        self._desk_port = desk_port
        self._is_cut = False
        self._socket_carriers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.pull()
        self._server.close()

    def pull(self) -> None:
        self._is_cut = True
        for writer in self._socket_carriers:
            writer.transport.abort()
        self._socket_carriers.clear()

    def mend(self) -> None:
        self._is_cut = False

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        desk_reader, desk_writer = await asyncio.open_connection("127.0.0.1", self._desk_port)
        back = asyncio.create_task(self._pump(desk_reader, writer))
        await self._pump(reader, desk_writer, watched=writer)
        desk_writer.transport.abort()
        await back

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, watched: asyncio.StreamWriter | None = None
    ) -> None:
        try:
            while data := await reader.read(65536):
                if watched and b" /socket.io/" in data[:200]:
                    self._socket_carriers.add(watched)
                    if self._is_cut:
                        watched.transport.abort()
                        break
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()
