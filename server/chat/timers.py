"""The clocks of a chat: their durations, the idle clock (a quiet chat ends), and the reply clock (the agent owes an answer).

The idle clock warns, then ends, exactly once. Deadlines only say when to look; the log says what is so: a line does not have
to move a deadline, because a look that comes too early finds the later line and moves it then.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, Self, TypeVar

from server.chat.access import Access
from server.chat.ending import Endings
from server.core.clock import Clock
from server.core.errors import ChatEnded, Conflict
from server.core.identity import Identity
from server.core.settings import Settings
from server.realtime.announcer import Announcer
from server.realtime.serializers import Serializers
from store.customer_connections import Going
from store.deadlines import Deadlines
from store.errors import LogBusy, is_away
from store.log.history import History
from store.log.records import Digest
from store.processes import Processes
from store.records import Chat, Membership, Message
from store.seat_connections import GraceEnd


@dataclass(frozen=True)
class GracePeriods:
    """How long somebody may be gone: an agent until its chats return, a waiting customer until it loses its place, one
    whose agent owes it an answer until it loses its seat (`away`; None: never), one who has not read all until that is mailed
    to it (`unread`; None: no mail is sent). `agent_by_push`: an agent whom pushes reach; None: as any other.
    """

    agent: timedelta
    agent_by_push: timedelta | None
    customer: timedelta
    away: timedelta | None
    unread: timedelta | None

    def agent_end(self, now: datetime) -> GraceEnd:
        """When the grace ends that begins now."""
        return GraceEnd(now + self.agent, now + max(self.agent, self.agent_by_push or self.agent))

    def away_at(self, now: datetime) -> datetime | None:
        return now + self.away if self.away else None

    def customer_goes(self, now: datetime) -> Going:
        return Going(
            now, now + self.customer, self.away_at(now), now + self.unread if self.unread is not None else None
        )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        push, away = settings.agent_grace_push_minutes, settings.away_end_seconds
        return cls(
            agent=timedelta(seconds=settings.agent_grace_seconds),
            agent_by_push=timedelta(minutes=push) if push else None,
            customer=timedelta(seconds=settings.queue_grace_seconds),
            away=timedelta(seconds=away) if away else None,
            unread=timedelta(minutes=settings.mail_unread_minutes) if settings.smtp_url else None,
        )


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
    """Starts the clock of what the agent owes; server/queue/requeue.py looks at what has run out."""

    timers: ChatTimers
    deadlines: Deadlines
    clock: Clock

    async def spoken(self, chat: Membership, line: Message) -> None:
        """After a line of the customer the agent owes a reply. `chat` as it was before."""
        if self.timers.reply is None or line.side != "customer" or chat.status != "open" or chat.offline:
            return
        if chat.reply_at is None or chat.reply_at <= self.clock.now() + SKEW:
            await self.deadlines.arm_if_unarmed(chat.id, "reply_at", line.sent_at + self.timers.reply)


TYPING_HOLDS = timedelta(seconds=10)  # after a key was pressed
TYPING_HOLDS_MAX = timedelta(seconds=60)  # beyond the deadline, however long somebody types
NEAR = timedelta(seconds=15)  # typing is noted only when the deadline is as near as that
ENDING_CLAIM = timedelta(seconds=10)  # an end that is claimed, and cut off by a crash, is tried again after this


@dataclass(frozen=True)
class IdleClock:
    timers: ChatTimers
    deadlines: Deadlines
    history: History
    processes: Processes
    endings: Endings
    announcer: Announcer
    clock: Clock

    async def spoken(self, chat: Membership, line: Message) -> None:
        """After a line of one side: a warning is taken back, and a clock that has to run runs. `chat` as it was before."""
        if chat.status != "open" or chat.offline:
            return
        runs = self.timers.rule == "any" or line.side == "agent"
        next_at = line.sent_at + self.timers.warning if runs else None
        is_due = chat.idle_at is not None and chat.idle_at <= self.clock.now() + SKEW
        if chat.warned or is_due:  # a look may have come between the reading of the chat and the line
            await self._clear(chat, self.clock.now(), next_at)
        if next_at and (is_due or chat.idle_at is None):
            await self.deadlines.arm_if_unarmed(chat.id, "idle_at", next_at)

    async def typed(self, chat: Membership) -> None:
        """Somebody types: the clock waits a little, if it is about to run out."""
        now = self.clock.now()
        if chat.idle_at and chat.idle_at - now < NEAR:
            await self.deadlines.note_typing(chat.id, now)

    async def keep_open(self, chat: Membership) -> None:
        """ "I'm still here": the clock begins anew. Raises ChatEnded once the end is claimed, too: it can't be called off."""
        now = self.clock.now()
        if chat.status != "open":
            raise ChatEnded if chat.status == "ended" else Conflict("this chat still waits")
        if chat.warned or not await self.deadlines.move_if_still(chat, "idle_at", chat.idle_at, kept_open_at=now):
            cleared = await self._clear(chat, now, now + self.timers.warning, kept_open_at=now)
            if not cleared and _is_ending((await self.history.digests_of_people([chat.id]))[chat.id].chat, now):
                raise ChatEnded

    async def look(self) -> None:
        """At every open chat whose deadline has come."""
        now = self.clock.now()
        async for due in self.deadlines.due("idle_at", now):
            await self._look_at(due, now)

    async def _look_at(self, due: list[Chat], now: datetime) -> None:
        credited_at = await self.processes.credited_at()
        digests = await self.history.digests_of_people(chat.id for chat in due)
        await run_for_each(due, lambda chat: self._judge(chat, digests[chat.id], credited_at or chat.created_at, now))

    async def _judge(self, chat: Chat, digest: Digest, credited_at: datetime, now: datetime) -> None:
        """A deadline has come: the log says whether the clock waits, stops, begins anew after somebody spoke, or goes on."""
        is_live = chat.status == "open" and not chat.offline
        began_at = self._began_at(digest, credited_at)
        if is_live and await self.stands(digest):
            await self._wait(chat, now)
        elif not is_live or began_at is None:
            await self._stop(chat, credited_at)
        elif chat.warned and began_at + self.timers.warning > now:  # somebody spoke after the warning
            await self._clear(chat, now, began_at + self.timers.warning)
        else:
            await self._warn_or_end(chat, digest, began_at + self.timers.warning, now)

    async def _warn_or_end(self, chat: Chat, digest: Digest, warning_at: datetime, now: datetime) -> None:
        """The next step of a clock that runs, unless it is too early for that, or somebody types just now."""
        deadline = chat.idle_at if chat.warned and chat.idle_at else warning_at
        held_until = min(chat.typed_at + TYPING_HOLDS, deadline + TYPING_HOLDS_MAX) if chat.typed_at else deadline
        if max(deadline, held_until) > now:
            if not chat.warned:  # typing is measured by a warned one's deadline: it stays, and is looked at again
                await self.deadlines.move_if_still(chat, "idle_at", max(deadline, held_until))
        elif chat.warned:
            await self._end(chat, digest, now)
        else:
            await self._warn(chat, digest, now)

    async def _wait(self, chat: Chat, now: datetime) -> None:
        next_at = now + self.timers.warning
        if not (chat.warned and await self._clear(chat, now, next_at)):
            await self.deadlines.move_if_still(chat, "idle_at", next_at)

    async def _end(self, chat: Chat, digest: Digest, now: datetime) -> None:
        """Ends the chat, unless somebody says something first: then the warning is taken back.

        The end is claimed before: "I'm still here" is no line, and must not be acked by a desk that is about to end the chat.
        """
        until = now + ENDING_CLAIM
        if await self.deadlines.move_if_still(chat, "idle_at", until, ending_until=until):
            seq = digest.last_seq
            if not await self.endings.end(chat, by=None, kind="timeout", reason="timeout", only_after=seq):
                await self._clear(chat, until, now)  # the next look begins anew

    async def _stop(self, chat: Chat, credited_at: datetime) -> None:
        await self._disarm(chat, credited_at)
        if chat.warned and chat.status == "open":  # somebody spoke; a crash came before the warning was taken back
            self.announcer.idle_cleared(chat)

    async def _disarm(self, chat: Chat, credited_at: datetime) -> None:
        """Takes the deadline away; a line that came at this very moment may have relied on it, so the log is read once more."""
        if await self.deadlines.move_if_still(chat, "idle_at", None, warned=False) and chat.status == "open":
            began_at = self._began_at((await self.history.digests_of_people([chat.id]))[chat.id], credited_at)
            if began_at:
                await self.deadlines.arm_if_unarmed(chat.id, "idle_at", began_at + self.timers.warning)

    async def _warn(self, chat: Chat, digest: Digest, now: datetime) -> None:
        """Warns, unless somebody spoke after `digest` was read: who relied on the chat being unwarned is found in the log."""
        ends_at = now + self.timers.after_warning
        if await self.deadlines.move_if_still(chat, "idle_at", ends_at, warned=True):
            if (await self.history.digests_of_people([chat.id]))[chat.id].last_message != digest.last_message:
                # Nobody has heard of it; the next look begins anew.
                await self.deadlines.clear_warning(chat.id, now, now)
                return
            self.announcer.idle_warning(chat, ends_at, now)

    async def _clear(self, chat: Membership, now: datetime, next_at: datetime | None, **change: Any) -> bool:
        cleared = await self.deadlines.clear_warning(chat.id, now, next_at, **change)
        if cleared:
            self.announcer.idle_cleared(chat)
        return cleared

    def _began_at(self, digest: Digest, credited_at: datetime) -> datetime | None:
        """Since when the clock runs; None while it does not: the agent owes the reply, also when nobody has spoken."""
        chat, said = digest.chat, digest.last_message
        if self.timers.rule == "customer" and (said is None or said.side != "agent"):
            return None
        moments = [said.sent_at if said else None, chat.assigned_at, chat.kept_open_at, credited_at]
        if chat.was_left and said and said.side == "agent":  # it stood until its customer had read that, or written
            moments.append(digest.tally.first_at("customer", "read", said.seq))
        return max(moment for moment in moments if moment)

    async def stands(self, digest: Digest) -> bool:
        """Whether the clock waits for the customer of what was a left message, who has not read the last answer since, nor
        written: it is looked at again and again, so that no mark has to start it.
        """
        chat, said = digest.chat, digest.last_message
        if not chat.was_left or chat.live_at is None or said is None or said.side != "agent":
            return False
        if digest.tally.reached("customer", "read") >= said.seq:
            return False
        return not await self.history.has_spoken(chat.id, "customer", chat.live_at)


def _is_ending(chat: Chat, now: datetime) -> bool:
    return chat.status == "ended" or bool(chat.warned and chat.ending_until and chat.ending_until > now)


@dataclass(frozen=True)
class Staying:
    access: Access
    idle: IdleClock
    serializers: Serializers

    async def keep_open(self, who: Identity, chat_id: str) -> dict[str, Any]:
        """The customer is still here. Again: nothing changes. Raises NotFound, ChatEnded, Conflict while it waits."""
        member = await self.access.member_chat(who, chat_id)
        await self.idle.keep_open(member.chat)
        return {"chat": await self.serializers.chat(chat_id, who.role)}
