"""What the desk says by itself at the beginning of a chat: a greeting and, while nobody answers, when somebody will.

Both are lines of the log, said once a chat: their deadlines stand in its document and their keys in its log. They are a bot's:
no clock, seat or figure moves by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Self

from server.chat import drafts
from server.chat.timers import run_for_each
from server.core import words
from server.core.clock import Clock
from server.core.moments import moment
from server.core.settings import Settings
from server.departments.departments import Departments
from server.departments.hours import Opening
from server.departments.texts import DepartmentTexts
from server.outbox.obligations import Obligations
from server.queue.availability import Availability
from server.realtime.announcer import Announcer
from store.deadlines import Deadlines
from store.errors import LogClosed, LogMoved
from store.log.history import History
from store.log.messages import MessageLog
from store.log.records import Digest
from store.people import People
from store.records import Chat

SOON = timedelta(seconds=1)  # who gets an agent at once has it by then
ABOUT_A_MINUTE = 90
HOUR = 3600


@dataclass(frozen=True)
class GreetingTimes:
    """`greeting`: off, waiting (only who has no agent at once) or always; `first_answer` None: it is never said when."""

    greeting: str
    first_answer: timedelta | None

    def first_looks(self, now: datetime) -> dict[str, datetime]:
        """The deadlines of a chat that is asked for now."""
        looks = {"greet_at": now + SOON} if self.greeting != "off" else {}
        return looks | ({"first_answer_at": now + self.first_answer} if self.first_answer else {})

    @classmethod
    def of(cls, settings: Settings) -> Self:
        after = settings.first_answer_seconds
        return cls(settings.greeting, timedelta(seconds=after) if after else None)


@dataclass(frozen=True)
class Greetings:
    times: GreetingTimes
    deadlines: Deadlines
    history: History
    log: MessageLog
    people: People
    departments: Departments
    texts: DepartmentTexts
    availability: Availability
    announcer: Announcer
    obligations: Obligations
    clock: Clock

    async def look(self) -> None:
        """At every chat that is to be greeted, or told when it is answered."""
        now = self.clock.now()
        for deadline in ("greet_at", "first_answer_at"):
            async for due in self.deadlines.due(deadline, now):
                digests = await self.history.digests(chat.id for chat in due)
                await run_for_each(due, partial(self._judge, deadline, digests))

    async def _judge(self, deadline: str, digests: Mapping[str, Digest], chat: Chat) -> None:
        """A line that comes between the reading of the log and ours is looked at again, as the deadline stands."""
        opening = await self.departments.opening(chat.department)
        kind = self._kind(chat, deadline, opening)
        if kind and not await self.history.has_spoken(chat.id, "agent", chat.created_at):
            body = await self._words(chat, kind, opening)
            if body and not await self._say(chat, kind, body, digests[chat.id].last_seq):
                return
        await self.deadlines.move_if_still(chat, deadline, None)

    def _kind(self, chat: Chat, deadline: str, opening: Opening) -> str | None:
        """Which text it is; None: nothing is to be said. Out of hours one says all, whichever of the two is due first."""
        if deadline == "greet_at" and self.times.greeting == "waiting" and chat.status == "open":
            return None
        if chat.offline and not opening.is_open:
            return "closed"
        return "greeting" if deadline == "greet_at" else "first_answer"

    async def _words(self, chat: Chat, kind: str, opening: Opening) -> str | None:
        customer = await self.people.find(chat.customer_id)
        language = words.language_of(customer.locale if customer else None)
        text = await self.texts.text(chat.department, kind, language)
        return text and words.filled(text, when=await self._when(chat, opening, language))

    async def _when(self, chat: Chat, opening: Opening, language: str) -> str:
        """When somebody answers, as a sentence: when it opens, how soon one usually does, or as soon as somebody is there."""
        if not opening.is_open and chat.status == "queued" and opening.opens_at:
            zone = await self.texts.zone(chat.department)
            return words.say("when.opens", language, moment=moment(opening.opens_at, zone, language))
        rows = (await self.availability.shown())["departments"]
        row = next((row for row in rows if row["name"] == chat.department), None)
        seconds = row["usual_answer_seconds"] if row and row["staffed"] else None
        if chat.offline or seconds is None:
            return words.say("when.somebody", language)
        if seconds <= ABOUT_A_MINUTE:
            return words.say("when.soon", language)
        if seconds <= HOUR:
            return words.say("when.minutes", language, count=-int(-seconds // 60))
        return words.say("when.hours", language, count=-int(-seconds // HOUR))

    async def _say(self, chat: Chat, kind: str, body: str, after: int) -> bool:
        """Whether it is said, now or before, or cannot be any more. False: somebody was faster, and may have answered."""
        line = drafts.automatic(chat.id, self.clock.now(), body, key=kind)
        try:
            posted = await self.log.append(self.obligations.line(line, chat), only_after=after)
        except LogMoved:
            return False
        except LogClosed:
            return True
        if posted.is_news:
            self.announcer.line(chat, posted.line)
            self.obligations.line_stored(posted.line)
        return True
