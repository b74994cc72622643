"""Notes beside chats: never in the log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING as UP
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from store.client import Database
from store.collections import Collection, Replay, WithChat
from store.customer_data import Deleted, OfCustomers, of_its_chats
from store.records import Record


@dataclass(frozen=True, slots=True)
class Note(Record):
    """What an agent wrote beside a chat. `author` is its User as it was then."""

    id: str
    chat_id: str
    client_id: str
    author_id: str
    author: dict[str, Any]
    body: str
    at: datetime


NOTES = Collection(
    name="notes",
    record=Note,
    indexes=(IndexModel([("chat_id", UP), ("author_id", UP), ("client_id", UP)], name="client_id", unique=True),),
    retention=WithChat("chat_id"),
    replay=Replay.DOCUMENT,
    personal=("author", "body"),
    customers=OfCustomers(of_its_chats("chat_id"), Deleted(), not_exported=(), file=None, keeps_name=None),
    remembered=False,
)


class Notes:
    def __init__(self, database: Database) -> None:
        self._notes = database.collection(NOTES)

    async def add(  # noqa: PLR0913, PLR0917  the columns of a note
        self, chat_id: str, author_id: str, client_id: str, author: dict[str, Any], body: str, now: datetime
    ) -> Note | None:
        """A new note; None when this author has one in this chat under this client_id."""
        note = Note(str(ObjectId()), chat_id, client_id, author_id, author, body, now)
        try:
            await self._notes.insert_one(note.document())
        except DuplicateKeyError:
            return None
        return note

    async def find(self, chat_id: str, author_id: str, client_id: str) -> Note | None:
        document = await self._notes.find_one({"chat_id": chat_id, "author_id": author_id, "client_id": client_id})
        return Note.of(document) if document else None

    async def of_chat(self, chat_id: str) -> list[Note]:
        """All notes of the chat, the oldest first."""
        return [Note.of(document) async for document in self._notes.find({"chat_id": chat_id}).sort("_id", 1)]

    async def count(self, chat_id: str) -> int:
        return int(await self._notes.count_documents({"chat_id": chat_id}))

    async def forget(self, chat_ids: Iterable[str]) -> int:
        """Removes every note of these chats; how many there were."""
        held = await self._notes.delete_many({"chat_id": {"$in": list(chat_ids)}})
        return int(held.deleted_count)
