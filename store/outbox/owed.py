"""What is owed to the world outside: the documents of deeds that were stored and not yet handed to the outbox."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pymongo import UpdateOne

from store.chats import CHATS
from store.client import Database
from store.log.messages import MESSAGES
from store.people import PEOPLE
from store.records import Message

MANY = 500  # documents a look
BEGINNINGS = ["chat_requested", "message_left"]  # what comes before the lines of a chat


@dataclass(frozen=True, slots=True)
class OwedEvent:
    """An event in a document's `owes`. `collection` and `id` say whose; of a line `seq` says which.

    `failures`: how often somebody could not say what is to be delivered because of it.
    """

    collection: str
    id: str
    event: str
    at: datetime
    seq: int | None = None
    failures: int = 0

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
        """What has been owed since before then, some hundreds of each kind; what has failed comes last."""
        wanted = {"owes": {"$exists": True}, "sent_at": {"$lt": moment}}
        lines = self._lines.find(wanted).hint("owed").sort("owes_failed", 1).limit(MANY)
        found = [
            replace(OwedEvent.of_line(Message.of(line)), failures=line.get("owes_failed", 0)) async for line in lines
        ]
        for name, collection in ((CHATS.name, self._chats), (PEOPLE.name, self._people)):
            old = collection.find({"owes.at": {"$lt": moment}}, {"owes": 1}).sort("owes.failed", 1).limit(MANY)
            async for document in old:
                found += [
                    OwedEvent(name, document["_id"], owed["event"], owed["at"], failures=owed.get("failed", 0))
                    for owed in document["owes"]
                ]
        return found

    async def earlier(self, chat_id: str, seq: int) -> bool:
        """Whether something that happened in this chat before this line is still owed, and has not failed."""
        line = {"chat_id": chat_id, "seq": {"$lt": seq}, "owes": {"$exists": True}, "owes_failed": None}
        if await self._lines.find_one(line, {"_id": 1}, hint="owed") is not None:
            return True
        begun = {"$elemMatch": {"event": {"$in": BEGINNINGS}, "failed": None}}
        return seq > 0 and await self._chats.find_one({"_id": chat_id, "owes": begun}, {"_id": 1}) is not None

    async def note_failure(self, owed: OwedEvent) -> None:
        """It stays owed, and holds up nobody any more."""
        if owed.seq is not None:
            await self._lines.update_one({"chat_id": owed.id, "seq": owed.seq}, {"$inc": {"owes_failed": 1}})
        else:
            documents = {CHATS.name: self._chats, PEOPLE.name: self._people}
            wanted = {"_id": owed.id, "owes": {"$elemMatch": {"event": owed.event, "at": owed.at}}}
            await documents[owed.collection].update_one(wanted, {"$inc": {"owes.$.failed": 1}})

    async def clear(self, events: Iterable[OwedEvent]) -> None:
        """They are handed over."""
        lines: list[UpdateOne] = []
        others = []
        documents = {CHATS.name: self._chats, PEOPLE.name: self._people}
        for owed in events:
            if owed.seq is not None:
                lines.append(
                    UpdateOne({"chat_id": owed.id, "seq": owed.seq}, {"$unset": {"owes": "", "owes_failed": ""}})
                )
            else:
                change = {"$pull": {"owes": {"event": owed.event, "at": owed.at}}}
                others.append(documents[owed.collection].update_one({"_id": owed.id}, change))
        await asyncio.gather(*others)
        if lines:
            await self._lines.bulk_write(lines, ordered=False)
