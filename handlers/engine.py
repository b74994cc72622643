"""Engine.IO's two transports: what cannot be read ends the connection, and what can be read is never dropped.

Reproduced in tests/test_bare_library.py and tests/test_frames.py.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import engineio
from aiohttp import web
from engineio.async_drivers import aiohttp as driver
from engineio.exceptions import UnknownPacketError
from engineio.payload import Payload

log = logging.getLogger(__name__)

FRAME_MAX = 64 * 1024
PACKET_TYPES = frozenset("0123456")  # how an Engine.IO packet begins; b, for base64, is not spoken here

HangUp = Callable[[], Awaitable[None]]


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]  # the library has no types
    def __init__(self, **options: Any) -> None:
        super().__init__(**options, max_http_buffer_size=FRAME_MAX)
        self._async: dict[str, Any] = {
            **driver._async,
            "translate_request": self._translate,
            "websocket": CheckedWebSocket,
        }
        # The library takes 16 packets a POST, answers 200 and drops the others. Process-wide; the body's size is limited.
        Payload.max_decode_packets = FRAME_MAX

    async def handle_request(self, request: web.Request) -> Any:
        socket = self.sockets.get(request.query.get("sid", ""))
        if socket and socket.closed:  # the library would let a KeyError out
            self.sockets.pop(socket.sid, None)
        if "j" in request.query:  # JSONP: nobody needs it any more
            return web.Response(status=400)
        return await super().handle_request(request)

    async def hang_up(self, sid: str) -> None:
        """Ends a connection and its transport, after what is queued; `disconnect` leaves the transport open."""
        socket = self.sockets.get(sid)
        if socket and not socket.closed:
            await socket.close(wait=False, abort=False)
            socket.queue.put_nowait(None)  # lets the writer send what is queued, then close the WebSocket

    async def _translate(self, request: web.Request) -> dict[str, Any]:
        environ: dict[str, Any] = driver.translate_request(request)
        if request.method == "POST":
            environ["CONTENT_LENGTH"] = "0"  # Post counts, and knows how to end the connection
            environ["wsgi.input"] = Post(request, lambda: self.hang_up(request.query.get("sid", "")))
        return environ


class Post:
    """The body of a polling POST. The library takes its first segment for the whole, and drops what it cannot read."""

    def __init__(self, request: web.Request, hang_up: HangUp) -> None:
        self._request = request
        self._hang_up = hang_up

    async def read(self, _length: int) -> bytes:
        """All of it. Raises an EngineIOError, which makes a 400, when it cannot be read: then the connection is over."""
        try:
            body = await self._request.read()
            if len(body) <= FRAME_MAX and all(frame[:1] in PACKET_TYPES for frame in body.decode().split("\x1e")):
                return body
        except (web.HTTPException, web.RequestPayloadError, OSError, UnicodeDecodeError) as error:
            log.info("a POST could not be read: %r", error)
        await self._hang_up()
        raise UnknownPacketError


class CheckedWebSocket(driver.WebSocket):  # type: ignore[misc]  # the library has no types
    async def wait(self) -> str | bytes:
        """The next frame. Raises OSError for what is none: the library would leave its loop without closing anything."""
        frame: str | bytes = await super().wait()
        if isinstance(frame, str) and frame[:1] not in PACKET_TYPES:
            raise OSError("not an Engine.IO packet")
        return frame
