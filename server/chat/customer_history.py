"""A customer's chats as an agent may see them: a live one that it does not have, as far as it had it."""

from dataclasses import dataclass
from typing import Any

from server.core.errors import NotFound
from server.core.identity import Identity
from server.departments.walls import DepartmentWalls
from server.realtime.handed_over import as_it_had
from server.realtime.serializers import Serializers
from server.schemas.render import listing
from store.chats import Chats
from store.log.history import History
from store.records import Chat


@dataclass(frozen=True)
class ChatsOfAgents:
    """What lists show an agent."""

    chats: Chats
    history: History
    walls: DepartmentWalls
    serializers: Serializers

    async def page(self, who: Identity, wanted: dict[str, Any], page: int, page_size: int) -> dict[str, Any]:
        """One page of what `Chats.filter_of` wants, without what the walls hide."""
        seen = self.chats.seen_by(who.id, await self.walls.departments_of(who))
        count, chats = await self.chats.page(wanted | seen, page, page_size)
        return listing(await self._shown(who, chats), count)

    async def _shown(self, who: Identity, chats: list[Chat]) -> list[dict[str, Any]]:
        digests = await self.history.digests(chat.id for chat in chats)
        found = [digests[chat.id] for chat in chats if chat.id in digests]
        cut = {
            digest.chat.id: await as_it_had(self.history, who.id, digest)
            for digest in found
            if is_elsewhere(who, digest.chat)
        }
        shown = await self.serializers.chats([cut.get(digest.chat.id, digest) for digest in found], who.role)
        return [{**chat, "unread": 0} if chat["id"] in cut else chat for chat in shown]


def is_elsewhere(who: Identity, chat: Chat) -> bool:
    """Whether the chat goes on, and not with this agent; or went from it behind a wall, and ended there."""
    if chat.status != "ended":
        return chat.agent_id != who.id
    return bool(chat.beyond_wall) and chat.last_agent_id == who.id


@dataclass(frozen=True)
class CustomerHistory:
    chats: Chats
    of_agents: ChatsOfAgents

    async def history(self, who: Identity, customer_id: str, page: int, page_size: int) -> dict[str, Any]:
        """Every chat of a customer whom this agent serves or has served, the newest first. Raises NotFound for others."""
        if not await self.chats.has_served(who.id, customer_id):
            raise NotFound("there is no such customer, or you never served it")
        return await self.of_agents.page(who, self.chats.filter_of(customer_id=customer_id), page, page_size)
