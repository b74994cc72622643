"""The customer says that it is still there."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.patience.idle import IdleClock
from server.people.identity import Identity


@dataclass(frozen=True)
class Staying:
    access: Access
    idle: IdleClock

    async def keep_open(self, who: Identity, chat_id: str) -> dict[str, Any]:
        """The customer is still here. Again: nothing changes. Raises NotFound, ChatEnded, Conflict while it waits."""
        member = await self.access.member_chat(who, chat_id)
        await self.idle.keep_open(member.chat)
        return {"chat": await self.idle.announcer.views.chat(chat_id, who.role)}
