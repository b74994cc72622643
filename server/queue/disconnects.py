"""What becomes of those who do not come back: agents, customers who wait, and customers whose agent owes an answer."""

from dataclasses import dataclass
from datetime import datetime

from server.agents.seats import Seating
from server.chat.ending import Endings
from server.chat.timers import ENDING_CLAIM, GracePeriods, IdleClock, run_for_each
from server.core.clock import Clock
from server.queue.events import requeued
from server.queue.left_messages import LeftMessages
from server.queue.requeue import Requeue
from store.chats import Chats
from store.deadlines import Deadlines
from store.log.history import History
from store.log.records import Digest
from store.people import People
from store.records import Chat, Seat
from store.seat_connections import SeatLeases


@dataclass(frozen=True)
class DisconnectGrace:
    seats: SeatLeases
    chats: Chats
    people: People
    deadlines: Deadlines
    requeue: Requeue
    endings: Endings
    seating: Seating
    left: LeftMessages
    clock: Clock

    async def agents(self) -> None:
        """Agents whose grace is over are offline, and their chats wait again: once, however many processes look.

        Left messages stay with them: nobody waits for an answer to those now.
        """
        now = self.clock.now()
        await run_for_each(await self.seats.due_offline(now), lambda seat: self._retire(seat, now))

    async def customers(self) -> None:
        """Those who waited, went and did not come back have left the queue; what they had left before is a message again.

        The deadline is moved, not cleared: it is the end of the chat that clears it, and a crash may come before.
        """
        now = self.clock.now()
        async for due in self.deadlines.due("abandon_at", now):
            await run_for_each(due, lambda chat: self._end(chat, now))

    async def _end(self, chat: Chat, now: datetime) -> None:
        if chat.status != "queued" or chat.offline:  # it does not wait any more
            await self.deadlines.move_if_still(chat, "abandon_at", None)
        elif chat.was_left:
            await self.left.leave_again(chat)
        elif await self.deadlines.move_if_still(chat, "abandon_at", now + ENDING_CLAIM):
            await self.endings.end(chat, by=None, kind="timeout", reason="abandoned")

    async def _retire(self, seat: Seat, now: datetime) -> None:
        if await self.seats.begin_leaving(seat.id, now) or seat.leaving:
            await self.empty(seat.id)

    async def empty(self, agent_id: str) -> None:
        """The chats of one who is leaving, by its grace or an admin's word, wait again; again: what is left of them does."""
        event = requeued(await self.people.find(agent_id), "agent_vanished")
        for chat in await self.chats.unended_of(agent_id):
            if not chat.offline:
                await self.requeue.give_back(chat, event)
        await self.seats.end_leaving(agent_id)
        await self.seating.tell(agent_id)


@dataclass(frozen=True)
class Absence:
    graces: GracePeriods
    deadlines: Deadlines
    history: History
    idle: IdleClock
    left: LeftMessages
    clock: Clock

    async def look(self) -> None:
        """At every open chat whose customer has been without a connection for AWAY_END_SECONDS."""
        now = self.clock.now()
        async for due in self.deadlines.due("away_at", now):
            await self._look_at(due, now)

    async def _look_at(self, due: list[Chat], now: datetime) -> None:
        digests = await self.history.digests_of_people(chat.id for chat in due)
        await run_for_each(due, lambda chat: self._judge(chat, digests[chat.id], now))

    async def _judge(self, chat: Chat, digest: Digest, now: datetime) -> None:
        again_at = self.graces.away_at(now)
        if again_at is None or digest.chat.status != "open" or chat.offline:
            await self.deadlines.move_if_still(chat, "away_at", None)
        elif await self._is_owed(digest):
            await self.left.leave_for_absence(chat)
        else:  # the idle clock ends it, or the customer speaks by another way
            await self.deadlines.move_if_still(chat, "away_at", again_at)

    async def _is_owed(self, digest: Digest) -> bool:
        """Whether the agent owes an answer, or no clock runs that would give its seat back."""
        said = digest.last_message
        return said is None or said.side != "agent" or await self.idle.stands(digest)
