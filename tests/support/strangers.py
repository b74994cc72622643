"""Clients that send whatever they like, never close anything, and look at nothing that the server says of an end."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from tests.support.desk import Scene

Frame = str | bytes
WEBSOCKET, POLLING, PROBING, UPGRADED = "websocket", "polling", "probing", "upgraded"
CARRIERS = (WEBSOCKET, POLLING, PROBING, UPGRADED)
PULSE = 0.05  # seconds between two frames of one that talks on


class Stranger:
    """One Engine.IO connection on this carrier; what it sends goes over the WebSocket, if it has one, else by POST."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str, tasks: set[asyncio.Task[None]]) -> None:
        self._http = http
        self._address = f"{base_url}/socket.io/?EIO=4&transport="
        self._tasks = tasks
        self._websocket: aiohttp.ClientWebSocketResponse | None = None
        self._sid = ""

    async def open(self, carrier: str, token: str | None) -> None:
        """Up to this carrier, and into its namespace if it has a token."""
        if carrier == WEBSOCKET:
            await self._upgrade()
        else:
            self._sid = json.loads((await self._get())[1:])["sid"]
        if token:
            await self.send(f'40/customer,{{"token":"{token}"}}')
        if carrier in {PROBING, UPGRADED}:
            await self._upgrade()
            await self.send("2probe")
        if carrier == UPGRADED:
            await self.send("5")

    async def send(self, frame: Frame) -> None:
        """Whether the server takes it or not."""
        with suppress(aiohttp.ClientError, OSError):
            if self._websocket is None:
                await (await self._http.post(self._url("polling"), data=frame)).read()
            elif isinstance(frame, bytes):
                await self._websocket.send_bytes(frame)
            else:
                await self._websocket.send_str(frame)

    async def upgrade(self) -> None:
        """A WebSocket beside its polling, or in place of the one it has; what it sends goes over that from now on."""
        await self._upgrade()

    def drop(self) -> None:
        """The cable of its WebSocket is pulled."""
        if self._websocket and (transport := self._websocket.get_extra_info("socket")):
            with suppress(OSError):
                transport.shutdown(socket.SHUT_RDWR)

    def poll(self) -> None:
        """A GET that waits, beside whatever else goes on."""
        self._begin(self._poll())

    def talk_on(self, frames: Sequence[Frame]) -> None:
        """Sends these again and again, for as long as the scene lasts."""
        self._begin(self._talk(frames))

    def _begin(self, doing: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(asyncio.get_running_loop().create_task(doing))

    async def _talk(self, frames: Sequence[Frame]) -> None:
        while True:
            for frame in frames:
                await self.send(frame)
            await asyncio.sleep(PULSE)

    async def _upgrade(self) -> None:
        with suppress(aiohttp.ClientError):
            self._websocket = await self._http.ws_connect(self._url("websocket"), autoclose=False, autoping=False)
            self._begin(self._read(self._websocket))

    async def _read(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        """Takes what comes, so that nobody has to wait for this reader. A goodbye is not answered."""
        while (await websocket.receive()).type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
            pass

    async def _poll(self) -> None:
        with suppress(aiohttp.ClientError):
            await self._get()

    async def _get(self) -> str:
        async with self._http.get(self._url("polling")) as response:
            return await response.text()

    def _url(self, transport: str) -> str:
        return self._address + transport + (f"&sid={self._sid}" if self._sid else "")


@asynccontextmanager
async def crowd(desk: Scene) -> AsyncIterator[Callable[[], Stranger]]:
    """Makes strangers, and ends them with the scene. Each request of theirs has a TCP connection of its own."""
    tasks: set[asyncio.Task[None]] = set()
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield lambda: Stranger(http, desk.base_url, tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
