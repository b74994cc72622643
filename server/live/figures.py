"""The desk in numbers."""

from dataclasses import dataclass
from typing import Any

from server.clock import Clock
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
        waiting_since = await self.queue.oldest_queued_at()
        waiting = await self.queue.length()
        online = [seat for seat in seats if seat.status == "online"]
        waited = (self.clock.now() - waiting_since).total_seconds() if waiting_since and waiting else 0.0
        return {
            "waiting": waiting,
            "oldest_wait": round(max(0.0, waited), 3),
            "open": await self.chats.count(status="open", offline=False),
            **{status: sum(seat.status == status for seat in seats) for status in ("online", "away", "offline")},
            "seats": sum(seat.max_chats for seat in online),
            "free_seats": sum(max(0, seat.max_chats - len(seat.chats)) for seat in online),
        }

    async def _seats(self) -> list[Seat]:
        """Of agents who are not disabled."""
        seats = await self.seats.all()
        people = await self.people.by_ids(seat.id for seat in seats)
        return [seat for seat in seats if seat.id in people and not people[seat.id].disabled]
