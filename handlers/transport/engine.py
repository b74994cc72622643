"""Engine.IO's server: what cannot be read ends the connection, and what can be read is never dropped.

Reproduced in tests/test_bare_library.py, tests/test_frames.py and tests/test_transport.py.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import engineio
from aiohttp import web
from engineio.async_drivers import aiohttp as driver
from engineio.exceptions import UnknownPacketError
from engineio.payload import Payload

from handlers.transport.addresses import Addresses
from handlers.transport.byte_queue import ByteQueue
from handlers.transport.connection import EngineSocket
from handlers.transport.connection_limits import FRAME_MAX, LINGER_SECONDS, ConnectionLimits
from handlers.transport.fast_websocket import socket_class
from handlers.transport.write_buffer import WriteBuffers
from server.core.errors import Malformed, RateLimited
from server.realtime.packets import Packet, dumps

log = logging.getLogger(__name__)

PACKET_TYPES = frozenset("0123456")  # how an Engine.IO packet begins; b, for base64, is not spoken here

POST_SECONDS = 20.0  # for the body of a POST

CLOSE = Packet(b"1")
HangUp = Callable[[], Awaitable[None]]
Take = Callable[[EngineSocket, bytes], Awaitable[bool]]


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """`take` answers an event from the bytes of its frame, or says False. `note_open` hears that a connection began, and
    `count` why it ended."""

    packet_types = PACKET_TYPES

    def __init__(
        self,
        *,
        limits: ConnectionLimits,
        addresses: Addresses,
        take: Take,
        note_open: Callable[[], None],
        count: Callable[[str], None],
        **options: Any,
    ) -> None:
        super().__init__(
            **options,
            max_http_buffer_size=FRAME_MAX,
            ping_interval=limits.ping_interval,
            ping_timeout=limits.ping_timeout,
            monitor_clients=False,  # the library's round over all connections: ours have timers
        )
        self.limits = limits
        self.take = take
        self.addresses = addresses
        self._socket_class = socket_class(limits.fast_websocket)
        self._note_open = note_open
        self._count = count
        self.write_buffers = WriteBuffers()
        self._endings: set[asyncio.Task[None]] = set()
        self._async: dict[str, Any] = {
            **driver._async,
            "translate_request": self._translate,
            "websocket": CheckedWebSocket,
        }
        # The library takes 16 packets a POST, answers 200 and drops the others. Process-wide; the body's size is limited.
        Payload.max_decode_packets = FRAME_MAX

    def create_queue(self) -> ByteQueue:
        return ByteQueue()

    async def handle_request(self, request: web.Request) -> Any:
        socket = self.sockets.get(request.query.get("sid", ""))
        if socket and socket.closed:  # the library would let a KeyError out
            self.sockets.pop(socket.sid, None)
            if request.method == "GET" and socket.has_last_words():
                return await self._make_response(self._ok(await socket.poll()), await self._translate(request))
        if "j" in request.query:  # nobody needs it any more
            return web.json_response(Malformed("JSONP is not spoken here").body(), status=400)
        return await super().handle_request(request)

    async def hang_up(self, sid: str, reason: str | None = None) -> None:
        """Ends a connection and its transport, after what is queued; `disconnect` leaves the transport open."""
        socket = self.sockets.get(sid)
        if socket and not socket.closing:
            await socket.close(abort=False, reason=reason)

    async def hang_up_all(self) -> None:
        """Every client is told before the first hook runs: hooks wait for the database, and may be thousands."""
        sockets = [socket for socket in self.sockets.values() if not socket.closing]
        for socket in sockets:
            socket.push(CLOSE)
            socket.finish()
        await asyncio.gather(*(socket.close(abort=True) for socket in sockets))

    def forget(self, socket: EngineSocket, reason: str) -> None:
        """The connection has been cut: its hooks run in a task of ours, whatever its own are waiting for."""
        self.sockets.pop(socket.sid, None)
        ending = asyncio.get_running_loop().create_task(socket.close(abort=True, reason=reason), name=reason)
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    def ended(self, socket: EngineSocket, reason: str) -> None:
        """Told once of every connection that began."""
        self._count(reason)
        self.addresses.leave(socket.block)

    def keep(self, socket: EngineSocket) -> None:
        """Known under its sid again, whatever the library has forgotten."""
        self.sockets.setdefault(socket.sid, socket)

    def remove(self, sid: str) -> None:
        self.sockets.pop(sid, None)

    def find(self, sid: str) -> EngineSocket | None:
        found: EngineSocket | None = self.sockets.get(sid)
        return found

    def waiting(self) -> int:
        """Bytes that clients have not taken yet."""
        return sum(socket.waiting() for socket in self.sockets.values())

    def _bad_request(self, message: str | None = None) -> dict[str, Any]:
        """In our shape; the library's is a text in quotes."""
        body = dumps(Malformed(message).body())
        return {"status": "400 BAD REQUEST", "headers": [("Content-Type", "application/json")], "response": body}

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: object = None) -> Any:
        """As the library's, with our sockets, and none is left behind by a WebSocket that did not come to be."""
        try:
            block, refusal = self.addresses.enter(environ["aiohttp.request"])
        except RateLimited as flood:
            again = {"Retry-After": str(round(flood.more["retry_after"]))}
            return web.json_response(flood.body(), status=flood.status, headers=again)
        socket = self._socket_class(self, self.generate_id(), block, refusal)
        self.sockets[socket.sid] = socket
        self._note_open()
        opening = {
            "sid": socket.sid,
            "upgrades": self._upgrades(socket.sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": FRAME_MAX,
        }
        socket.push(Packet(b"0" + dumps(opening)))
        await self._trigger_event("connect", socket.sid, environ, run_async=False)
        if transport == "polling":
            socket.connected = True
            return self._ok(await socket.poll())
        try:
            answer = await socket.handle_get_request(environ)
            return self._bad_request() if isinstance(answer, list) else answer  # packets: it asked for no WebSocket
        finally:
            await socket.close(abort=True, reason=self.reason.TRANSPORT_CLOSE)
            self.sockets.pop(socket.sid, None)

    async def _translate(self, request: web.Request) -> dict[str, Any]:
        environ: dict[str, Any] = driver.translate_request(request)
        if request.method == "POST":
            environ["CONTENT_LENGTH"] = "0"  # Post counts, and knows how to end the connection
            environ["wsgi.input"] = Post(request, lambda: self.hang_up(request.query.get("sid", ""), "bad_frame"))
        return environ


class Post:
    """The body of a polling POST. The library takes its first segment for the whole, and drops what it cannot read."""

    def __init__(self, request: web.Request, hang_up: HangUp) -> None:
        self._request = request
        self._hang_up = hang_up

    async def read(self, _length: int) -> bytes:
        """All of it. Raises an EngineIOError, which makes a 400, when it cannot be read: then the connection is over."""
        try:
            async with asyncio.timeout(POST_SECONDS):
                body = await self._request.read()
            if len(body) <= FRAME_MAX and all(frame[:1] in PACKET_TYPES for frame in body.decode().split("\x1e")):
                return body
        except (web.HTTPException, web.RequestPayloadError, OSError, UnicodeDecodeError) as error:
            log.info("a POST could not be read: %r", error)
        await self._hang_up()
        raise UnknownPacketError


class CheckedWebSocket(driver.WebSocket):  # type: ignore[misc]  # the library has no types
    """The library's way to a WebSocket: before FAST_WEBSOCKET, and without it."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse[Any]:
        self._sock = web.WebSocketResponse[Any](max_msg_size=FRAME_MAX, compress=False, timeout=LINGER_SECONDS)
        await self._sock.prepare(environ["aiohttp.request"])
        await self.handler(self)
        return self._sock

    async def wait(self) -> str | bytes:
        """The next frame. Raises OSError for what is none: the library would leave its loop without closing anything."""
        frame: str | bytes = await super().wait()
        if isinstance(frame, str) and frame[:1] not in PACKET_TYPES:
            raise OSError("not an Engine.IO packet")
        return frame
