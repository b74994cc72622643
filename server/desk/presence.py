"""Who is there: connections come and go."""

from dataclasses import dataclass

from server import rooms
from server.clock import Clock
from server.desk.seating import Seating
from server.live.announcer import Announcer
from server.people.identity import Identity
from server.rooms import Connection, Rooms
from store.chats import Chats


@dataclass(frozen=True)
class Presence:
    rooms: Rooms
    chats: Chats
    announcer: Announcer
    seating: Seating
    clock: Clock

    async def arrive(self, connection: Connection) -> None:
        """The connection is in its rooms; tells those concerned if its person was not there before."""
        who = connection.who
        if who.role == "agent":
            await self.seating.connect(who, connection.id)
        elif who.role == "customer" and len(self._connections(who)) == 1:
            await self._tell_customer(who, "online")

    async def leave(self, connection: Connection) -> None:
        """The connection is out of its rooms; tells those concerned if it was its person's last."""
        who = connection.who
        if who.role == "agent":
            await self.seating.disconnect(who, connection.id)
        elif who.role == "customer" and not self._connections(who):
            await self._tell_customer(who, "offline")

    def _connections(self, who: Identity) -> list[Connection]:
        return list(self.rooms.members(f"/{who.role}", rooms.of_person(who.id)))

    async def _tell_customer(self, who: Identity, status: str) -> None:
        agents = [chat.agent_id for chat in await self.chats.unended_of(who.id) if chat.agent_id]
        self.announcer.customer_presence(who.id, status, agents, self.clock.now())
