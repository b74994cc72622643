"""What is owed to the world outside: the documents of deeds that were stored and not yet handed to the outbox."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import UpdateOne

from store.chats import CHATS
from store.client import Database
from store.log.messages import MESSAGES
from store.people import PEOPLE
from store.records import Message

MANY = 500  # documents a look


@dataclass(frozen=True, slots=True)
class OwedEvent:
    """An event in a document's `owes`. `collection` and `id` say whose; of a line `seq` says which."""

    collection: str
    id: str
    event: str
    at: datetime
    seq: int | None = None

    @classmethod
    def of_line(cls, line: Message) -> "OwedEvent":
        return cls(MESSAGES.name, line.chat_id, str(line.owes), line.sent_at, line.seq)


def more_owed(*events: dict[str, Any]) -> dict[str, Any]:
    """An expression: the `owes` of a chat or a person with these events, for the update that stores their deeds."""
    return {"$concatArrays": [{"$ifNull": ["$owes", []]}, list(events)]}


class Owed:
    def __init__(self, database: Database) -> None:
        self._lines = database.collection(MESSAGES)
        self._chats = database.collection(CHATS)
        self._people = database.collection(PEOPLE)

    async def since_before(self, moment: datetime) -> list[OwedEvent]:
        """What has been owed since before then, some hundreds of each kind."""
        old = {"owes.at": {"$lt": moment}}
        lines = self._lines.find({"owes": {"$exists": True}, "sent_at": {"$lt": moment}}).hint("owed").limit(MANY)
        found = [OwedEvent.of_line(Message.of(line)) async for line in lines]
        for name, collection in ((CHATS.name, self._chats), (PEOPLE.name, self._people)):
            async for document in collection.find(old, {"owes": 1}).limit(MANY):
                found += [OwedEvent(name, document["_id"], owed["event"], owed["at"]) for owed in document["owes"]]
        return found

    async def lines_before(self, chat_id: str, seq: int) -> bool:
        """Whether an earlier line of this chat is still owed."""
        wanted = {"chat_id": chat_id, "seq": {"$lt": seq}, "owes": {"$exists": True}}
        return await self._lines.find_one(wanted, {"_id": 1}, hint="owed") is not None

    async def clear(self, events: Iterable[OwedEvent]) -> None:
        """They are handed over."""
        lines: list[UpdateOne] = []
        others = []
        documents = {CHATS.name: self._chats, PEOPLE.name: self._people}
        for owed in events:
            if owed.seq is not None:
                lines.append(UpdateOne({"chat_id": owed.id, "seq": owed.seq}, {"$unset": {"owes": ""}}))
            else:
                change = {"$pull": {"owes": {"event": owed.event, "at": owed.at}}}
                others.append(documents[owed.collection].update_one({"_id": owed.id}, change))
        await asyncio.gather(*others)
        if lines:
            await self._lines.bulk_write(lines, ordered=False)
