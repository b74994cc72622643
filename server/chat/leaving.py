"""Ending a chat as one of its two sides, or giving up the wait for one."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.chat.ending import Endings
from server.chat.views import Views
from server.people.identity import Identity
from server.refusals import Conflict


@dataclass(frozen=True)
class Leaving:
    access: Access
    endings: Endings
    views: Views

    async def end_chat(self, who: Identity, chat_id: str, reason: str | None, comment: str | None) -> dict[str, Any]:
        """Ends the chat; a customer who still waited has `left`. Again: answers as the first time. Raises NotFound."""
        member = await self.access.member_chat(who, chat_id)
        usual = "left" if member.chat.status == "queued" else "resolved"
        await self.endings.end(member.chat, by=who.id, kind=member.side, reason=reason or usual, comment=comment)
        return {"chat": await self.views.chat(chat_id, who.role)}

    async def leave_queue(self, who: Identity, chat_id: str) -> dict[str, Any]:
        """Gives up waiting. Again: answers as the first time. Raises NotFound, Conflict once an agent has the chat."""
        chat = await self.access.own_chat(who, chat_id)
        if chat.status == "open" or (chat.status == "ended" and chat.ended_reason != "left"):
            raise Conflict("this chat does not wait any more")
        await self.endings.end(chat, by=who.id, kind="customer", reason="left")
        return {"chat": await self.views.chat(chat_id, who.role)}
