"""Finds and heals what a crash between two writes leaves behind; counts it, so that nobody gets used to it."""

from typing import NamedTuple

from server.chat.settlement import Settlement
from server.desk.assignment import Assignment
from server.desk.seating import Seating
from server.metrics import Metrics
from store.chats import Chats
from store.seats import Seats

CHATS_A_ROUND = 1000


class Finding(NamedTuple):
    """`what` is wrong with a chat, or with an agent's seat."""

    what: str
    chat_id: str = ""
    agent_id: str = ""
    connection_id: str = ""


class Reconciler:
    """Heals what it finds in two rounds running: between two writes of one act everything looks broken for a moment."""

    def __init__(
        self, chats: Chats, seats: Seats, settlement: Settlement, seating: Seating, assignment: Assignment, metrics: Metrics
    ) -> None:  # fmt: skip
        self._chats = chats
        self._seats = seats
        self._settlement = settlement
        self._seating = seating
        self._assignment = assignment
        self._metrics = metrics
        self._before: set[Finding] = set()

    async def run(self) -> None:
        """One round; whoever waits beside a free seat is served by it too."""
        found = await self._closed_logs() | await self._leaked_seats() | await self._lost_connections()
        for finding in found & self._before:
            if await self._heal(finding):
                self._metrics.healed(finding.what)
        self._before = found
        self._assignment.wake()

    async def _heal(self, found: Finding) -> bool:
        """Whether it was still so."""
        if found.what == "closed_log":
            return await self._settlement.settle(found.chat_id) is not None
        if found.what == "leaked_seat":
            return await self._seats.give_back(found.agent_id, found.chat_id)
        return await self._seats.disconnect(found.agent_id, found.connection_id) is not None

    async def _closed_logs(self) -> set[Finding]:
        """Chats that their documents call unended while their logs are closed."""
        ids = [chat.id for chat in await self._chats.unended(CHATS_A_ROUND)]
        return {Finding("closed_log", chat_id) for chat_id in await self._settlement.closed_of(ids)}

    async def _leaked_seats(self) -> set[Finding]:
        """Seats held for chats that are not this agent's."""
        held = {(seat.id, chat_id) for seat in await self._seats.all() for chat_id in seat.chats}
        found = await self._chats.find_many({chat_id for _, chat_id in held})
        rightly = {(chat.agent_id, chat.id) for chat in found if chat.status == "open"}
        return {Finding("leaked_seat", chat_id, agent_id) for agent_id, chat_id in held - rightly}

    async def _lost_connections(self) -> set[Finding]:
        """Connections noted at a seat that are not here any more: the database was away when they went."""
        lost = await self._seating.lost_connections()
        return {Finding("lost_connection", "", agent_id, connection_id) for agent_id, connection_id in lost}
