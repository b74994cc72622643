"""The customers an agent knows, and what they came for before."""

from dataclasses import dataclass
from typing import Any

from server.chat.views import Views
from server.people.identity import Identity
from server.refusals import NotFound
from store.chats import Chats


@dataclass(frozen=True)
class Acquaintances:
    chats: Chats
    views: Views

    async def history(self, who: Identity, customer_id: str, page: int, page_size: int) -> dict[str, Any]:
        """Every chat of a customer whom this agent serves or has served, the newest first. Raises NotFound for others."""
        if not await self.chats.has_served(who.id, customer_id):
            raise NotFound("there is no such customer, or you never served it")
        count, chats = await self.chats.page(self.chats.filter_of(customer_id=customer_id), page, page_size)
        return {"count": count, "results": await self.views.chats_by_id([chat.id for chat in chats], who.role)}
