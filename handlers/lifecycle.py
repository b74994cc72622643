"""Who comes in and who goes: identity, rooms, presence, and the welcome before anything else."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import socketio

from server.connections.presence import Presence
from server.core.errors import Forbidden, RateLimited, refusal_of
from server.core.outage import Outage
from server.core.signals import Signals
from server.monitor.welcome import Greeting, Welcome
from server.people.second_factor import OwnSecondFactor
from server.people.sessions import Sessions
from server.queue.left_messages import LeftMessages
from server.realtime.delivery import Delivery
from server.realtime.rooms import Connection, Rooms, linked, of_person, setting_up
from server.schemas.rows import NAMESPACES

COME_BACK_SECONDS = 5.0


@dataclass(frozen=True)
class SocketsPerPerson:
    """How many connections one person may have to this process. Each process counts its own: `most` times their number in all.

    A proxy keeps a browser at one process, so that is the same for everybody but those who would go around it.
    """

    most: int
    rooms: Rooms
    note: Callable[[str], None]

    def check(self, namespace: str, person_id: str) -> None:
        """Raises RateLimited if one more would be too many."""
        rooms = (of_person(person_id), linked(person_id), setting_up(person_id))
        if sum(len(self.rooms.members(namespace, room)) for room in rooms) >= self.most:
            self.note("person")
            raise RateLimited(COME_BACK_SECONDS, "you have too many windows open here; close some, or wait a little")


class ConnectionLifecycle:
    def __init__(  # noqa: PLR0913, PLR0917  what a connection meets on its way in, in this order
        self,
        outage: Outage,
        sessions: Sessions,
        second_factor: OwnSecondFactor,
        sockets_per_person: SocketsPerPerson,
        rooms: Rooms,
        presence: Presence,
        left_messages: LeftMessages,
        welcome: Welcome,
        delivery: Delivery,
        signals: Signals,
    ) -> None:
        self._outage = outage
        self._sessions = sessions
        self._second_factor = second_factor
        self._sockets_per_person = sockets_per_person
        self._rooms = rooms
        self._presence = presence
        self._left_messages = left_messages
        self._welcome = welcome
        self._delivery = delivery
        self._signals = signals
        self._greetings: dict[str, Greeting] = {}

    async def enter(self, connection_id: str, namespace: str, socket: Any, token: object) -> None:
        """Raises Unauthorized, Forbidden, RateLimited or Unavailable; then nothing of the connection is left."""
        self._outage.check()
        who = await self._sessions.identify(token)
        if NAMESPACES.get(who.role) != namespace:
            raise Forbidden(f"this is not the place of {who.role}s")
        self._sockets_per_person.check(namespace, who.id)
        factor = None if who.role == "customer" else await self._second_factor.state(who.person)
        connection = Connection(connection_id, namespace, who, socket, only_sets_up=factor == "needed")
        self._rooms.enter(connection)
        try:
            connection.who, fresh = await self._sessions.visit(who)
            if await self._presence.arrive(connection):
                await self._left_messages.go_on(who)
            self._greetings[connection_id] = await self._welcome.greeting(connection.who, fresh, factor)
        except BaseException:
            await self.leave(connection_id)
            raise

    async def greet(self, connection: Connection) -> None:
        greeting = self._greetings.pop(connection.id)
        if connection.who.only_chat:
            connection.told_place = greeting.welcome["queue"]
        self._delivery.welcome(connection, greeting.welcome, greeting.presences)
        if not connection.only_sets_up:
            self._signals.came.emit(connection.who.id)

    async def leave(self, connection_id: str) -> None:
        self._greetings.pop(connection_id, None)
        connection = self._rooms.find(connection_id)
        if connection:
            self._rooms.leave_all(connection)
            await self._presence.leave(connection)


log = logging.getLogger(__name__)


class DeskNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    """The hooks of one namespace. Only genuine connects and disconnects come here: events go to the dispatcher."""

    def __init__(self, namespace: str, lifecycle: ConnectionLifecycle, *, debug: bool) -> None:
        super().__init__(namespace)
        self._lifecycle = lifecycle
        self._debug = debug

    async def trigger_event(self, event: str, *args: Any) -> Any:
        if event == "connect":
            return await self._connect(args[0], args[2] if len(args) > 2 else None)
        if event == "disconnect":
            await self._disconnect(args[0])
        return None

    async def _connect(self, sid: str, auth: Any) -> bool:
        """True, or the library's refusal. A TypeError must not leave here: the library would run the hook again."""
        try:
            socket = self.server.socket_of(sid, self.namespace)
            await self._lifecycle.enter(
                sid, self.namespace, socket, auth.get("token") if isinstance(auth, dict) else None
            )
        except Exception as error:
            refusal = refusal_of(error, debug=self._debug)
            if refusal.code == "internal":
                log.error("connecting to %s failed", self.namespace, exc_info=error)
            raise socketio.exceptions.ConnectionRefusedError(str(refusal), refusal.body()) from None
        return True

    async def _disconnect(self, sid: str) -> None:
        """Must not raise: the library would leak the sid and its environ."""
        try:
            await self._lifecycle.leave(sid)
        except Exception:
            log.exception("%s left %s, and not everybody could be told", sid, self.namespace)
