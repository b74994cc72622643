"""What of a chat is to be mailed to its customer, and what was: a deadline and a mark in the chat's document."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from store.chats import CHATS
from store.client import Database
from store.records import Chat


class MailedChats:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)

    async def due(self, now: datetime) -> AsyncIterator[Chat]:
        """Those whose customers have been gone for long enough, ended ones too."""
        async for document in self._chats.find({"unread_at": {"$lte": now, "$type": "date"}}).sort("unread_at", 1):
            yield Chat.of(document)

    async def looked_if_still(self, chat: Chat) -> None:
        """What is unread there is in the outbox; unless its customer has come and gone again meanwhile."""
        await self._chats.update_one({"_id": chat.id, "unread_at": chat.unread_at}, {"$unset": {"unread_at": ""}})

    async def end_transcripts(self, chat_id: str, now: datetime) -> None:
        """Links to transcripts of this chat that were made until now are over."""
        await self._chats.update_one({"_id": chat_id}, {"$max": {"transcripts_from": now}})

    async def note_mailed(self, chat: Chat, delivery_id: str, after: int, upto: int) -> bool:
        """The lines after `after` up to `upto` go with this delivery, and with no other. False: another one was faster."""
        was = chat.mailed or {}
        rounds = was.get("round", 0) + (was.get("by") != delivery_id)
        mark: dict[str, Any] = {"by": delivery_id, "after": after, "upto": upto, "round": rounds}
        wanted = {"_id": chat.id, "mailed.round": was.get("round"), "mailed.upto": was.get("upto")}
        held = await self._chats.update_one(wanted, {"$set": {"mailed": mark}})
        return bool(held.matched_count)
