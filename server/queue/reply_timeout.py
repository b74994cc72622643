"""An agent who owes a reply longer than REPLY_SECONDS loses the chat to the front of the queue."""

from dataclasses import dataclass
from datetime import datetime

from server.chat.timers import ChatTimers, run_for_each
from server.core.clock import Clock
from server.core.identity import public
from server.queue.requeue import Requeue
from store.deadlines import Deadlines
from store.log.history import History
from store.people import People
from store.processes import Processes
from store.records import Chat


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
            agent = (await self.people.by_ids([str(chat.agent_id)])).get(str(chat.agent_id))
            event = {"event": "requeued", "from": public(agent) if agent else None, "reason": "no_reply"}
            await self.requeue.give_back(chat, event)

    async def _disarm(self, chat: Chat) -> None:
        """Stops the clock; a line that came at this very moment may have relied on it, so the log is read once more."""
        if await self.deadlines.move_if_still(chat, "reply_at", None) and chat.status == "open":
            due_at = await self._due_at(chat)
            if due_at:
                await self.deadlines.arm_if_unarmed(chat.id, "reply_at", due_at)

    async def _due_at(self, chat: Chat) -> datetime | None:
        """When the agent will have owed a reply for too long; None when it owes none.

        It owes one since the customer's first line after the last answer; in a chat without a line, since it has the chat.
        """
        answered_at, asked_at = await self.history.owing(chat.id)
        if self.timers.reply is None or (answered_at and asked_at is None):
            return None
        moments = [asked_at, chat.assigned_at, await self.processes.credited_at()]
        return max(moment for moment in moments if moment) + self.timers.reply
