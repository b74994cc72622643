"""A chat goes back to the queue: its agent vanished, owed a reply too long, or sent it to a department."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server.chat.timers import ChatTimers, run_for_each
from server.core.clock import Clock
from server.departments.walls import DepartmentWalls
from server.queue.assignment import Assignment
from server.queue.events import PendingEvents, requeued
from store.deadlines import Deadlines
from store.log.history import History
from store.people import People
from store.processes import Processes
from store.queue import Queue
from store.records import Chat
from store.seats import Seats


@dataclass(frozen=True)
class Requeue:
    queue: Queue
    seats: Seats
    pending_events: PendingEvents
    assignment: Assignment
    walls: DepartmentWalls
    clock: Clock
    grace: timedelta

    async def give_back(self, chat: Chat, event: dict[str, Any], **change: Any) -> Chat | None:
        """The chat waits again, before those who never had an agent, at its old place among the returned.

        `event` is what its log says of it. None when it was not open with this agent any more: then nothing happened.
        """
        if not await self.pending_events.catch_up(chat):
            return None
        agent_id, now = str(chat.agent_id), self.clock.now()
        if await self.walls.stand_before(agent_id, change.get("department", chat.department)):
            change["beyond_wall"] = True
        returned = await self.queue.return_if_held(chat, now, now + self.grace, event, **change)
        if returned is None:  # the seat is not ours to give back: the same agent may just be taking the chat again
            return None
        await self.seats.give_back(agent_id, chat.id)
        if not await self.pending_events.tell(returned):
            return None
        self.assignment.wake()
        return returned


@dataclass(frozen=True)
class ReplyTimeout:
    timers: ChatTimers
    deadlines: Deadlines
    history: History
    people: People
    processes: Processes
    requeue: Requeue
    clock: Clock

    async def look(self) -> None:
        """At every open chat whose agent may have owed a reply for too long."""
        now = self.clock.now()
        async for due in self.deadlines.due("reply_at", now):
            await run_for_each(due, lambda chat: self._judge(chat, now))

    async def _judge(self, chat: Chat, now: datetime) -> None:
        due_at = await self._due_at(chat)
        if due_at is None or chat.status != "open" or chat.offline:
            await self._disarm(chat)
        elif due_at > now:
            await self.deadlines.move_if_still(chat, "reply_at", due_at)
        else:
            event = requeued(await self.people.find(str(chat.agent_id)), "no_reply")
            await self.requeue.give_back(chat, event)

    async def _disarm(self, chat: Chat) -> None:
        """Stops the clock; a message that came at this very moment may have relied on it, so the log is read once more."""
        if await self.deadlines.move_if_still(chat, "reply_at", None) and chat.status == "open":
            due_at = await self._due_at(chat)
            if due_at:
                await self.deadlines.arm_if_unarmed(chat.id, "reply_at", due_at)

    async def _due_at(self, chat: Chat) -> datetime | None:
        """When the agent will have owed a reply for too long; None when it owes none.

        It owes one since the customer's first message after the last answer; in a chat without one, since it has the chat.
        """
        answered_at, asked_at = await self.history.answer_and_question(chat.id)
        if self.timers.reply is None or (answered_at and asked_at is None):
            return None
        moments = [asked_at, chat.assigned_at, await self.processes.credited_at()]
        return max(moment for moment in moments if moment) + self.timers.reply
