"""What is known of a stored file; its bytes lie in the media folder."""

from datetime import datetime
from typing import Any

from pymongo import ASCENDING as UP
from pymongo import IndexModel

from store.client import Database
from store.collections import Collection, Purged, Replay
from store.customer_data import Deleted, OfCustomers, Subject
from store.records import Upload


def _sent_or_shown(who: Subject) -> dict[str, Any]:
    """A customer's own files, and those that were sent to it."""
    return {"$or": [{"owner_id": {"$in": list(who.ids)}}, {"chat_ids": {"$in": list(who.chat_ids)}}]}


def _others_need(who: Subject) -> dict[str, Any]:
    """Files of agents that were sent to other customers as well."""
    return {"owner_id": {"$nin": list(who.ids)}, "chat_ids": {"$elemMatch": {"$nin": list(who.chat_ids)}}}


def _hide_from(who: Subject) -> dict[str, Any]:
    return {"$pull": {"chat_ids": {"$in": list(who.chat_ids)}}}


UPLOADS = Collection(
    name="uploads",
    record=Upload,
    indexes=(
        IndexModel([("path", UP)], name="path", unique=True),
        IndexModel([("owner_id", UP)], name="of_owner"),
        IndexModel([("chat_ids", UP)], name="of_chat"),
    ),
    retention=Purged("no unpurged chat shows it"),
    replay=Replay.NO,
    personal=("name",),
    customers=OfCustomers(
        _sent_or_shown, Deleted(_others_need, _hide_from), not_exported=(), file="path", keeps_name=None
    ),
    remembered=False,
)


class Uploads:
    def __init__(self, database: Database) -> None:
        self._uploads = database.collection(UPLOADS)

    async def insert(self, upload: Upload) -> None:
        await self._uploads.insert_one(upload.document())

    async def find(self, upload_id: str) -> Upload | None:
        document = await self._uploads.find_one({"_id": upload_id})
        return Upload.of(document) if document else None

    async def by_path(self, path: str) -> Upload | None:
        document = await self._uploads.find_one({"path": path})
        return Upload.of(document) if document else None

    async def show_in(self, upload_id: str, owner_id: str, chat_id: str) -> bool:
        """Lets the people of the chat see the file, if it is its owner who says so and it is still there; whether it is."""
        held = await self._uploads.update_one(
            {"_id": upload_id, "owner_id": owner_id, "purpose": None, "gone": None},
            {"$addToSet": {"chat_ids": chat_id}},
        )
        return bool(held.matched_count)

    async def forget(self, upload_id: str) -> None:
        await self._uploads.delete_one({"_id": upload_id})

    async def move(self, from_owner: str, to_owner: str) -> None:
        await self._uploads.update_many({"owner_id": from_owner}, {"$set": {"owner_id": to_owner}})


class UnsentUploads:
    """Of those, the ones that nobody has sent in a chat."""

    def __init__(self, database: Database) -> None:
        self._uploads = database.collection(UPLOADS)

    async def give_up(self, before: datetime) -> None:
        """Files older than that which nobody has sent may not be sent any more."""
        wanted: dict[str, Any] = {"chat_ids": [], "created_at": {"$lt": before}, "gone": None}
        await self._uploads.update_many(wanted, {"$set": {"gone": True}})

    async def given_up(self, limit: int) -> list[Upload]:
        found = self._uploads.find({"chat_ids": [], "gone": True}).limit(limit)
        return [Upload.of(document) async for document in found]
