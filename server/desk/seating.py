"""Agents and their seats: where they are connected, what status they chose."""

from dataclasses import dataclass
from typing import Any

from server.chat.views import shown_seat
from server.clock import Clock
from server.desk.assignment import Assignment
from server.live.announcer import Announcer
from server.people.identity import Identity
from server.rooms import Rooms
from store.chats import Chats
from store.people import People
from store.records import Seat
from store.seats import Seats


@dataclass(frozen=True)
class Seating:
    rooms: Rooms
    seats: Seats
    people: People
    chats: Chats
    announcer: Announcer
    assignment: Assignment
    clock: Clock
    default_seats: int

    async def connect(self, who: Identity, connection_id: str) -> None:
        seat = await self.seats.connect(who.id, connection_id)
        if seat is None:  # an account whose making was cut off before its seat
            await self.seats.open(who.id, self.default_seats, [])
            seat = await self.seats.connect(who.id, connection_id)
        if seat and len(seat.connections) == 1:
            await self._tell(seat, who)

    async def disconnect(self, who: Identity, connection_id: str) -> None:
        seat = await self.seats.disconnect(who.id, connection_id)
        if seat and not seat.connections:
            await self._tell(seat, who)

    async def choose(self, who: Identity, status: str, max_chats: int | None) -> dict[str, Any]:
        """The status the agent chooses, kept until it chooses another; whoever waits is served if a seat got free."""
        seat = await self.seats.choose(who.id, status, max_chats)
        if seat is None:
            raise RuntimeError(f"agent {who.id} is connected and has no seat")
        await self._tell(seat, who)
        return {"seat": shown_seat(seat, who.person)}

    async def seat(self, who: Identity) -> dict[str, Any] | None:
        seat = await self.seats.find(who.id)
        return shown_seat(seat, who.person) if seat else None

    async def list(self) -> list[dict[str, Any]]:
        """All seats of agents who are not disabled."""
        seats = await self.seats.all()
        people = await self.people.by_ids(seat.id for seat in seats)
        known = [(seat, people[seat.id]) for seat in seats if seat.id in people]
        return [shown_seat(seat, agent) for seat, agent in known if not agent.disabled]

    async def listed(self) -> dict[str, Any]:
        seats = await self.list()
        return {"count": len(seats), "results": seats}

    async def lost_connections(self) -> set[tuple[str, str]]:
        """Connections noted at a seat that are not in this process (which is the only one): (agent, connection)."""
        noted = {(seat.id, connection) for seat in await self.seats.all() for connection in seat.connections}
        return {(agent_id, connection) for agent_id, connection in noted if self.rooms.find(connection) is None}

    async def _tell(self, seat: Seat, who: Identity) -> None:
        customers = [chat.customer_id for chat in await self.chats.unended_of(who.id)]
        self.announcer.agent_presence(seat, who.person, customers, self.clock.now())
        self.assignment.wake()  # whoever waits is served or, with nobody there any more, hears another reason
