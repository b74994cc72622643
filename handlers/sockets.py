"""python-socketio, made to keep what the contract promises. Pinned: it overrides private methods, each with its reason.

Every point is reproduced on the bare library in tests/test_bare_library.py.
"""

import asyncio
import logging
import re
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson
import socketio
from socketio import packet as frames

from server.refusals import Invalid, Refusal
from server.rooms import Connection, Rooms

log = logging.getLogger(__name__)

# Half-open peers are noticed after 10 + 5 s instead of the library's 25 + 20: presence cannot wait that long.
PING_INTERVAL, PING_TIMEOUT = 10, 5
FRAME_MAX = 64 * 1024
EVENT = re.compile(r"2(?P<namespace>/[^,?]*)(?:\?[^,]*)?,(?P<id>\d{1,15})?")


class Json:
    """orjson in the shape python-socketio wants; `dumps` is given separators, which orjson does not need."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes) -> Any:
        return orjson.loads(text)


class Answers(Protocol):
    async def answer(self, connection: Connection, name: object, arguments: list[Any]) -> dict[str, Any]: ...


class Arrivals(Protocol):
    async def greet(self, connection: Connection) -> None: ...
    async def leave(self, connection_id: str) -> None: ...


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """Frames in, acks out. `async_handlers=False` keeps the order of one client's commands (True reordered them)."""

    def __init__(self, rooms: Rooms, dispatcher: Answers, arrivals: Arrivals, other_origins: tuple[str, ...]) -> None:
        super().__init__(
            async_mode="aiohttp",
            async_handlers=False,
            json=Json,
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            max_http_buffer_size=FRAME_MAX,
            cors_allowed_origins=lambda origin, environ: is_allowed(origin, environ, other_origins),
            cors_credentials=False,
            logger=logging.getLogger("socketio"),
            engineio_logger=logging.getLogger("engineio"),
        )
        self._rooms = rooms
        self._dispatcher = dispatcher
        self._arrivals = arrivals
        self.stopping: Refusal | None = None  # what every command is answered once the server goes away

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        """A frame that cannot be decoded gets an ack if it carries an id, and else the connection is closed.

        The library logs a trace and stays silent: the caller would wait for its own timeout.
        """
        try:
            if isinstance(data, bytes):
                raise ValueError("binary frames are not spoken here")
            if data[:1] in {"5", "6"}:  # a client may declare 9,999,999,999 attachments and have them waited for
                raise ValueError("binary events are not spoken here")
            await super()._handle_eio_message(eio_sid, data)
        except (ValueError, TypeError, IndexError, KeyError, RecursionError) as error:  # what decoding raises
            await self._refuse_frame(eio_sid, data, error)

    async def _refuse_frame(self, eio_sid: str, data: Any, error: Exception) -> None:
        match = EVENT.match(data) if isinstance(data, str) else None
        connection = self._connection(eio_sid, match["namespace"]) if match else None
        if match and match["id"] and connection:
            answer = {"ok": False, "error": Invalid("this frame cannot be decoded").body()}
            await self._ack(eio_sid, match["namespace"], int(match["id"]), answer)
        else:
            log.info("closing a connection that sent a frame that cannot be decoded: %s", error)
            await self.close_transport(eio_sid)

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:  # noqa: A002
        """Straight to the dispatcher: the library would run the connect hook for a client's event named `connect`."""
        connection = self._connection(eio_sid, namespace or "/")
        if connection is None:  # not connected, or not any more
            return
        if not isinstance(data, list) or not data:
            raise ValueError("an event has a name")
        if self.stopping:
            answer: dict[str, Any] = {"ok": False, "error": self.stopping.body()}
        else:
            answer = await self._dispatcher.answer(connection, data[0], data[1:])
        if id is not None:
            await self._ack(eio_sid, connection.namespace, id, answer)

    async def _handle_ack(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:  # noqa: A002
        """We never ask clients for acks: one that comes is ignored (the library's own handling can be broken by id 0)."""

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        """The welcome goes out behind the CONNECT packet, which the library sends after the hook has returned."""
        await super()._handle_connect(eio_sid, namespace, data)
        connection = self._connection(eio_sid, namespace or "/")
        if connection is None:
            return
        if connection.socket.closing or connection.socket.closed:  # it went while the hook was running: no ghost
            await self._handle_disconnect(eio_sid, namespace)
        else:
            await self._arrivals.greet(connection)

    async def close(self, connection: Connection) -> None:
        """Ends this connection: what is queued goes out first. Its hooks run as for any other end."""
        await self.close_transport(self.manager.eio_sid_from_sid(connection.id, connection.namespace))

    async def close_transport(self, eio_sid: str) -> None:
        """Ends the Engine.IO connection and its transport; `disconnect` of the library leaves the transport open."""
        socket = self.eio.sockets.get(eio_sid)
        if socket and not socket.closed:
            await socket.close(wait=False, abort=False)
            socket.queue.put_nowait(None)  # lets the writer send what is queued, then close the WebSocket

    async def close_all(self) -> None:
        """Ends every connection; aiohttp gives what is queued a moment to go out when it closes."""
        await asyncio.gather(*(self.close_transport(eio_sid) for eio_sid in list(self.eio.sockets)))
        await self.shutdown()

    async def _ack(self, eio_sid: str, namespace: str, ack_id: int, answer: dict[str, Any]) -> None:
        packet = self.packet_class(frames.ACK, namespace=namespace, id=ack_id, data=[answer])
        await self._send_packet(eio_sid, packet)

    def _connection(self, eio_sid: str, namespace: str) -> Connection | None:
        return self._rooms.find(self.manager.sid_from_eio_sid(eio_sid, namespace) or "")


def is_allowed(origin: str, environ: dict[str, Any], others: tuple[str, ...]) -> bool:
    """Whether a page of this origin may connect: ours, by the Host it was reached under, or one of CORS_ORIGINS."""
    return origin in others or urlsplit(origin).netloc == environ.get("HTTP_HOST")
