"""The figures of the live desk: who waits, who is served, how many seats there are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from server.core.clock import Clock
from server.schemas import monitor as schemas
from server.schemas.queue import QueueChanged
from server.schemas.render import render
from store.chats import Chats
from store.people import People
from store.queue import Queue
from store.records import Seat
from store.seats import Seats


@dataclass(frozen=True)
class Figures:
    chats: Chats
    queue: Queue
    seats: Seats
    people: People
    clock: Clock

    async def now(self) -> dict[str, Any]:
        """Waiting and open chats without left messages, agents by status, seats of those online; oldest_wait in seconds."""
        seats = await self._seats()
        by_status = Counter(seat.status for seat in seats)
        online = [seat for seat in seats if seat.status == "online"]
        return render(
            schemas.Figures,
            **await self.waiting(),
            open=await self.chats.count(status="open", offline=False),
            online=by_status["online"],
            away=by_status["away"],
            offline=by_status["offline"],
            seats=sum(seat.max_chats for seat in online),
            free_seats=sum(max(0, seat.max_chats - len(seat.chats)) for seat in online),
        )

    async def waiting(self, departments: Iterable[str] | None = None) -> dict[str, Any]:
        """How many wait, and for how many seconds the first of them: of these departments and of none, or of all."""
        waiting, since = await self.queue.waiting(departments)
        waited = (self.clock.now() - since).total_seconds() if since else 0.0
        return render(QueueChanged, waiting=waiting, oldest_wait=round(max(0.0, waited), 3))

    async def _seats(self) -> list[Seat]:
        """Of agents who are not disabled."""
        seats = await self.seats.all()
        people = await self.people.by_ids(seat.id for seat in seats)
        return [seat for seat in seats if seat.id in people and not people[seat.id].disabled]
