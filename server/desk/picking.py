"""An agent picks a waiting chat by hand."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.chat.views import Views
from server.desk.assignment import Assignment
from server.people.identity import Identity
from server.refusals import Conflict
from store.records import Chat


@dataclass(frozen=True)
class Picking:
    access: Access
    assignment: Assignment
    views: Views

    async def take(self, who: Identity, chat_id: str) -> dict[str, Any]:
        """The chat, now this agent's; again by its holder: the same. Raises NotFound, Conflict."""
        chat: Chat = await self.access.any_chat(chat_id)
        if chat.status == "ended":
            raise Conflict("this chat is over")
        if not (chat.status == "open" and chat.agent_id == who.id):
            await self.assignment.take(who.id, chat)
        return {"chat": await self.views.chat(chat_id, "agent")}
