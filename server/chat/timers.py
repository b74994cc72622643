"""The clocks of a chat: their durations, and looking at all that is due side by side."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, Self, TypeVar

from server.core.clock import Clock
from server.core.settings import Settings
from store.deadlines import Deadlines
from store.errors import LogBusy, is_away
from store.records import Membership, Message


@dataclass(frozen=True)
class GracePeriods:
    """How long somebody may be gone: an agent until its chats return, a waiting customer until it loses its place, one
    whose agent owes it an answer until it loses its seat (`away`; None: never).
    """

    agent: timedelta
    customer: timedelta
    away: timedelta | None

    def away_at(self, now: datetime) -> datetime | None:
        return now + self.away if self.away else None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        agent, customer, away = settings.agent_grace_seconds, settings.queue_grace_seconds, settings.away_end_seconds
        return cls(timedelta(seconds=agent), timedelta(seconds=customer), timedelta(seconds=away) if away else None)


@dataclass(frozen=True)
class ChatTimers:
    """The idle clock's and the reply clock's durations; `reply` None: an agent may take its time."""

    warning: timedelta
    end: timedelta
    rule: str
    reply: timedelta | None

    @property
    def after_warning(self) -> timedelta:
        return self.end - self.warning

    def first_looks(self, now: datetime) -> dict[str, datetime | None]:
        """When the clocks of a chat that opens now are looked at first: then its log says whether they run."""
        return {"idle_at": now + self.warning, "reply_at": now + self.reply if self.reply else None}

    @classmethod
    def of(cls, settings: Settings) -> Self:
        reply = timedelta(seconds=settings.reply_seconds) if settings.reply_seconds else None
        warning, end = settings.idle_warning_seconds, settings.idle_end_seconds
        return cls(timedelta(seconds=warning), timedelta(seconds=end), settings.idle_rule, reply)


log = logging.getLogger(__name__)

SKEW = timedelta(seconds=1)  # between the clocks of two processes: a deadline as near as that may have been looked at


class Due(Protocol):
    @property
    def id(self) -> str: ...


Thing = TypeVar("Thing", bound=Due)


async def run_for_each(due: Sequence[Thing], judge: Callable[[Thing], Awaitable[object]]) -> None:
    """Judges them all. What fails with one is logged and holds up nobody; a database that is away ends the look."""
    outcomes = await asyncio.gather(*(judge(each) for each in due), return_exceptions=True)
    for each, error in zip(due, outcomes, strict=True):
        if isinstance(error, LogBusy) or (isinstance(error, BaseException) and is_away(error)):
            raise error
        if isinstance(error, BaseException):
            log.error("what was due of %s failed", each.id, exc_info=error)


@dataclass(frozen=True)
class ReplyClock:
    """Starts the clock of what the agent owes; server/queue/reply_timeout.py looks at what has run out."""

    timers: ChatTimers
    deadlines: Deadlines
    clock: Clock

    async def spoken(self, chat: Membership, line: Message) -> None:
        """After a line of the customer the agent owes a reply. `chat` as it was before."""
        if self.timers.reply is None or line.side != "customer" or chat.status != "open" or chat.offline:
            return
        if chat.reply_at is None or chat.reply_at <= self.clock.now() + SKEW:
            await self.deadlines.arm_if_unarmed(chat.id, "reply_at", line.sent_at + self.timers.reply)
