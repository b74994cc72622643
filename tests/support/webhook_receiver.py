"""A receiver of webhooks: somebody else's server, which answers as it is told to, and keeps a ledger of what it got."""

from __future__ import annotations

import asyncio
import random
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

HALF_HEAD = b"HTTP/1.1 200 OK\r\nContent-Le"
HALF_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly so m"
WORDS = {200: "OK", 302: "Found", 410: "Gone", 429: "Too Many Requests", 500: "Internal Server Error"}


@dataclass(frozen=True)
class Call:
    """What came, as it came; `answered`: with which status, None where none was sent whole."""

    path: str
    headers: dict[str, str]
    body: bytes
    answered: int | None

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        return dict(orjson.loads(self.body))


@dataclass
class Mode:
    """How a call is answered: after `wait` seconds with this status, these headers and this body; `cut`: what is sent
    instead before the connection is broken.
    """

    status: int = 200
    wait: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"
    cut: bytes | None = None


OK = Mode()
FAILING = Mode(500, body=b"the shop's own trouble")
GONE = Mode(410)
RESET = Mode(cut=b"")
HALF_AN_ANSWER = Mode(cut=HALF_HEAD)
HALF_A_BODY = Mode(cut=HALF_BODY)


def slow(seconds: float) -> Mode:
    return Mode(wait=seconds)


def busy(retry_after: str) -> Mode:
    return Mode(429, headers={"Retry-After": retry_after})


class WebhookReceiver:
    """`async with WebhookReceiver() as shop: shop.url`. `then`: the modes of the next calls, after which `mode` holds; `fails`:
    this share of them is answered 500 all the same.
    """

    def __init__(self, mode: Mode = OK, tls: ssl.SSLContext | None = None, fails: float = 0.0) -> None:
        self.mode = mode
        self._fails = fails
        self._random = random.Random(1)
        self.then: list[Mode] = []
        self.ledger: list[Call] = []
        self.connections = 0
        self.names: list[str | None] = []  # what was asked for by TLS (SNI)
        self._tls = tls
        self._serving: set[asyncio.Task[Any]] = set()
        self._changed = asyncio.Condition()
        if tls:
            tls.sni_callback = lambda _, name, __: self.names.append(name)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def accepted(self) -> list[Call]:
        return [call for call in self.ledger if call.answered == 200]

    async def gets(self, count: int, within: float = 10) -> list[Call]:
        """Waits until so many calls were answered with 200, and gives them."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: len(self.accepted) >= count)
        return self.accepted

    async def is_called(self, count: int, within: float = 10) -> list[Call]:
        """Waits for so many calls, however they were answered."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: len(self.ledger) >= count)
        return self.ledger

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._serving.add(task)
        # Cancelled: the scene is over. A server of asyncio's streams complains of a task that ends so.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._answer(reader, writer):
                pass
        writer.close()
        self._serving.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection is kept."""
        first, *rows = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows) if name}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        mode = self.then.pop(0) if self.then else FAILING if self._random.random() < self._fails else self.mode
        if mode.wait:
            await asyncio.sleep(mode.wait)
        answered = None if mode.cut is not None else mode.status
        writer.write(mode.cut if mode.cut is not None else _answer_of(mode))
        await writer.drain()
        async with self._changed:
            self.ledger.append(Call(first.split(" ")[1], headers, body, answered))
            self._changed.notify_all()
        if mode.cut == b"":
            writer.transport.abort()
        return mode.cut is None


def _answer_of(mode: Mode) -> bytes:
    headers = {"Content-Length": str(len(mode.body)), **mode.headers}
    rows = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {mode.status} {WORDS.get(mode.status, 'Other')}\r\n{rows}\r\n".encode() + mode.body
