"""Who comes in and who goes: identity, rooms, presence, and the welcome before anything else."""

from typing import Any

from server.catalogue.entries import NAMESPACES
from server.delivery import Delivery
from server.live.welcome import Greeting, Welcome
from server.outage import Outage
from server.people.sessions import Sessions
from server.refusals import Forbidden
from server.rooms import Connection, Rooms
from server.seats.presence import Presence


class Arrivals:
    def __init__(  # noqa: PLR0913, PLR0917  what a connection meets on its way in, in this order
        self, outage: Outage, sessions: Sessions, rooms: Rooms, presence: Presence, welcome: Welcome, delivery: Delivery
    ) -> None:
        self._outage = outage
        self._sessions = sessions
        self._rooms = rooms
        self._presence = presence
        self._welcome = welcome
        self._delivery = delivery
        self._greetings: dict[str, Greeting] = {}

    async def enter(self, connection_id: str, namespace: str, socket: Any, token: object) -> None:
        """Raises Unauthorized, Forbidden or Unavailable; then nothing of the connection is left."""
        self._outage.check()
        who = await self._sessions.identify(token)
        if NAMESPACES.get(who.role) != namespace:
            raise Forbidden(f"this is not the place of {who.role}s")
        who, token = self._sessions.renewed(who)
        connection = Connection(connection_id, namespace, who, socket)
        self._rooms.enter(connection)
        try:
            await self._presence.arrive(connection)
            self._greetings[connection_id] = await self._welcome.greeting(who, token)
        except BaseException:
            await self.leave(connection_id)
            raise

    async def greet(self, connection: Connection) -> None:
        greeting = self._greetings.pop(connection.id)
        self._delivery.welcome(connection, greeting.welcome, greeting.presences)

    async def leave(self, connection_id: str) -> None:
        self._greetings.pop(connection_id, None)
        connection = self._rooms.find(connection_id)
        if connection:
            self._rooms.leave_all(connection)
            await self._presence.leave(connection)
