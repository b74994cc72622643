"""What admins change about an agent's seat; everybody concerned hears it."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.chat.views import shown_seat
from server.clock import Clock
from server.live.announcer import Announcer
from server.queue.assignment import Assignment
from store.chats import Chats
from store.office.seats import SeatArrangements
from store.records import Person, Seat


@dataclass(frozen=True)
class SeatChanges:
    seats: SeatArrangements
    chats: Chats
    announcer: Announcer
    assignment: Assignment
    clock: Clock

    async def arrange(self, agent: Person, max_chats: int | None, departments: list[str] | None) -> Seat | None:
        """Another number of chats, other departments; None leaves one as it is. Whoever fits now is served."""
        seat = await self.seats.arrange(agent.id, max_chats, departments)
        await self._tell(seat)
        return seat

    async def retire(self, agent: Person) -> Seat | None:
        """Offline, whatever the agent chose: it takes no new chats, and what it has goes the way of a vanished agent's."""
        seat = await self.seats.retire(agent.id)
        if seat:  # its connections end next: they hear it before
            self.announcer.delivery.to_person("agent", seat.id, "seat", shown_seat(seat, agent))
        await self._tell(seat)
        return seat

    def tell_seats(self, agent_ids: Iterable[str]) -> None:
        """Something of these seats was changed together."""
        for agent_id in agent_ids:
            self.announcer.seat(agent_id)

    async def _tell(self, seat: Seat | None) -> None:
        if seat:
            customers = [chat.customer_id for chat in await self.chats.unended_of(seat.id)]
            self.announcer.agent_presence(seat, customers, self.clock.now())
            self.assignment.wake()
