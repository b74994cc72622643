"""Chats move up and down their queue."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.live.announcer import Announcer
from server.office.audit import Audit
from server.people.identity import Identity
from server.queue.assignment import Assignment
from server.refusals import Conflict
from store.queue import Queue


@dataclass(frozen=True)
class Priorities:
    access: Access
    queue: Queue
    announcer: Announcer
    assignment: Assignment
    audit: Audit

    async def set(self, who: Identity, chat_id: str, priority: int) -> dict[str, Any]:
        """Moves a chat up or down its queue, now or when it returns to it; an agent its own. Raises NotFound, Conflict."""
        await (self.access.any_chat(chat_id) if who.role == "admin" else self.access.member_chat(who, chat_id))
        changed = await self.queue.prioritise_if_unended(chat_id, priority)
        if changed is None:
            raise Conflict("this chat is over")
        await self.announcer.chat("chat_updated", changed)
        await self.audit.note(who.id, "priority_set", chat_id, priority=priority)
        self.assignment.wake()
        return {"chat": await self.announcer.views.chat(chat_id, who.role)}
