"""One WebSocket that speaks Socket.IO as the browser's client does: pings are watched, acks awaited, events handed on."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import aiohttp
import orjson

PING, PONG = "2", "3"  # Engine.IO's
PING_SECONDS = 15.0  # the server's interval and patience; engine.io-client closes when no ping came for that long
CONNECT_SECONDS = 10.0
GOODBYE = aiohttp.ClientWSTimeout(ws_close=0.02)  # a server that does not answer a farewell is not waited for


class NoAnswer(Exception):
    """The connection was lost, or the time was up: what was asked may or may not have been done."""


class Refused(Exception):
    """The desk's own no."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("detail"))
        self.code: str = error["code"]
        self.retry_after: float | None = error.get("retry_after")


class Wire:
    """Opened once. `hear` is given every event in the order of its frames; `lost` is set at the end, whatever ended it."""

    def __init__(self, namespace: str, hear: Callable[[str, Any], None]) -> None:
        self.lost = asyncio.Event()
        self._namespace, self._hear = namespace, hear
        self._event_head, self._ack = f"42{namespace},", f"43{namespace},"
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._joining: asyncio.Future[None] | None = None
        self._numbers = itertools.count(1)
        self._websocket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None

    async def open(self, http: aiohttp.ClientSession, port: int) -> None:
        """Raises OSError, ClientError or TimeoutError."""
        url = f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
        async with asyncio.timeout(CONNECT_SECONDS):
            self._websocket = await http.ws_connect(url, compress=0, max_msg_size=0, timeout=GOODBYE)
        self._reading = asyncio.create_task(self._read(self._websocket))

    async def join(self, token: str) -> None:
        """Returns when the namespace let us in. Raises Refused or NoAnswer."""
        self._joining = asyncio.get_running_loop().create_future()
        await self._send(f"40{self._namespace},{orjson.dumps({'token': token}).decode()}")
        await self._answered(self._joining, CONNECT_SECONDS)

    async def ask(self, command: str, payload: dict[str, Any], within: float) -> Any:
        """The ack's data. Raises Refused or NoAnswer."""
        number = str(next(self._numbers))
        ack = self._acks[number] = asyncio.get_running_loop().create_future()
        await self._send(f"42{self._namespace},{number}{orjson.dumps([command, payload]).decode()}")
        try:
            answer = await self._answered(ack, within)
        finally:
            self._acks.pop(number, None)
        if not answer["ok"]:
            raise Refused(answer["error"])
        return answer["data"]

    async def hang_up(self) -> None:
        if self._reading:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        if self._websocket:
            await self._websocket.close()
        self._end()

    async def _send(self, frame: str) -> None:
        if self._websocket is None or self.lost.is_set():
            raise NoAnswer
        try:
            await self._websocket.send_str(frame)
        except (OSError, aiohttp.ClientError) as error:
            raise NoAnswer from error

    async def _answered(self, future: asyncio.Future[Any], within: float) -> Any:
        try:
            async with asyncio.timeout(within):
                return await future
        except TimeoutError as error:
            raise NoAnswer from error

    async def _read(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            while (message := await websocket.receive(timeout=PING_SECONDS)).type is aiohttp.WSMsgType.TEXT:
                await self._take(websocket, message.data)
        except (OSError, aiohttp.ClientError, NoAnswer):  # a TimeoutError is an OSError
            pass
        finally:
            self._end()
        await websocket.close()

    async def _take(self, websocket: aiohttp.ClientWebSocketResponse, text: str) -> None:
        if text.startswith(self._event_head):
            event, body = orjson.loads(text[len(self._event_head) :])
            self._hear(event, body)
        elif text.startswith(self._ack):
            begin = text.index("[")
            _resolve(self._acks.get(text[len(self._ack) : begin]), orjson.loads(text[begin:])[0])
        elif text == PING:
            await websocket.send_str(PONG)
        elif text.startswith(f"40{self._namespace},"):
            _resolve(self._joining, None)
        elif text.startswith(f"44{self._namespace},") and self._joining and not self._joining.done():
            self._joining.set_exception(Refused(orjson.loads(text[text.index("{") :])["data"]))
        elif text[:2] in {"41", "1"}:
            raise NoAnswer

    def _end(self) -> None:
        self.lost.set()
        for future in (self._joining, *self._acks.values()):
            if future and not future.done():
                future.set_exception(NoAnswer())
                future.exception()  # whoever waited may be gone


def _resolve(future: asyncio.Future[Any] | None, value: Any) -> None:
    if future and not future.done():
        future.set_result(value)
