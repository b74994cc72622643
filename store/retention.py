"""What is purged: the words of old chats, and the files and guests that nothing refers to any more."""

from datetime import datetime
from typing import Any

from store.chats import CHATS
from store.client import Database
from store.collections import Collection, Stripped, WithChat
from store.customer_data import KeepsName, OfCustomers
from store.people import PEOPLE
from store.records import Chat
from store.uploads import UPLOADS


class Retention:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._chats = database.collection(CHATS)
        self._people = database.collection(PEOPLE)
        self._uploads = database.collection(UPLOADS)

    async def quiet_unended(self, before: datetime, limit: int) -> list[Chat]:
        """Unended chats in which nothing has happened since `before`."""
        last = {
            "from": "messages",
            "localField": "_id",
            "foreignField": "chat_id",
            "pipeline": [{"$sort": {"seq": -1}}, {"$limit": 1}, {"$project": {"sent_at": 1}}],
            "as": "last",
        }
        rows = self._chats.aggregate(
            [
                {"$match": {"unended": True, "created_at": {"$lt": before}}},
                {"$lookup": last},
                {"$match": {"last.sent_at": {"$not": {"$gte": before}}}},
                {"$limit": limit},
            ]
        )
        return [Chat.of(row) async for row in rows]

    async def ended_before(self, before: datetime, limit: int) -> list[str]:
        """Ended chats that still have their words."""
        wanted = {"status": "ended", "ended_at": {"$lt": before}, "purged": {"$ne": True}}
        return [chat["_id"] async for chat in self._chats.find(wanted, {"_id": 1}).limit(limit)]

    async def strip(self, chat_ids: list[str]) -> None:
        """Deletes lines, marks and notes, and makes the documents nameless. Again: nothing is left to do."""
        for row in self._database.rows.values():
            if isinstance(row.retention, WithChat):
                await self._database.collection(row).delete_many({row.retention.field: {"$in": chat_ids}})
        change = [{"$set": {**stripped(CHATS), "purged": True}}]
        await self._chats.update_many({"_id": {"$in": chat_ids}}, change)

    async def forgotten_files(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        """(id, path) of files older than `before` that no unpurged chat shows."""
        shown = {
            "from": "chats",
            "localField": "chat_ids",
            "foreignField": "_id",
            "pipeline": [{"$match": {"purged": {"$ne": True}}}, {"$limit": 1}, {"$project": {"_id": 1}}],
            "as": "shown",
        }
        rows = self._uploads.aggregate(
            [
                {"$match": {"created_at": {"$lt": before}}},
                {"$lookup": shown},
                {"$match": {"shown": []}},
                {"$limit": limit},
            ]
        )
        return [(row["_id"], row["path"]) async for row in rows]

    async def forget_file(self, upload_id: str) -> None:
        await self._uploads.delete_one({"_id": upload_id})

    async def forget_names(self, before: datetime, now: datetime) -> int:
        """Customers who came before then, and whose name nothing keeps (`keeps_name` of the rows), lose it; how many."""
        wanted = {"role": "customer", "created_at": {"$lt": before}, "nameless": {"$ne": True}}
        stages: list[dict[str, Any]] = [{"$match": wanted}]
        for name, keeps in self._keepers():
            holds = [{"$match": keeps.holds(now)}, {"$limit": 1}, {"$project": {"_id": 1}}]
            keepers = {
                "from": name,
                "localField": "_id",
                "foreignField": keeps.field,
                "pipeline": holds,
                "as": "keepers",
            }
            stages += [{"$lookup": keepers}, {"$match": {"keepers": []}}]
        ids = [row["_id"] async for row in self._people.aggregate([*stages, {"$project": {"_id": 1}}])]
        change = [{"$set": {**stripped(PEOPLE), "nameless": True}}]
        await self._people.update_many({"_id": {"$in": ids}}, change)
        return len(ids)

    def _keepers(self) -> list[tuple[str, KeepsName]]:
        """What keeps names, in each collection that has something that does."""
        rows = self._database.rows.values()
        held = [(row.name, row.customers) for row in rows if isinstance(row.customers, OfCustomers)]
        return [(name, of.keeps_name) for name, of in held if of.keeps_name]


def stripped(row: Collection) -> dict[str, object]:
    """What stands in a document of this collection after the purge."""
    return row.retention.values if isinstance(row.retention, Stripped) else {}
