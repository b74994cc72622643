"""A chat becomes a left message: it keeps its words and its agent, and gives up its place, its seat and its clocks.

It is a chat again when its customer asks for one, writes, or (one that was left by absence) is back, while its department is
open and somebody of it is online; else it stays what it is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.chat.timers import ChatTimers, GracePeriods
from server.core.clock import Clock
from server.core.coalesce import Coalesced
from server.core.identity import Identity
from server.departments.departments import Staffing
from server.outbox.obligations import Obligations
from server.queue.assignment import Assignment
from server.queue.events import PendingEvents, requeued
from server.queue.requeue import Requeue
from server.realtime.announcer import Announcer
from store.chats import Chats
from store.errors import is_away
from store.left_messages import StoredLeftMessages
from store.people import People
from store.queue import Queue
from store.records import Chat
from store.seats import Seats


@dataclass(frozen=True)
class LeftMessages:
    stored: StoredLeftMessages
    chats: Chats
    seats: Seats
    people: People
    waiting: Queue
    staffing: Staffing
    pending_events: PendingEvents
    announcer: Announcer
    assignment: Assignment
    requeue: Requeue
    timers: ChatTimers
    graces: GracePeriods
    obligations: Obligations
    clock: Clock
    queue_max: int

    async def leave(self, chat: Chat) -> Chat | None:
        """One who waits leaves a message instead. None when it did not wait any more."""
        owes = self.obligations.owed("message_left", self.clock.now())
        return await self._left(await self.stored.leave_if_queued(chat.id, owes), owes)

    async def leave_again(self, chat: Chat) -> Chat | None:
        """One who had left a message before vanished from the queue. None when it is back."""
        owes = self.obligations.owed("message_left", self.clock.now())
        return await self._left(await self.stored.leave_if_gone(chat, owes), owes)

    async def leave_for_absence(self, chat: Chat) -> bool:
        """The customer of an open chat is gone: its agent keeps it as a message, and has the seat back. Whether it held."""
        if not await self.pending_events.catch_up(chat):
            return False
        left = await self.stored.leave_if_away(chat, self.clock.now(), {"event": "left_as_message"})
        if left is None:
            return False
        await self.seats.give_back(str(chat.agent_id), chat.id)
        self.assignment.wake()
        return await self.pending_events.tell(left)

    async def make_live(self, chat: Chat, live_at: datetime | None = None) -> Chat | None:
        """A message is a chat again: in a seat of its agent, else in the queue. None: it stays what it is.

        `live_at`: since when its customer is known to be there; without it from now on.
        """
        if not chat.offline or not await self.staffing.is_attended(chat.department):
            return None
        now = self.clock.now()
        if chat.status == "open":
            return await self._resume(chat, now, live_at or now)
        if not chat.last_agent_id and self.queue_max and await self.waiting.length() >= self.queue_max:
            return None
        live = await self.stored.queue_if_left(chat.id, now, live_at or now, now + self.graces.customer)
        if live:
            await self.announcer.chat("chat_updated", live)
            self.assignment.wake()
        return live

    async def go_on(self, who: Identity) -> None:
        """The customer is back: what became a message in its absence is a chat again."""
        for chat in await self.chats.unended_of(who.id):
            if chat.left_by_absence and who.may_see(chat):
                await self.make_live(chat)

    async def queue_those_of(self, agent_id: str) -> None:
        """The messages of one who is gone for good wait for another agent."""
        for chat in await self.chats.unended_of(agent_id):
            if chat.offline and chat.agent_id == agent_id:
                await self.queue(chat)

    async def queue(self, chat: Chat) -> bool:
        """A message that an agent has waits for another one. Whether it held."""
        event = requeued(await self.people.find(str(chat.agent_id)), "agent_vanished")
        return await self.requeue.give_back(chat, event) is not None

    async def _left(self, left: Chat | None, owes: list[dict[str, Any]]) -> Chat | None:
        if left:
            self.obligations.of_chat(left.id, owes)
            await self.announcer.chat("chat_updated", left)
            self.assignment.wake()  # those behind it hear their place
        return left

    async def _resume(self, chat: Chat, now: datetime, live_at: datetime) -> Chat | None:
        """What an agent has: the seat first, then the chat, as whenever somebody gets one."""
        if not await self.pending_events.catch_up(chat):
            return None
        agent_id = str(chat.agent_id)
        if not await self.seats.take(agent_id, chat.id, now):
            return await self._queue_for_a_seat(chat, now, live_at)
        away_at = self.graces.away_at(now)
        live = await self.stored.go_live_if_held(chat, now, live_at, away_at, **self.timers.first_looks(now))
        if live is None:
            await self.seats.give_back(agent_id, chat.id)
            self.announcer.seat(agent_id)
            return None
        await self.announcer.chat("chat_updated", live)
        self.announcer.seat(agent_id)
        return live

    async def _queue_for_a_seat(self, chat: Chat, now: datetime, live_at: datetime) -> Chat | None:
        event = requeued(await self.people.find(str(chat.agent_id)), "no_seat")
        live = await self.stored.queue_if_held(chat, now, event, live_at, now + self.graces.customer)
        if live is None or not await self.pending_events.tell(live):
            return None
        self.assignment.wake()
        return live


class Revival:
    """Makes left messages live whose customers are back, without holding up whoever noticed it."""

    def __init__(self, left: LeftMessages, chats: Chats) -> None:
        self._left = left
        self._chats = chats
        self._since: dict[str, datetime] = {}  # by chat, until it was looked at
        self._soon = Coalesced("left messages", 0, self._look)

    def note(self, chat_id: str, since: datetime) -> None:
        """The customer of this chat is there since then."""
        self._since[chat_id] = since
        self._soon.poke()

    async def stop(self) -> None:
        await self._soon.stop()

    async def _look(self) -> None:
        noted, self._since = self._since, {}
        try:
            for chat_id, since in noted.items():
                chat = await self._chats.find(chat_id)
                if chat:
                    await self._left.make_live(chat, since)
        except Exception as error:
            if is_away(error):  # nobody else would look at it when the database is back
                self._since = noted | self._since
                self._soon.poke()
            raise
