"""python-socketio, made to keep what the contract promises. Pinned: it overrides private methods, each with its reason.

Every point is reproduced on the bare library in tests/test_bare_library.py. engine.py does the same for its transports.
"""

import asyncio
import logging
import re
from typing import Any, Protocol

import orjson
import socketio
from socketio import packet as frames

from handlers.engine import EngineServer
from server.refusals import Invalid, NotFound, Refusal, Unauthorized
from server.rooms import Connection, Rooms

log = logging.getLogger(__name__)

# Half-open peers are noticed after 10 + 5 s instead of the library's 25 + 20: presence cannot wait that long.
PING_INTERVAL, PING_TIMEOUT = 10, 5
EVENT = re.compile(r"2(?P<namespace>/[^,?]*)(?:\?[^,]*)?,(?P<id>\d{1,15}(?!\d))?")


class Json:
    """orjson in the shape python-socketio wants; `dumps` is given separators, which orjson does not need.

    Keys may be numbers: `fields` of a refusal names the items of a list by them.
    """

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()

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
            answer = refused(Invalid("this frame cannot be decoded"))
            await self._ack(eio_sid, match["namespace"], int(match["id"]), answer)
        else:
            log.info("closing a connection that sent a frame that cannot be decoded: %s", error)
            await self.close_transport(eio_sid)

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:  # noqa: A002
        """Straight to the dispatcher: the library would run the connect hook for a client's event named `connect`."""
        if not isinstance(data, list) or not data:
            raise ValueError("an event has a name")
        answer = await self._answer(self._connection(eio_sid, namespace or "/"), data)
        if id is not None:
            await self._ack(eio_sid, namespace or "/", id, answer)

    async def _answer(self, connection: Connection | None, event: list[Any]) -> dict[str, Any]:
        if connection is None or connection.held is not None:  # not connected, not yet, or not any more
            return refused(Unauthorized("connect to this namespace first"))
        if self.stopping:
            return refused(self.stopping)
        return await self._dispatcher.answer(connection, event[0], event[1:])

    async def _handle_ack(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:  # noqa: A002
        """We never ask clients for acks: one that comes is ignored (the library's own handling can be broken by id 0)."""

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        """The welcome goes out behind the CONNECT packet, which the library sends after the hook has returned."""
        if (
            namespace is None or namespace not in self.namespace_handlers
        ):  # the library's refusal has neither sentence nor code
            await self._refuse_connect(eio_sid, namespace or "/", NotFound("there is no such namespace"))
            return
        if self.manager.sid_from_eio_sid(eio_sid, namespace):
            raise ValueError("connected already, or about to be")
        await super()._handle_connect(eio_sid, namespace, data)
        connection = self._connection(eio_sid, namespace)
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
        await self.eio.hang_up(eio_sid)

    async def close_all(self) -> None:
        """Ends every connection; aiohttp gives what is queued a moment to go out when it closes."""
        await asyncio.gather(*(self.close_transport(eio_sid) for eio_sid in list(self.eio.sockets)))
        await self.shutdown()

    async def _ack(self, eio_sid: str, namespace: str, ack_id: int, answer: dict[str, Any]) -> None:
        packet = self.packet_class(frames.ACK, namespace=namespace, id=ack_id, data=[answer])
        await self._send_packet(eio_sid, packet)

    async def _refuse_connect(self, eio_sid: str, namespace: str, refusal: Refusal) -> None:
        data = {"message": str(refusal), "data": refusal.body()}
        await self._send_packet(eio_sid, self.packet_class(frames.CONNECT_ERROR, namespace=namespace, data=data))

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    def _connection(self, eio_sid: str, namespace: str) -> Connection | None:
        return self._rooms.find(self.manager.sid_from_eio_sid(eio_sid, namespace) or "")


def refused(refusal: Refusal) -> dict[str, Any]:
    return {"ok": False, "error": refusal.body()}


def is_allowed(origin: str | None, environ: dict[str, Any], others: tuple[str, ...]) -> bool:
    """Whether a page of this origin may connect: ours, by the Host it was reached under, or one of CORS_ORIGINS."""
    return origin in others or (origin or "").partition("://")[2] == environ.get("HTTP_HOST")
