"""What happens to a chat is written into its document with the change, then told: a crash between the two is told later."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.chat import drafts
from server.chat.ending import ChatFinalizer
from server.core.clock import Clock
from server.core.identity import public
from server.outbox.obligations import Obligations
from server.realtime.announcer import Announcer
from store.errors import LogClosed
from store.log.messages import MessageLog
from store.queue import Queue
from store.records import Chat, Person
from store.seats import Seats


def requeued(agent: Person | None, reason: str) -> dict[str, Any]:
    """What the log says of a chat that waits again. `agent`: who had it, where that is known."""
    return {"event": "requeued", "from": public(agent) if agent else None, "reason": reason}


@dataclass(frozen=True)
class AssignmentEvents:
    announcer: Announcer
    seats: Seats
    clock: Clock

    async def announce(self, chat: Chat, event: dict[str, Any]) -> None:
        """The chat as it is now, to all whom this event concerns."""
        if event["event"] == "opened":
            await self.announcer.opened(chat)
            await self._introduce(chat)
        elif event.get("to"):
            await self.announcer.transferred(chat, event["from"], event["to"])
            await self._introduce(chat)
        elif event["event"] == "left_as_message":
            await self.announcer.chat("chat_updated", chat)
            if chat.agent_id:
                self.announcer.seat(chat.agent_id)
        else:
            giver = (event.get("from") or {}).get("id")  # an admin, perhaps; the chat may have had another agent since
            await self.announcer.returned(chat, {each for each in (chat.last_agent_id, giver) if each})

    async def _introduce(self, chat: Chat) -> None:
        """The two sides hear whether the other one is there."""
        seat = await self.seats.find(str(chat.agent_id))
        if seat:
            self.announcer.introduce(chat, seat, self.clock.now())


@dataclass(frozen=True)
class PendingEvents:
    queue: Queue
    log: MessageLog
    finalizer: ChatFinalizer
    assignment_events: AssignmentEvents
    announcer: Announcer
    obligations: Obligations
    clock: Clock

    async def tell(self, chat: Chat) -> bool:
        """Puts the chat's `untold` event into its log and tells everybody, however often it is called: the log keeps
        one message of it, and each client takes that once.

        False when the log was closed at this very moment: then the chat has ended instead.
        """
        if chat.status == "ended":
            await self.finalizer.finalize(chat.id)
            return False
        event = dict(chat.untold or {})
        key, _ = str(event.pop("key")), event.pop("at")
        try:
            line = drafts.system(chat.id, self.clock.now(), event, key=key)
            posted = await self.log.append(self.obligations.line(line, chat))
        except LogClosed:
            await self.finalizer.finalize(chat.id)
            return False
        await self.assignment_events.announce(
            chat, event
        )  # first: its new agent must know the chat that a message is of
        if posted.is_news:
            self.announcer.line(chat, posted.line)
            self.obligations.line_stored(posted.line)
        await self.queue.clear_event_if_still(chat.id, key)
        return True

    async def tell_overdue(self, before: datetime) -> int:
        """Tells the events from before then, whose telling was lost with a process or the database; how many."""
        chats = await self.queue.with_overdue_event(before)
        for chat in chats:
            await self.tell(chat)
        return len(chats)

    async def catch_up(self, chat: Chat) -> bool:
        """Before another change of the chat: tells the event of the last one, which would be lost. False: it has ended."""
        return chat.untold is None or await self.tell(chat)
