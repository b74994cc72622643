"""Read the logs: lines with their marks, digests of chats, unread counts. All of it derived, none of it counted up."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from store.batches.group_read import GroupRead
from store.chats import CHATS, ENDING
from store.client import Database
from store.log.ends import latest, read_ends, seek
from store.log.marks import MARKS, tally_of, tally_seeks
from store.log.messages import MESSAGES
from store.log.records import Digest, Mark
from store.records import Chat, Message

DIGEST = [  # the end of the log, the last line that somebody said, and how far the sides have come
    seek("messages", "last", *latest(1)),
    seek("messages", "said", {"$sort": {"seq": -1}}, {"$match": {"kind": {"$ne": "system"}}}, {"$limit": 1}),
    *tally_seeks(4),  # a few: the last line said may lie behind some system lines, and its times are of the first mark
]

PEOPLE = ("customer", "agent")  # the sides on which people speak


class History:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)
        self._messages = database.collection(MESSAGES)
        self._marks = database.collection(MARKS)
        self._digests = GroupRead("digests", self._read_digests, batch=50)

    async def digests(self, chat_ids: Iterable[str]) -> dict[str, Digest]:
        """The chats as their logs say they are, by index seeks in one round trip; missing ones are left out."""
        return await self._digests.find_many(chat_ids)

    async def digests_of_people(self, chat_ids: Iterable[str]) -> dict[str, Digest]:
        """As `digests`, but the last message is what a customer or an agent said last: bots move no clock."""
        digests = await self.digests(chat_ids)
        return {chat_id: await self._without_bots(digest) for chat_id, digest in digests.items()}

    async def _without_bots(self, digest: Digest) -> Digest:
        if digest.last_message is None or digest.last_message.side in PEOPLE:
            return digest
        wanted = {"chat_id": digest.chat.id, "side": {"$in": list(PEOPLE)}}
        said = await self._messages.find_one(wanted, sort=[("seq", -1)])
        return replace(digest, last_message=Message.of(said) if said else None)

    async def closed_since(self, moment: datetime) -> list[str]:
        """The chats whose closing line is not older."""
        lines = self._messages.find({"closing": True, "sent_at": {"$gte": moment}}, {"chat_id": 1})
        return [line["chat_id"] async for line in lines]

    async def closed_among(self, chat_ids: list[str]) -> list[str]:
        """Those of these chats whose logs are closed."""
        return [chat_id for chat_id, end in (await read_ends(self._chats, chat_ids)).items() if end.closed]

    async def lines(
        self, chat_id: str, *, after: int = 0, before: int | None = None, limit: int
    ) -> tuple[list[Message], bool]:
        """At most `limit` lines with after < seq < before, ascending, and whether there are more that way.

        With `before` they are the last ones of that range, else the first.
        """
        wanted: dict[str, Any] = {"$gt": after} if before is None else {"$gt": after, "$lt": before}
        cursor = self._messages.find({"chat_id": chat_id, "seq": wanted}).sort("seq", 1 if before is None else -1)
        found = [Message.of(document) async for document in cursor.limit(limit + 1)]
        lines = sorted(found[:limit], key=lambda line: line.seq)
        return lines, len(found) > limit

    async def answer_and_question(self, chat_id: str) -> tuple[datetime | None, datetime | None]:
        """When an agent spoke last, and when the customer spoke first after that; None for what never was."""
        answer = await self._messages.find_one({"chat_id": chat_id, "side": "agent"}, sort=[("seq", -1)])
        after = {"chat_id": chat_id, "side": "customer", "seq": {"$gt": answer["seq"] if answer else 0}}
        question = await self._messages.find_one(after, sort=[("seq", 1)])
        return (answer["sent_at"] if answer else None, question["sent_at"] if question else None)

    async def has_spoken(self, chat_id: str, side: str, since: datetime) -> bool:
        """Whether this side has said something since then."""
        wanted = {"chat_id": chat_id, "side": side, "sent_at": {"$gte": since}}
        return await self._messages.find_one(wanted, {"_id": 1}, sort=[("seq", -1)]) is not None

    async def last_seq_at(self, chat_id: str, moment: datetime) -> int:
        """How far the log had come by then; 0 for one without lines."""
        wanted = {"chat_id": chat_id, "sent_at": {"$lte": moment}}
        last = await self._messages.find_one(wanted, {"seq": 1}, sort=[("seq", -1)])
        return int(last["seq"]) if last else 0

    async def marks_from(self, chat_id: str, seq: int) -> list[Mark]:
        """The marks that can speak of lines from `seq` on."""
        wanted = {"chat_id": chat_id, "side": {"$in": list(PEOPLE)}, "seq": {"$gte": seq}}
        return [Mark.of(document) async for document in self._marks.find(wanted)]

    async def line_of(self, chat_id: str, sender_id: str, client_id: str) -> Message | None:
        """The line that this sender stored under this client_id."""
        key = {"chat_id": chat_id, "sender_id": sender_id, "client_id": client_id}
        document = await self._messages.find_one(key)
        return Message.of(document) if document else None

    async def beginnings(self, chat_id: str) -> tuple[datetime | None, datetime | None]:
        """When the chat was first opened, and when an agent first said something; None: never."""
        wanted: list[dict[str, Any]] = [{"system.event": "opened"}, {"side": "agent"}]
        opened, answered = await asyncio.gather(
            *(
                self._messages.find_one({"chat_id": chat_id, **each}, {"sent_at": 1}, sort=[("seq", 1)])
                for each in wanted
            )
        )
        return opened and opened["sent_at"], answered and answered["sent_at"]

    async def until_handed_over(self, chat_id: str, agent_id: str) -> tuple[Message | None, Message | None]:
        """Of what this agent last had of the chat: the last line, by which it went, and the last that somebody said.

        None and None: it never had the chat.
        """
        came = [
            {"system.event": "opened", "system.agent.id": agent_id},
            {"system.event": "transferred", "system.to.id": agent_id},
        ]
        had = await self._messages.find_one({"chat_id": chat_id, "$or": came}, {"seq": 1}, sort=[("seq", -1)])
        if had is None:
            return None, None
        went = {
            "chat_id": chat_id,
            "seq": {"$gt": had["seq"]},
            "system.event": {"$in": ["opened", "transferred", "requeued"]},
        }
        gone = await self._messages.find_one(went, {"seq": 1}, sort=[("seq", 1)])
        until = {"chat_id": chat_id, "seq": {"$lte": (gone or had)["seq"]}}
        last, said = await asyncio.gather(
            *(self._messages.find_one(until | more, sort=[("seq", -1)]) for more in ({}, {"kind": {"$ne": "system"}}))
        )
        return Message.of(last) if last else None, Message.of(said) if said else None

    async def unread(self, read: dict[str, int], sides: list[str]) -> dict[str, int]:
        """For each chat id the number of lines that these sides said after the given seq."""
        ranges = [{"chat_id": chat_id, "seq": {"$gt": seq}} for chat_id, seq in read.items()]
        if not ranges:
            return {}
        wanted = {"$or": ranges, "side": {"$in": sides}, "kind": {"$ne": "system"}}
        rows = self._messages.aggregate([{"$match": wanted}, {"$group": {"_id": "$chat_id", "n": {"$sum": 1}}}])
        return {row["_id"]: row["n"] async for row in rows}

    async def move(self, chat_ids: list[str], from_sender: str, to_sender: str) -> None:
        """The lines of a guest become those of the customer it turned out to be, so that its resends are known.

        A line that the customer has sent again stands there twice: the guest's stays as it is.
        """
        change = {"$set": {"sender_id": to_sender, "sender.id": to_sender}}
        wanted = {"chat_id": {"$in": chat_ids}, "sender_id": from_sender}
        try:
            await self._messages.update_many(wanted, change)
        except DuplicateKeyError:
            async for line in self._messages.find(wanted, {"_id": 1}):
                with suppress(DuplicateKeyError):
                    await self._messages.update_one({"_id": line["_id"]}, change)

    async def _read_digests(self, chat_ids: list[str]) -> dict[str, Digest]:
        rows = self._chats.aggregate([{"$match": {"_id": {"$in": chat_ids}}}, *DIGEST])
        return {row["_id"]: _digest(row) async for row in rows}


def _digest(row: dict[str, Any]) -> Digest:
    chat = Chat.of(row)
    last = Message.of(row["last"][0]) if row["last"] else None
    closing = last if last and last.closing else None
    if closing and chat.status != "ended":  # the log is the truth; the document follows
        ending: dict[str, Any] = {name: (closing.system or {}).get(name) for name in ENDING}
        chat = replace(chat, status="ended", **ending)
    said = Message.of(row["said"][0]) if row["said"] else None
    seq, at = (last.seq, last.sent_at) if last else (0, None)
    return Digest(chat, seq, at, said, closing, tally_of(row))
