"""Chats and their lines, read again: catching up, and lists."""

from dataclasses import dataclass
from typing import Any

from server.chat.access import Access
from server.chat.customer_history import ChatsOfAgents
from server.core.errors import NotFound
from server.core.identity import Identity
from server.departments.walls import DepartmentWalls
from server.realtime.serializers import Serializers
from server.schemas.chat import ListAllChats
from server.schemas.render import listing
from store.chats import Chats
from store.log.history import History
from store.memberships import of_link
from store.queue import Queue


@dataclass(frozen=True)
class Reading:
    access: Access
    chats: Chats
    queue: Queue
    history: History
    of_agents: ChatsOfAgents
    walls: DepartmentWalls
    serializers: Serializers

    async def sync(
        self, who: Identity, chat_id: str, limit: int, after: int | None = None, before: int | None = None
    ) -> dict[str, Any]:
        """The chat and at most `limit` lines after or before a seq, ascending; without either the last ones.

        The agent of a chat that continues this one may read it too. Raises NotFound.
        """
        try:
            await self.access.member_chat(who, chat_id)
        except NotFound:
            if who.role != "agent" or not await self.chats.goes_on_with(who.id, chat_id):
                raise
            if await self.walls.hide(who, (await self.access.any_chat(chat_id)).department):
                raise
        return await self.tail(chat_id, who.role, limit, after, before)

    async def tail(
        self, chat_id: str, role: str, limit: int, after: int | None = None, before: int | None = None
    ) -> dict[str, Any]:
        """As `sync`, for whoever may see the chat. The chat is read first: a line that comes meanwhile is in both."""
        chat = await self.serializers.chat(chat_id, role)
        if after is None:
            lines, more = await self.history.lines(chat_id, before=before or chat["last_seq"] + 1, limit=limit)
        else:
            lines, more = await self.history.lines(chat_id, after=after, limit=limit)
        marks = await self.history.marks_from(chat_id, lines[0].seq) if lines else []
        return {"chat": chat, "messages": self.serializers.messages(lines, marks), "has_more": more}

    async def list_own(self, who: Identity, page: int, page_size: int, status: str | None) -> dict[str, Any]:
        """This person's chats, the newest first; by a link those that it leads to."""
        mine: dict[str, Any] = {f"{who.role}_id": who.id}
        if who.role == "agent":
            return await self.of_agents.page(who, self.chats.filter_of(status=status, **mine), page, page_size)
        wanted = self.chats.filter_of(status=status, **mine) | of_link(who.only_chat)
        return await self._page(wanted, who.role, page, page_size)

    async def list_all(self, asked: ListAllChats) -> dict[str, Any]:
        """Anybody's chats, for admins."""
        wanted = self.chats.filter_of(
            status=asked.status,
            customer_id=asked.customer_id,
            agent_id=asked.agent_id,
            since=asked.since,
            until=asked.until,
        )
        return await self._page(wanted, "admin", asked.page, asked.page_size)

    async def list_queue(self, who: Identity, page: int, page_size: int, offline: bool | None) -> dict[str, Any]:
        """The waiting chats in the order of service, behind them the left messages, for agents; `offline` chooses.

        With DEPARTMENT_WALLS those of the agent's departments, and of none.
        """
        waiting = await self.queue.all(offline=offline, departments=await self.walls.departments_of(who))
        shown = waiting[(page - 1) * page_size : page * page_size]
        results = await self.serializers.chats_by_id([chat.id for chat in shown], "agent")
        return listing(results, len(waiting))

    async def _page(self, wanted: dict[str, Any], role: str, page: int, page_size: int) -> dict[str, Any]:
        count, chats = await self.chats.page(wanted, page, page_size)
        results = await self.serializers.chats_by_id([chat.id for chat in chats], role)
        return listing(results, count)
