"""Agents and their seats: what status they chose, who else is there."""

from dataclasses import dataclass
from typing import Any

from server.chat.views import shown_seat
from server.clock import Clock
from server.live.announcer import Announcer
from server.people.identity import Identity
from server.queue.assignment import Assignment
from store.chats import Chats
from store.seats import Seats


@dataclass(frozen=True)
class Seating:
    seats: Seats
    chats: Chats
    announcer: Announcer
    assignment: Assignment
    clock: Clock
    default_seats: int

    async def ensure(self, who: Identity) -> None:
        """A seat for an account whose making was cut off before it."""
        if await self.seats.find(who.id) is None:
            await self.seats.open(who.id, self.default_seats, [])

    async def choose(self, who: Identity, status: str, max_chats: int | None) -> dict[str, Any]:
        """The status the agent chooses, kept until it chooses another; whoever waits is served if a seat got free."""
        seat = await self.seats.choose(who.id, status, max_chats)
        if seat is None:
            raise RuntimeError(f"agent {who.id} is connected and has no seat")
        await self.tell(who.id)
        return {"seat": shown_seat(seat, who.person)}

    async def seat(self, who: Identity) -> dict[str, Any] | None:
        seat = await self.seats.find(who.id)
        return shown_seat(seat, who.person) if seat else None

    async def listed(self) -> dict[str, Any]:
        """All seats of agents who are not disabled."""
        seats = await self.announcer.views.seats()
        return {"count": len(seats), "results": seats}

    async def tell(self, agent_id: str) -> None:
        """Presence as it is now, to those concerned; whoever waits is served or hears another reason."""
        seat = await self.seats.find(agent_id)
        if seat:
            customers = [chat.customer_id for chat in await self.chats.unended_of(agent_id)]
            self.announcer.agent_presence(seat, customers, self.clock.now())
        self.assignment.wake()
