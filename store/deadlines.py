"""Deadlines in the documents of chats, each with an index of those that have one: what is due costs what is due."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from store.chats import CHATS
from store.client import Database
from store.records import Chat, Membership

BATCH = 50  # due chats read at once, and judged side by side


class Deadlines:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)

    async def due(self, name: str, now: datetime) -> AsyncIterator[list[Chat]]:
        """Batches of all chats whose deadline `name` has come, the oldest deadline first.

        They are listed once and read when their turn comes: one whose deadline stays as it is comes up once all the same.
        """
        is_due = {name: {"$lte": now, "$type": "date"}, "unended": True}
        ids = [chat["_id"] for chat in await self._chats.find(is_due, {"_id": 1}).sort(name, 1).to_list(None)]
        for start in range(0, len(ids), BATCH):
            cursor = self._chats.find({"_id": {"$in": ids[start : start + BATCH]}, **is_due}).sort(name, 1)
            yield [Chat.of(document) for document in await cursor.to_list(None)]

    async def move_if_still(self, chat: Membership, name: str, to: datetime | None, **change: Any) -> bool:
        """Sets the deadline that `chat` was read with to another one (or none); whether it was still that one."""
        held = await self._chats.update_one(
            {"_id": chat.id, "status": chat.status, name: getattr(chat, name)}, {"$set": {name: to, **change}}
        )
        return bool(held.matched_count)

    async def arm_if_unarmed(self, chat_id: str, name: str, at: datetime) -> None:
        """Sets the deadline of an open chat that has none; a left message has no clocks."""
        wanted = {"_id": chat_id, "status": "open", "offline": False, name: None}
        await self._chats.update_one(wanted, {"$set": {name: at}})

    async def arm_all_unarmed(self, name: str, at: datetime) -> None:
        """After a start: a crash may have come between a line and its deadline. Whoever is not due is disarmed again."""
        await self._chats.update_many({"status": "open", "offline": False, name: None}, {"$set": {name: at}})

    async def arm_all_away(self, at: datetime) -> None:
        """After a start: whoever's chat is open and who has no connection has until then to come back."""
        gone = {"status": "open", "offline": False, "here": {"$in": [[], None]}, "away_at": None}
        await self._chats.update_many(gone, {"$set": {"away_at": at}})

    async def postpone_all(self, name: str, to: datetime, **wanted: Any) -> None:
        """No deadline (or beginning) of this name is before `to`: the desk itself was away."""
        await self._chats.update_many({name: {"$lt": to, "$type": "date"}, **wanted}, {"$set": {name: to}})

    async def note_typing(self, chat_id: str, now: datetime) -> None:
        await self._chats.update_one({"_id": chat_id, "status": "open"}, {"$set": {"typed_at": now}})

    async def clear_warning(self, chat_id: str, now: datetime, next_at: datetime | None, **change: Any) -> bool:
        """The chat is not idle after all; whether a warning stood whose end nobody has claimed beyond `now`."""
        held = await self._chats.update_one(
            {"_id": chat_id, "status": "open", "warned": True, "ending_until": {"$not": {"$gt": now}}},
            {"$set": {"warned": False, "idle_at": next_at, "ending_until": None, **change}},
        )
        return bool(held.modified_count)
