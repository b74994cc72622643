"""Agents' seats and people's sessions as they are told again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.clock import Clock
from server.live.announcer import Announcer
from server.people.closing import Closing
from store.chats import Chats
from store.seats import Seats

FILLING = {"chats", "last_assigned_at"}  # who has how many chats: only the agent and the live desk are shown it


@dataclass(frozen=True)
class RetoldPeople:
    """`announcer` tells those who are connected here, and only them."""

    announcer: Announcer
    stored_seats: Seats
    chats: Chats
    closing: Closing
    clock: Clock

    async def seats(self, written: Mapping[str, frozenset[str] | None]) -> None:
        """Agents as they are now, if something of their seats was written that somebody hears of."""
        for agent_id, fields in written.items():
            seat = await self.stored_seats.find(agent_id)
            if seat and (fields is None or fields - FILLING):
                customers = [chat.customer_id for chat in await self.chats.unended_of(agent_id)]
                self.announcer.agent_presence(seat, customers, self.clock.now())
            self.announcer.feed.seat(agent_id)

    async def sessions(self, session_ids: Iterable[str]) -> None:
        """Those that were ended: their connections here are closed."""
        for session_id in session_ids:
            await self.closing.close_session_here(session_id)

    async def send_away(self) -> None:
        """Everybody's connections end; their clients come back by themselves."""
        for connection in self.closing.rooms:
            await self.closing.door(connection)
