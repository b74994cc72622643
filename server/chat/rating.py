"""What a customer thought of an ended chat: one rating, for its last agent."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.chat.access import WORDS_REMOVED, Access
from server.chat.ending import ChatFinalizer
from server.core.clock import Clock
from server.core.errors import Conflict
from server.core.identity import Identity
from server.outbox.obligations import Obligations
from server.realtime.announcer import Announcer
from server.realtime.serializers import Serializers
from store.chats import Chats

RATING_DAYS = timedelta(days=7)


@dataclass(frozen=True)
class Ratings:
    access: Access
    chats: Chats
    finalizer: ChatFinalizer
    announcer: Announcer
    serializers: Serializers
    obligations: Obligations
    clock: Clock

    async def rate(self, who: Identity, chat_id: str, score: int, comment: str | None) -> dict[str, Any]:
        """Rates an ended chat, for its last agent; equal values again answer the same.

        Raises NotFound, and Conflict while it runs, after 7 days, without an agent, or once rated otherwise.
        """
        await self.access.member_chat(who, chat_id)
        chat = await self.finalizer.finalize(chat_id)
        if chat is None or chat.ended_at is None:
            raise Conflict("a chat is rated when it has ended")
        if chat.last_agent_id is None:
            raise Conflict("no agent was there to be rated")
        if chat.purged:
            raise Conflict(WORDS_REMOVED)
        now = self.clock.now()
        if now - chat.ended_at > RATING_DAYS:
            raise Conflict(f"a chat is rated within {RATING_DAYS.days} days of its end")
        owes = self.obligations.owed("chat_rated", now)
        if await self.chats.rate_if_unrated(chat_id, {"score": score, "comment": comment, "at": now}, owes):
            self.obligations.of_chat(chat_id, owes)
            await self.announcer.chat("chat_updated", chat)
        else:
            rated = await self.chats.find(chat_id)
            given = (rated and rated.rating) or {}
            if (given.get("score"), given.get("comment")) != (score, comment):
                raise Conflict("this chat is rated already")
        return {"chat": await self.serializers.chat(chat_id, who.role)}
