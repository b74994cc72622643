"""Presence: connections come and go, are noted for every process, and those concerned are told."""

from dataclasses import dataclass
from datetime import datetime

from server.agents.seats import Seating
from server.chat.access import RecentMemberships
from server.chat.timers import GracePeriods
from server.core.clock import Clock
from server.core.identity import Identity
from server.core.outage import Outage
from server.core.signals import Signals
from server.realtime.announcer import Announcer
from server.realtime.rooms import Connection, Rooms, following, linked, of_person
from store.chats import Chats
from store.customer_connections import CustomerConnections
from store.seat_connections import SeatLeases


@dataclass(frozen=True)
class ConnectionRegistry:
    """Notes in the database who is connected where: each connection as `process/connection`."""

    process_id: str
    seats: SeatLeases
    customer_connections: CustomerConnections
    graces: GracePeriods
    clock: Clock

    def name_of(self, connection: Connection) -> str:
        return f"{self.process_id}/{connection.id}"

    async def arrive(self, connection: Connection) -> bool:
        """Notes the connection. Of an agent: whether it was away (beyond its grace) before; of a customer: whether it left
        its chat by being away.
        """
        if connection.only_sets_up:
            return False
        if connection.who.role == "customer":
            who = connection.who
            return await self.customer_connections.arrive(who.id, self.name_of(connection), only_chat=who.only_chat)
        if connection.who.role != "agent":
            return False
        return await self.seats.connect(connection.who.id, self.name_of(connection)) is False

    async def leave(self, connection: Connection) -> None:
        """Takes the connection away; the grace of one who has no other begins."""
        now = self.clock.now()
        if connection.who.role == "customer":
            await self._customer_left(self.name_of(connection), now)
        elif connection.who.role == "agent":
            await self.seats.disconnect(connection.who.id, self.name_of(connection), self.graces.agent_end(now))

    async def renew(self, connection: Connection, rooms: Rooms) -> None:
        """Notes the connection anew if it is still there; takes it away if not, also when it goes meanwhile."""
        if rooms.find(connection.id):
            await self.arrive(connection)
        if rooms.find(connection.id) is None:
            await self.leave(connection)

    async def forget_process(self, process_id: str) -> None:
        """The connections of a dead process are gone; the grace of their people begins."""
        now = self.clock.now()
        await self.seats.forget_process(process_id, self.graces.agent_end(now))
        await self.customer_connections.forget_process(process_id, self.graces.customer_goes(now))

    async def lost(self, rooms: Rooms) -> list[tuple[str, str]]:
        """(person, connection) noted for this process and not here any more: the database was away when it went."""
        noted = await self.seats.noted_for(self.process_id) + await self.customer_connections.noted_for(self.process_id)
        here = {self.name_of(connection) for connection in rooms}
        return [(person_id, name) for person_id, name in noted if name not in here]

    async def strike(self, person_id: str, name: str) -> None:
        """Takes a lost connection away; the grace of its person begins."""
        now = self.clock.now()
        await self.seats.disconnect(person_id, name, self.graces.agent_end(now))
        await self._customer_left(name, now)

    async def _customer_left(self, name: str, now: datetime) -> None:
        await self.customer_connections.leave(name, self.graces.customer_goes(now))


async def renew_all(registry: ConnectionRegistry, customer_id: str, rooms: Rooms) -> None:
    """The customer has another unended chat than before: its connections here are noted in that."""
    for room in (of_person(customer_id), linked(customer_id)):
        for connection in rooms.members("/customer", room):
            await registry.renew(connection, rooms)


@dataclass(frozen=True)
class Presence:
    rooms: Rooms
    registry: ConnectionRegistry
    graces: GracePeriods
    chats: Chats
    announcer: Announcer
    seating: Seating
    signals: Signals
    recent: RecentMemberships
    outage: Outage
    clock: Clock

    async def arrive(self, connection: Connection) -> bool:
        """The connection is in its rooms; tells those concerned if its person was away before.

        Whether it is of a customer whose chat had become a left message in its absence.
        """
        who = connection.who
        if connection.only_sets_up:
            return False
        if who.role == "agent":
            await self.seating.ensure(who)
            if await self.registry.arrive(connection):
                await self.seating.tell(who.id)
            self.signals.capacity_changed.emit()
        elif who.role == "customer":
            has_left = await self.registry.arrive(connection)
            if len(self._connections(who)) == 1:
                await self._tell_customer(who, "online")
            return has_left
        return False

    async def leave(self, connection: Connection) -> None:
        """The connection is out of its rooms. A customer is offline at once, an agent when its grace is over."""
        who = connection.who
        # While the database is away it stays noted, and is struck off when that is back (the reconciler).
        await self.outage.unless_on(lambda: self.registry.leave(connection))
        if who.role == "agent" and self.graces.agent_by_push and not self._connections(who):
            await self.outage.unless_on(lambda: self.seating.tell(who.id))  # perhaps nothing but pushes reaches it now
        elif who.role == "agent":
            self.signals.capacity_changed.emit()  # those who wait may hear another reason
        elif who.role == "customer" and not self._connections(who):
            await self._tell_customer(who, "offline")

    def _connections(self, who: Identity) -> list[Connection]:
        room = following(who.only_chat) if who.only_chat else of_person(who.id)
        return list(self.rooms.members(f"/{who.role}", room))

    async def _tell_customer(self, who: Identity, status: str) -> None:
        chats = await self.outage.unless_on(lambda: self.chats.unended_of(who.id))
        chats = chats and [chat for chat in chats if who.may_see(chat)]
        if status == "offline" and any(chat.here for chat in chats or ()):  # its chat is open at another process
            return
        agents = self.recent.agents_of(who.id) if chats is None else [chat.agent_id for chat in chats if chat.agent_id]
        self.announcer.customer_presence(who.id, status, agents, self.clock.now())
        for chat in chats or ():
            self.announcer.customer_moved(chat)
