"""One connection of a person: Engine.IO's pings, Socket.IO's acks and events, found by their first bytes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from bench.load.wire import WebSocket

PATH = "/socket.io/?EIO=4&transport=websocket"
PATIENCE = 60.0  # seconds
ASKED_FROM = 1_000_000_000  # ids of what is asked by `ask`; below they are the talk's own


@dataclass(frozen=True)
class Place:
    """Where a server is, and how it calls its namespaces: "" is the default one. `welcomes`: its first event is one.

    `agents_url`: where agents and admins connect, if it is elsewhere.
    """

    url: str
    customers: str
    agents: str
    admins: str = ""
    welcomes: bool = False
    agents_url: str = ""

    @property
    def of_staff(self) -> Place:
        return replace(self, url=self.agents_url or self.url)

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 80)


class Person:
    """`on_event` and `on_ack` get what the talk is made of: the frame's text behind the namespace."""

    def __init__(self, place: Place, namespace: str, token: str) -> None:
        self.place = place
        self.token = token
        self.welcome = b""
        self.on_event: Callable[[bytes], None] = lambda _: None
        self.on_ack: Callable[[bytes], None] = lambda _: None
        self.lost: asyncio.Future[float] | None = None  # when the connection ended
        self.socket: WebSocket | None = None
        comma = f"{namespace}," if namespace else ""
        self._joining = f"40{comma}".encode()
        self.event = f"42{comma}".encode()
        self._ack = f"43{comma}".encode()
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self._next = ASKED_FROM
        self._joined: asyncio.Future[bytes] | None = None

    async def connect(self) -> Person:
        """Returns when it is in its namespace, and has been welcomed where that is done. Raises OSError, TimeoutError."""
        loop = asyncio.get_running_loop()
        self._joined, self.lost = loop.create_future(), loop.create_future()
        async with asyncio.timeout(PATIENCE):
            self.socket = await WebSocket.connect(*self.place.address, PATH, self._heard, self._ended)
            self.socket.send(self._joining + json.dumps({"token": self.token}).encode())
            self.welcome = await self._joined
        return self

    def send(self, text: bytes) -> None:
        assert self.socket
        self.socket.send(text)

    async def ask(self, command: str, **payload: Any) -> dict[str, Any]:
        """The ack's data. Raises ConnectionError when the connection ends before, or for a refusal."""
        self._next += 1
        answer = self._asked[self._next] = asyncio.get_running_loop().create_future()
        self.send(self.event + str(self._next).encode() + json.dumps([command, payload]).encode())
        async with asyncio.timeout(PATIENCE):
            text = await answer
        found: dict[str, Any] = json.loads(text)[0]
        if not found["ok"]:
            raise ConnectionRefusedError(text.decode())
        return dict(found["data"])

    def hang_up(self) -> None:
        if self.socket:
            self.socket.abort()

    def _heard(self, text: bytes) -> None:
        if text == b"2":  # Engine.IO asks whether somebody is there
            self.send(b"3")
        elif text.startswith(self._ack):
            rest = text[len(self._ack) :]
            number = int(rest[: rest.index(b"[")])
            if number < ASKED_FROM:
                self.on_ack(rest)
            elif (asked := self._asked.pop(number, None)) and not asked.done():
                asked.set_result(rest[rest.index(b"[") :])
        elif text.startswith(self.event):
            rest = text[len(self.event) :]
            if self.place.welcomes and self._joined and not self._joined.done() and rest.startswith(b'["welcome"'):
                self._joined.set_result(rest)
            self.on_event(rest)
        elif text.startswith(self._joining) and not self.place.welcomes and self._joined:
            self._joined.set_result(text)
        elif text.startswith(b"44") and self._joined and not self._joined.done():
            self._joined.set_exception(ConnectionRefusedError(text.decode()))

    def _ended(self) -> None:
        gone = ConnectionResetError("the connection ended")
        for waiting in (self._joined, *self._asked.values()):
            if waiting and not waiting.done():
                waiting.set_exception(gone)
                waiting.exception()  # nobody may be waiting any more
        self._asked.clear()
        if self.lost and not self.lost.done():
            self.lost.set_result(time.perf_counter())


async def in_groups(work: list[Any], size: int) -> list[Any]:
    """The results, in order; at most `size` at once."""
    gate = asyncio.Semaphore(size)

    async def one(coroutine: Any) -> Any:
        async with gate:
            return await coroutine

    return list(await asyncio.gather(*(one(coroutine) for coroutine in work)))
