"""Engine.IO's WebSocket without its detours. Made for python-engineio 4.15 and aiohttp 3.14; FAST_WEBSOCKET=off leaves it.

What the library does for each message, and what is done here instead:

* a task and a timer to receive it (`wait_for(ensure_future(...))`): a plain loop; the pings' timers find the dead;
* bytes become a text, an Engine.IO packet, a Socket.IO packet, a handler's arguments: an event is read from its bytes,
  and whatever is not plainly one takes the library's way, with all its refusals;
* a queue, a writer's task and a coroutine a frame: one write for all frames of a round (write_buffer.py);
* a text encoded for each receiver: an event is a WebSocket frame from the start (server/realtime/packets.py).

Server CPU, 100 connections, uvloop, two cores: 66 us a command with its ack before, 13 us now, 8 us with four in flight;
24 us a receiver of an event before, 4 us now. tests/test_transport.py plays the library's own behaviours on both ways.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from aiohttp import WSMessage, WSMsgType, web
from engineio import packet as engineio
from engineio.exceptions import UnknownPacketError

from handlers.transport.connection import EngineSocket
from handlers.transport.connection_limits import FRAME_MAX, LINGER_SECONDS
from handlers.transport.write_buffer import WriteBuffer
from server.realtime.packets import Packet

log = logging.getLogger(__name__)

# What is used of their insides: aiohttp's flow control (write_buffer.py), and that it writes nothing between our frames;
# engineio's receive, queue and upgrade. Another version's may be others: then its own way is taken.
MADE_FOR = {"aiohttp": "3.14.", "python-engineio": "4.15."}

CLOSE_FRAME = b"\x88\x02\x03\xe8"  # WebSocket's own goodbye: 1000, a normal end
NOOP = Packet(b"6")
EVENT = b"42"

WebSocket = web.WebSocketResponse[Any]


def socket_class(wanted: bool, installed: Mapping[str, str] | None = None) -> type[EngineSocket]:
    """FastSocket if it is `wanted` and made for the versions that are `installed` (None: looked up), else the stock one."""
    found = installed or {package: version(package) for package in MADE_FOR}
    others = {
        package: found[package] for package, made_for in MADE_FOR.items() if not found[package].startswith(made_for)
    }
    if wanted and others:
        log.warning("WebSockets go the library's own, slower way: FAST_WEBSOCKET is not made for %s", others)
    return FastSocket if wanted and not others else EngineSocket


class FastSocket(EngineSocket):
    """An Engine.IO connection whose WebSocket, once it stands, is read and written here."""

    connected: bool
    _write_buffer: WriteBuffer | None = None

    def push(self, packet: Packet) -> None:
        if self._write_buffer is None:
            super().push(packet)
        elif not self._is_mute:
            self._write_buffer.put(packet.frame)

    def waiting(self) -> int:
        return self._write_buffer.waiting() if self._write_buffer else super().waiting()

    def _close_queue(self) -> None:
        super()._close_queue()
        if self._write_buffer and not self._is_cut:
            self._write_buffer.put(CLOSE_FRAME)

    def _drop(self) -> None:
        super()._drop()
        if self._write_buffer:
            self._write_buffer.drop()

    async def _serve_websocket(self, environ: dict[str, Any]) -> WebSocket:
        request: web.Request = environ["aiohttp.request"]
        websocket = WebSocket(  # without compression: frames are shared, and zlib takes some 300 KB a connection
            max_msg_size=FRAME_MAX, compress=False, decode_text=False, autoclose=False, timeout=LINGER_SECONDS
        )
        await websocket.prepare(request)
        if (not self.connected or await self._is_upgraded(websocket)) and request.transport:
            self.connected = self.upgraded = True
            self._write_buffer = WriteBuffer(
                request.protocol,
                request.transport,
                self.server.write_buffers,
                self._limits.buffer_bytes,
                self._limits.ping_timeout,
                self.cut,
            )
            try:
                self._move_queue(self._write_buffer)
                await self._read(websocket, self._write_buffer)
            finally:
                await self.close(wait=False, abort=True, reason=self._reasons.TRANSPORT_CLOSE)
                self._write_buffer.drop()
        await websocket.close()
        return websocket

    async def _is_upgraded(self, websocket: WebSocket) -> bool:
        """From polling, by Engine.IO's three steps: 2probe, 3probe, and 5 once the client's last poll was answered."""
        try:
            if (await websocket.receive()).data != b"2probe":
                return False
            self.upgrading = True  # what is new waits from here on, and polls are answered with NOOP
            await websocket.send_str("3probe")
            self.queue.put_nowait(NOOP)
            return (await websocket.receive()).data == b"5" and not self.closing
        except ConnectionError:
            return False

    def _move_queue(self, write_buffer: WriteBuffer) -> None:
        self._poll = None
        while not self.queue.empty():
            packet = self.queue.get_nowait()
            if packet:
                write_buffer.put(packet.frame)

    async def _read(self, websocket: WebSocket, write_buffer: WriteBuffer) -> None:
        """Until the client is gone. A frame is read when the one before has been answered, and the answer taken.

        So a flood makes no tasks: aiohttp's reader stops the TCP connection. After our own goodbye nothing is heard.
        """
        receive, take, give_way = websocket.receive, self.server.take, self.give_way
        while True:
            message = await receive()
            if message.type is not WSMsgType.TEXT and message.type is not WSMsgType.BINARY:
                break
            await give_way()
            if self.closing:
                continue
            self.heard = True
            data = message.data
            if message.type is WSMsgType.BINARY or not (data[:2] == EVENT and await take(self, data)):
                await self._receive(message)
            if write_buffer.is_blocked:
                await write_buffer.drained()
        if self.closing and self._websocket:  # our goodbye has been answered, or needs none any more
            self._websocket.abort()

    async def _receive(self, message: WSMessage) -> None:
        """What is not plainly an event: the library's way, with its refusals."""
        try:
            text = message.data.decode() if message.type is WSMsgType.TEXT else ""
        except UnicodeDecodeError:
            text = ""
        if text[:1] == "4":
            await self.server._trigger_event("message", self.sid, text[1:], run_async=False)
        elif text[:1] in self.server.packet_types:
            with suppress(UnknownPacketError):  # as the library: a client's OPEN, PING or NOOP is nothing
                await self.receive(engineio.Packet(encoded_packet=text))
        else:
            await self.server.hang_up(self.sid, "bad_frame")
