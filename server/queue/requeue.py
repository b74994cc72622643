"""A chat goes back to the queue: its agent vanished, owed a reply too long, or sent it to a department."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.core.clock import Clock
from server.queue.assignment import Assignment
from server.queue.events import PendingEvents
from store.queue import Queue
from store.records import Chat
from store.seats import Seats


@dataclass(frozen=True)
class Requeue:
    queue: Queue
    seats: Seats
    pending_events: PendingEvents
    assignment: Assignment
    clock: Clock
    grace: timedelta

    async def give_back(self, chat: Chat, event: dict[str, Any], **change: Any) -> Chat | None:
        """The chat waits again, before those who never had an agent, at its old place among the returned.

        `event` is what its log says of it. None when it was not open with this agent any more: then nothing happened.
        """
        if not await self.pending_events.catch_up(chat):
            return None
        agent_id, now = str(chat.agent_id), self.clock.now()
        returned = await self.queue.return_if_held(chat, now, now + self.grace, event, **change)
        if returned is None:  # the seat is not ours to give back: the same agent may just be taking the chat again
            return None
        await self.seats.give_back(agent_id, chat.id)
        if not await self.pending_events.tell(returned):
            return None
        self.assignment.wake()
        return returned
