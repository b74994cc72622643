"""python-socketio, made to keep what docs/PROTOCOL.md promises. Pinned: it overrides private methods, each with its reason.

Every point is reproduced on the bare library in tests/test_bare_library.py. transport/ does the same below it.
"""

import asyncio
import logging
import re
from typing import Any, Protocol

import orjson
import socketio
from socketio import packet as frames

from handlers.transport.addresses import Addresses
from handlers.transport.connection import EngineSocket
from handlers.transport.connection_limits import ConnectionLimits, is_allowed
from handlers.transport.engine import EngineServer
from handlers.transport.json_codec import Json
from server.core.errors import Invalid, NotFound, Refusal, Unauthorized
from server.core.metrics import ConnectionMetrics
from server.realtime.packets import ack
from server.realtime.rooms import Connection, Rooms

log = logging.getLogger(__name__)

CONCURRENT_MAX = 64  # commands of one connection that wait while later ones are answered
PLAIN_ID = re.compile(rb"(?:0|[1-9]\d{0,14})?")
EVENT = re.compile(r"2(?P<namespace>/[^,?]*)(?:\?[^,]*)?,(?P<id>\d{1,15}(?!\d))?")


class Answers(Protocol):
    async def answer(self, connection: Connection, name: object, arguments: list[Any]) -> dict[str, Any]: ...


class ConnectionLifecycle(Protocol):
    async def greet(self, connection: Connection) -> None: ...
    async def leave(self, connection_id: str) -> None: ...


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """Frames in, acks out. `async_handlers=False` keeps the order of one client's commands (True reordered them)."""

    def __init__(  # noqa: PLR0913, PLR0917  what a frame meets, in this order
        self,
        rooms: Rooms,
        dispatcher: Answers,
        lifecycle: ConnectionLifecycle,
        other_origins: tuple[str, ...],
        limits: ConnectionLimits,
        addresses: Addresses,
        concurrent_commands: frozenset[str],
        metrics: ConnectionMetrics,
    ) -> None:
        super().__init__(
            async_mode="aiohttp",
            async_handlers=False,
            json=Json,
            limits=limits,
            addresses=addresses,
            take=self._take,
            note_open=metrics.opened,
            count=metrics.closed,
            cors_allowed_origins=lambda origin, environ: is_allowed(origin, environ, other_origins),
            cors_credentials=False,
            logger=logging.getLogger("socketio"),
            engineio_logger=logging.getLogger("engineio"),
        )
        self._rooms = rooms
        self._dispatcher = dispatcher
        self._lifecycle = lifecycle
        self._concurrent_commands = concurrent_commands
        self.stopping: Refusal | None = None  # what every command is answered once the server goes away

    async def _take(self, socket: EngineSocket, frame: bytes) -> bool:
        """Answers an event straight from its frame, `42/ns,ID["name",{...}]`. False: it is not plainly one, and nothing
        was done. The library's way of the same took ten times as long."""
        namespace, _, rest = frame[2:].partition(b",")
        ack_id, bracket, _ = rest.partition(b"[")
        connection = socket.joined.get(namespace)
        if connection is None or not bracket or self.stopping or not PLAIN_ID.fullmatch(ack_id):
            return False
        try:
            event = orjson.loads(rest[len(ack_id) :])
        except orjson.JSONDecodeError:
            return False
        if not event or not isinstance(event[0], str):
            return False
        answering = self._answer_event(socket, connection, ack_id, event)
        if event[0] in self._concurrent_commands and len(socket.concurrent_commands) < CONCURRENT_MAX:
            task = asyncio.get_running_loop().create_task(answering, name="a command that may be overtaken")
            socket.concurrent_commands.add(task)
            task.add_done_callback(socket.concurrent_commands.discard)
        else:
            await answering
        return True

    async def _answer_event(
        self, socket: EngineSocket, connection: Connection, ack_id: bytes, event: list[Any]
    ) -> None:
        answer = await self._dispatcher.answer(connection, event[0], event[1:])
        if ack_id:
            socket.push(ack(connection.namespace.encode(), ack_id, answer))

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
            await self.eio.hang_up(eio_sid, "bad_frame")

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
        ):  # the library's refusal has no sentence, no code
            await self._refuse_connect(eio_sid, namespace or "/", NotFound("there is no such namespace"))
            return
        socket = self.eio.find(eio_sid)
        if socket and socket.refusal:
            await self._refuse_connect(eio_sid, namespace, socket.refusal)
            await self.eio.hang_up(eio_sid, "one_too_many")
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
            await self._lifecycle.greet(connection)
            connection.socket.joined[namespace.encode()] = connection

    async def _handle_disconnect(self, eio_sid: str, namespace: str | None, reason: str | None = None) -> None:
        socket = self.eio.find(eio_sid)
        if socket:
            socket.left((namespace or "/").encode())
        await super()._handle_disconnect(eio_sid, namespace, reason)

    def socket_of(self, sid: str, namespace: str) -> EngineSocket:
        """The Engine.IO connection under a namespace's. Raises KeyError when it is gone."""
        socket: EngineSocket = self.eio.sockets[self.manager.eio_sid_from_sid(sid, namespace)]
        return socket

    async def close_all(self) -> None:
        """Ends every connection: first all goodbyes, then all hooks. Who lingers is cut after LINGER_SECONDS."""
        await self.eio.hang_up_all()

    def waiting(self) -> int:
        """Bytes that clients have not taken yet."""
        return int(self.eio.waiting())

    def transports(self) -> int:
        """Connections, whether they joined a namespace or not."""
        return len(self.eio.sockets)

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
