"""The truth: what the database holds, read once everybody is quiet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from store.client import Database
from tests.faults.journal import Held


@dataclass(slots=True)
class StoredChat:
    """`keys`: sender and client_id of each line, the desk's own lines too. `closings`: the seqs of closing lines.

    `marks`: the furthest by (side, kind).
    """

    status: str
    customer_id: str
    agent_id: str | None
    lines: list[Held] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)
    closings: list[int] = field(default_factory=list)
    marks: dict[tuple[str, str], int] = field(default_factory=dict)


@dataclass(slots=True)
class Stored:
    chats: dict[str, StoredChat]
    seats: dict[str, tuple[int, list[str]]]  # by agent: how many chats it may have, and those it has

    @classmethod
    async def read(cls, database: Database) -> Stored:
        found = database.collections
        chats = {
            str(chat["_id"]): StoredChat(chat["status"], chat["customer_id"], chat.get("agent_id"))
            async for chat in found.chats.find({})
        }
        async for line in found.messages.find({}).sort([("chat_id", 1), ("seq", 1)]):
            chat = chats.setdefault(line["chat_id"], StoredChat("missing", "", None))
            chat.lines.append(_held(line))
            chat.keys.append((line.get("sender_id") or "", line.get("client_id") or f"none, seq {line['seq']}"))
            if line.get("closing"):
                chat.closings.append(line["seq"])
        async for mark in found.marks.find({"side": {"$in": ["customer", "agent"]}}):
            marks, key = chats[mark["chat_id"]].marks, (mark["side"], mark["kind"])
            marks[key] = max(mark["seq"], marks.get(key, 0))
        seats = {
            seat["_id"]: (seat["max_chats"], [str(each) for each in seat["chats"]])
            async for seat in found.seats.find({})
        }
        return cls(chats, seats)


def _held(line: dict[str, Any]) -> Held:
    what = line["system"]["event"] if line.get("system") else line["kind"]
    sender_id = line.get("sender_id") or ""
    client_id = line["client_id"] if sender_id else ""  # a system line's is the desk's own
    return line["seq"], sender_id, client_id, line.get("body") or "", what
