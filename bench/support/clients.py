"""People as bare WebSockets: cheap enough for a thousand of them beside the server that they measure."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

PING, PONG = "2", "3"  # Engine.IO's
REFUSED = "44"  # Socket.IO's CONNECT_ERROR
PATIENCE = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Heard:
    """An event, and when its frame was read (`time.perf_counter`)."""

    at: float
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text[self.text.index("[") :])[1]


class Client:
    """One connection of a person. Only the last event of each name is kept."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str, namespace: str, person_id: str, token: str) -> None:
        self.id = person_id
        self.token = token
        self.last: dict[str, Heard] = {}
        self.counts: dict[str, int] = {}
        self._http = http
        self._base_url = base_url
        self._namespace = namespace
        self._event, self._ack = f"42{namespace},[", f"43{namespace},"
        self._acks: dict[str, asyncio.Future[Heard]] = {}
        self._expected: dict[str, asyncio.Future[Heard]] = {}
        self._ids = itertools.count(1)
        self._websocket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None

    async def connect(self) -> Client:
        """Connects, again too; returns with the welcome. What was heard before is forgotten."""
        url = f"{self._base_url}/socket.io/?EIO=4&transport=websocket"
        self._websocket = await self._http.ws_connect(url, compress=0, max_msg_size=0)
        self.last.clear()
        self.counts.clear()
        welcome = self.expect("welcome")
        await self._websocket.send_str(f"40{self._namespace},{json.dumps({'token': self.token})}")
        self._reading = asyncio.create_task(self._read(self._websocket))
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait((welcome, self._reading), return_when=asyncio.FIRST_COMPLETED)
        if not welcome.done():
            raise ConnectionError("no welcome")
        return self

    async def ask(self, command: str, **payload: Any) -> Any:
        """The ack's data."""
        return (await self.ask_timed(command, **payload))[1]

    async def ask_timed(self, command: str, **payload: Any) -> tuple[float, Any]:
        """When the ack came, and its data."""
        assert self._websocket
        number = str(next(self._ids))
        ack = self._acks[number] = asyncio.get_running_loop().create_future()
        await self._websocket.send_str(f"42{self._namespace},{number}{json.dumps([command, payload])}")
        async with asyncio.timeout(PATIENCE):
            heard = await ack
        answer = json.loads(heard.text[heard.text.index("[") :])[0]
        assert answer["ok"], answer
        return heard.at, answer["data"]

    def expect(self, event: str) -> asyncio.Future[Heard]:
        """The next event of this name; asked for before what causes it."""
        found = self._expected[event] = asyncio.get_running_loop().create_future()
        return found

    async def stay(self) -> None:
        """Comes back whenever the connection is lost, as any client does; until it is cancelled."""
        while True:
            assert self._reading
            await asyncio.wait([self._reading])
            try:
                await self.connect()
            except (aiohttp.ClientError, OSError):  # nobody listens yet
                await asyncio.sleep(0.1)

    def freeze(self) -> None:
        """The machine sleeps: the TCP connection stands, and nobody reads or answers."""
        assert self._reading
        self._reading.cancel()

    def cut(self) -> None:
        """The cable is pulled: no goodbye."""
        assert self._websocket
        self.freeze()
        transport = self._websocket.get_extra_info("socket")
        transport.shutdown(socket.SHUT_RDWR)

    async def hang_up(self) -> None:
        """Says goodbye and closes; a server that does not answer is not waited for."""
        if self._reading:
            self._reading.cancel()
        if self._websocket and not self._websocket.closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._websocket.close()

    async def _read(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in websocket:
            at, text = time.perf_counter(), message.data
            if text.startswith(self._event):
                name = text[len(self._event) + 1 : text.index('"', len(self._event) + 1)]
                heard = self.last[name] = Heard(at, text)
                self.counts[name] = self.counts.get(name, 0) + 1
                _resolve(self._expected.pop(name, None), heard)
            elif text.startswith(self._ack):
                number = text[len(self._ack) : text.index("[")]
                _resolve(self._acks.pop(number, None), Heard(at, text))
            elif text == PING:
                await websocket.send_str(PONG)
            elif text.startswith(REFUSED):  # the transport would stay open for a while
                await websocket.close()


def _resolve(future: asyncio.Future[Heard] | None, heard: Heard) -> None:
    if future and not future.done():
        future.set_result(heard)
