"""Who is there: connections come and go, and those concerned are told."""

from dataclasses import dataclass

from server.agents.connections import ConnectionRegistry
from server.agents.seats import Seating
from server.chat.access import RecentMemberships
from server.core.clock import Clock
from server.core.identity import Identity
from server.core.outage import Outage
from server.core.signals import Signals
from server.realtime import rooms
from server.realtime.announcer import Announcer
from server.realtime.rooms import Connection, Rooms
from store.chats import Chats


@dataclass(frozen=True)
class Presence:
    rooms: Rooms
    registry: ConnectionRegistry
    chats: Chats
    announcer: Announcer
    seating: Seating
    signals: Signals
    recent: RecentMemberships
    outage: Outage
    clock: Clock

    async def arrive(self, connection: Connection) -> None:
        """The connection is in its rooms; tells those concerned if its person was away before."""
        who = connection.who
        if who.role == "agent":
            await self.seating.ensure(who)
            if await self.registry.arrive(connection):
                await self.seating.tell(who.id)
            self.signals.capacity_changed.emit()
        elif who.role == "customer":
            has_left = await self.registry.arrive(connection)
            if len(self._connections(who)) == 1:
                await self._tell_customer(who, "online")
            if has_left:
                await self._go_on(who)

    async def leave(self, connection: Connection) -> None:
        """The connection is out of its rooms. A customer is offline at once, an agent when its grace is over."""
        who = connection.who
        await self.outage.unless_on(
            lambda: self.registry.leave(connection)
        )  # else it is struck off when the database is back
        if who.role == "agent":
            self.signals.capacity_changed.emit()  # those who wait may hear another reason
        elif who.role == "customer" and not self._connections(who):
            await self._tell_customer(who, "offline")

    def _connections(self, who: Identity) -> list[Connection]:
        return list(self.rooms.members(f"/{who.role}", rooms.of_person(who.id)))

    async def _go_on(self, who: Identity) -> None:
        for chat in await self.chats.unended_of(who.id):
            if chat.left_by_absence:
                self.signals.customer_is_back.emit(chat.id, self.clock.now())

    async def _tell_customer(self, who: Identity, status: str) -> None:
        chats = await self.outage.unless_on(lambda: self.chats.unended_of(who.id))
        if status == "offline" and any(chat.here for chat in chats or ()):  # its chat is open at another process
            return
        agents = self.recent.agents_of(who.id) if chats is None else [chat.agent_id for chat in chats if chat.agent_id]
        self.announcer.customer_presence(who.id, status, agents, self.clock.now())
        for chat in chats or ():
            self.announcer.feed.chat(chat.id)  # its `customer_here`
