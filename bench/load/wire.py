"""A WebSocket of a client on a bare transport: no compression, no masking work, nothing parsed that nobody asks for."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from typing import cast

TEXT, CLOSE, PING = 1, 8, 9
FINAL, MASKED = 0x80, 0x80
NO_MASK = b"\0\0\0\0"  # a client's frames must carry a mask; this one changes nothing, so nothing is computed
SHORT, MEDIUM = 126, 127  # RFC 6455: how a length is spelled


class WebSocket(asyncio.Protocol):
    """`heard` gets the payload of every text frame; `lost` is called once, however the connection ends."""

    def __init__(self, heard: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self._heard = heard
        self._lost = lost
        self._left = b""
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def connect(
        cls, host: str, port: int, path: str, heard: Callable[[bytes], None], lost: Callable[[], None]
    ) -> WebSocket:
        """Returns once the server has switched protocols. Raises OSError."""
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(lambda: cls(heard, lost), host, port)
        key = base64.b64encode(os.urandom(16)).decode()
        asked = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        socket.transport.write(f"{asked}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        await socket.opened
        return socket

    @property
    def transport(self) -> asyncio.Transport:
        assert self._transport
        return self._transport

    def send(self, text: bytes) -> None:
        self.transport.write(frame(text))

    def abort(self) -> None:
        """The connection is gone at once, without a goodbye."""
        if self._transport and not self.closed:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionResetError("closed before it was open"))
        self._lost()

    def data_received(self, data: bytes) -> None:
        data = self._left + data if self._left else data
        at = 0
        if not self.opened.done():
            at = self._switch(data)
        while (end := self._frame(data, at)) > at:
            at = end
        self._left = data[at:]

    def _switch(self, data: bytes) -> int:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        if data.startswith(b"HTTP/1.1 101"):
            self.opened.set_result(None)
            return end + 4
        self.opened.set_exception(ConnectionRefusedError(data[:100].decode("latin-1")))
        self.abort()
        return len(data)

    def _frame(self, data: bytes, at: int) -> int:
        """Where the frame that begins at `at` ends, and hands it over; `at` when it is not whole yet."""
        if not self.opened.done() or len(data) < at + 2:
            return at
        length, body = data[at + 1], at + 2
        if length == SHORT:
            length, body = int.from_bytes(data[body : body + 2]), body + 2
        elif length == MEDIUM:
            length, body = int.from_bytes(data[body : body + 8]), body + 8
        end = body + length
        if len(data) < end or body > len(data):
            return at
        kind = data[at] & 0x0F
        if kind == TEXT:
            self._heard(data[body:end])
        elif kind == CLOSE:
            self.transport.close()
        elif kind == PING:
            self.transport.write(bytes((FINAL | 10, MASKED | length)) + NO_MASK + data[body:end])
        return end


def frame(text: bytes) -> bytes:
    """A whole text frame of a client."""
    length = len(text)
    if length < SHORT:
        return bytes((FINAL | TEXT, MASKED | length)) + NO_MASK + text
    if length < 65536:
        return bytes((FINAL | TEXT, MASKED | SHORT)) + length.to_bytes(2) + NO_MASK + text
    return bytes((FINAL | TEXT, MASKED | MEDIUM)) + length.to_bytes(8) + NO_MASK + text
