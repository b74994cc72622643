"""Finds and heals what a crash between two writes leaves behind; counts it, so that nobody gets used to it."""

from dataclasses import dataclass

from server.chat.settlement import Settlement
from server.desk.assignment import Assignment
from server.desk.seating import Seating
from server.metrics import Metrics
from store.chats import Chats
from store.seats import Seats

CHATS_A_ROUND = 1000


@dataclass(frozen=True)
class Reconciler:
    chats: Chats
    seats: Seats
    settlement: Settlement
    seating: Seating
    assignment: Assignment
    metrics: Metrics

    async def run(self) -> None:
        await self.closed_logs()
        await self.leaked_seats()
        await self.lost_connections()
        self.assignment.wake()

    async def closed_logs(self) -> None:
        """A chat that its document calls unended while its log is closed."""
        for chat in await self.chats.unended(CHATS_A_ROUND):
            if await self.settlement.settle(chat.id):
                self.metrics.healed("closed_log")

    async def leaked_seats(self) -> None:
        """A seat held for a chat that is not this agent's, seen twice: between two looks a claim may be under way."""
        for agent_id, chat_id in await self._leaks() & await self._leaks():
            if await self.seats.give_back(agent_id, chat_id):
                self.metrics.healed("leaked_seat")

    async def lost_connections(self) -> None:
        """A connection noted at a seat that is not here any more: the database was away when it went."""
        for agent_id, connection_id in await self.seating.lost_connections():
            await self.seats.disconnect(agent_id, connection_id)
            self.metrics.healed("lost_connection")

    async def _leaks(self) -> set[tuple[str, str]]:
        held = {(seat.id, chat_id) for seat in await self.seats.all() for chat_id in seat.chats}
        found = await self.chats.find_many({chat_id for _, chat_id in held})
        kept = {(chat.agent_id, chat.id) for chat in found if chat.status == "open"}
        return held - kept
