"""Notes in the database where people are connected, so that every process knows who is there."""

from dataclasses import dataclass
from datetime import datetime

from server.chat.timers import GracePeriods
from server.core.clock import Clock
from server.realtime.rooms import Connection, Rooms, of_person
from store.customer_connections import CustomerConnections
from store.seat_connections import SeatLeases


@dataclass(frozen=True)
class ConnectionRegistry:
    """Under this process's name: `process/connection`."""

    process_id: str
    seats: SeatLeases
    whereabouts: CustomerConnections
    graces: GracePeriods
    clock: Clock

    def name_of(self, connection: Connection) -> str:
        return f"{self.process_id}/{connection.id}"

    async def arrive(self, connection: Connection) -> bool:
        """Notes the connection. Of an agent: whether it was away (beyond its grace) before; of a customer: whether it left
        its chat by being away.
        """
        if connection.who.role == "customer":
            return await self.whereabouts.arrive(connection.who.id, self.name_of(connection))
        if connection.who.role != "agent":
            return False
        return await self.seats.connect(connection.who.id, self.name_of(connection)) is False

    async def leave(self, connection: Connection) -> None:
        """Takes the connection away; the grace of one who has no other begins."""
        now = self.clock.now()
        if connection.who.role == "customer":
            await self._customer_left(self.name_of(connection), now)
        elif connection.who.role == "agent":
            await self.seats.disconnect(connection.who.id, self.name_of(connection), now + self.graces.agent)

    async def renew(self, connection: Connection, rooms: Rooms) -> None:
        """Notes the connection anew if it is still there; takes it away if not, also when it goes meanwhile."""
        if rooms.find(connection.id):
            await self.arrive(connection)
        if rooms.find(connection.id) is None:
            await self.leave(connection)

    async def forget_process(self, process_id: str) -> None:
        """The connections of a dead process are gone; the grace of their people begins."""
        now = self.clock.now()
        await self.seats.forget_process(process_id, now + self.graces.agent)
        await self.whereabouts.forget_process(process_id, now + self.graces.customer, self.graces.away_at(now))

    async def lost(self, rooms: Rooms) -> list[tuple[str, str]]:
        """(person, connection) noted for this process and not here any more: the database was away when it went."""
        noted = await self.seats.noted_for(self.process_id) + await self.whereabouts.noted_for(self.process_id)
        here = {self.name_of(connection) for connection in rooms}
        return [(person_id, name) for person_id, name in noted if name not in here]

    async def strike(self, person_id: str, name: str) -> None:
        """Takes a lost connection away; the grace of its person begins."""
        now = self.clock.now()
        await self.seats.disconnect(person_id, name, now + self.graces.agent)
        await self._customer_left(name, now)

    async def _customer_left(self, name: str, now: datetime) -> None:
        await self.whereabouts.leave(name, now + self.graces.customer, self.graces.away_at(now))


async def renew_all(registry: ConnectionRegistry, customer_id: str, rooms: Rooms) -> None:
    """The customer has another unended chat than before: its connections here are noted in that."""
    for connection in rooms.members("/customer", of_person(customer_id)):
        await registry.renew(connection, rooms)
