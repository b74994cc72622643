"""Chats as other programs read them, and what they say in them: as a bot that is marked so, on the agents' side."""

from dataclasses import dataclass
from typing import Any

from server.chat import drafts
from server.chat.access import Access
from server.chat.reading import Reading
from server.core.clock import Clock
from server.core.errors import ChatEnded
from server.outbox.obligations import Obligations
from server.realtime.announcer import Announcer
from server.realtime.serializers import Serializers
from server.schemas.chat import ListAllChats
from store.log.history import History
from store.log.messages import MessageLog
from store.records import Person


@dataclass(frozen=True)
class ProgramChats:
    """A program sees every chat, as an admin does."""

    access: Access
    reading: Reading
    log: MessageLog
    history: History
    announcer: Announcer
    serializers: Serializers
    obligations: Obligations
    clock: Clock

    async def page(self, asked: ListAllChats) -> dict[str, Any]:
        return await self.reading.list_all(asked)

    async def one(self, chat_id: str) -> dict[str, Any]:
        """Raises NotFound."""
        await self.access.any_chat(chat_id)
        return await self.serializers.chat(chat_id, "admin")

    async def lines(self, chat_id: str, after: int, limit: int) -> dict[str, Any]:
        """{messages, has_more}: the lines behind this seq. Raises NotFound."""
        await self.access.any_chat(chat_id)
        found = await self.reading.tail(chat_id, "admin", limit, after)
        return {"messages": found["messages"], "has_more": found["has_more"]}

    async def post(self, program: Person, chat_id: str, client_id: str, body: str) -> dict[str, Any]:
        """Stores and tells a line; no clock, seat or figure moves by it. Again: the one stored then.

        Raises NotFound, ChatEnded, Unavailable.
        """
        chat = await self.access.any_chat(chat_id)
        if chat.purged:
            raise ChatEnded
        line = drafts.said(
            chat_id,
            drafts.BOT,
            program,
            self.clock.now(),
            client_id=client_id,
            kind="text",
            body=body,
            upload=None,
            via="api",
        )
        posted = await self.log.append(self.obligations.line(line, chat))
        if not posted.is_news:
            return {"message": self.serializers.message(posted.line), "duplicate": True}
        told = self.announcer.line(chat, posted.line)
        self.obligations.line_stored(posted.line)
        return {"message": told, "duplicate": posted.duplicate}

    async def is_resend(self, program: Person, chat_id: str, client_id: str) -> bool:
        """Whether this line is stored already: a repeat does not count against limits."""
        return await self.history.line_of(chat_id, program.id, client_id) is not None
