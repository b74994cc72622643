"""A chat goes back to the queue: its agent vanished, owed a reply too long, or sent it to a department."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.chat import lines
from server.chat.settlement import Settlement
from server.clock import Clock
from server.live.announcer import Announcer
from server.queue.assignment import Assignment
from store.errors import LogClosed
from store.log.messages import Log
from store.queue import Queue
from store.records import Chat
from store.seats import Seats


@dataclass(frozen=True)
class Returns:
    queue: Queue
    seats: Seats
    log: Log
    settlement: Settlement
    announcer: Announcer
    assignment: Assignment
    clock: Clock
    grace: timedelta

    async def give_back(self, chat: Chat, event: dict[str, Any], **change: Any) -> Chat | None:
        """The chat waits again, before those who never had an agent, at its old place among the returned.

        `event` is what its log says of it. None when it was not open with this agent any more: then nothing happened.
        """
        agent_id, now = str(chat.agent_id), self.clock.now()
        returned = await self.queue.return_if_held(chat.id, agent_id, now + self.grace, **change)
        await self.seats.give_back(agent_id, chat.id)
        if returned is None:
            return None
        try:
            posted = await self.log.append(lines.system(chat.id, now, event))
        except LogClosed:
            await self.settlement.settle(chat.id)
            return None
        await self.announcer.returned(returned, agent_id)
        self.announcer.line(returned, posted.line)
        self.assignment.wake()
        return returned
