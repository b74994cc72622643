"""A customer who is away for long from a chat that waits for its agent: it holds no seat, and is answered all the same."""

from dataclasses import dataclass
from datetime import datetime

from server.chat.idle_clock import IdleClock
from server.chat.timers import GracePeriods, run_for_each
from server.core.clock import Clock
from server.queue.left_messages import LeftMessages
from store.deadlines import Deadlines
from store.log.history import History
from store.log.records import Digest
from store.records import Chat


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
        digests = await self.history.digests(chat.id for chat in due)
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
