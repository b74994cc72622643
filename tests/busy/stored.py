"""What the database holds, as far as pages show it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from store.client import Database
from tests.busy.shown import Message


@dataclass
class StoredChat:
    """`customer` and `agent` are names; `is_left`: a left message, which holds no seat and no place."""

    id: str
    status: str
    customer: str
    agent_id: str | None
    agent: str | None
    is_left: bool
    document: dict[str, Any]
    lines: list[Message] = field(default_factory=list)
    sides: list[str] = field(default_factory=list)  # of the lines of people, in order
    notes: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)  # the lines with their times, for whoever looks into a failure

    @property
    def said(self) -> list[Message]:
        """The lines as pages show them: what it is about stands in front."""
        topic = self.document.get("topic")
        return [*([Message(topic)] if topic else []), *self.lines]

    @property
    def is_here(self) -> str:
        """As a row shows it: whether the desk knows a connection of its customer."""
        return "yes" if self.document.get("here") else "no"

    @property
    def owes(self) -> bool:
        """Whether its agent owes the answer."""
        return not self.sides or self.sides[-1] == "customer"


@dataclass
class Seat:
    max_chats: int
    chats: list[str]
    status: str


@dataclass
class Stored:
    chats: dict[str, StoredChat]
    seats: dict[str, Seat]
    names: dict[str, str]

    def of_customer(self, name: str) -> list[StoredChat]:
        """Its chats, the oldest first."""
        return [chat for chat in self.chats.values() if chat.customer == name]

    def of_agent(self, name: str) -> list[StoredChat]:
        return [chat for chat in self.chats.values() if chat.agent == name]

    def with_status(self, status: str) -> list[StoredChat]:
        return [chat for chat in self.chats.values() if chat.status == status]

    def stories_of(self, words: str) -> dict[str, Any]:
        """Of the chats that these words speak of, by id or by customer."""
        found = [chat for chat in self.chats.values() if chat.id in words or chat.customer in words]
        return {f"{chat.id} of {chat.customer}": [str(chat.document), *chat.story] for chat in found[-8:]}

    def seat_of(self, name: str) -> Seat:
        return next(seat for agent_id, seat in self.seats.items() if self.names.get(agent_id) == name)

    def held(self) -> dict[str, list[str]]:
        """Of each chat the agents in whose seats it is."""
        found = defaultdict(list)
        for agent_id, seat in self.seats.items():
            for chat_id in seat.chats:
                found[chat_id].append(agent_id)
        return found

    def place_of(self, chat: StoredChat) -> int:
        """From 1, among those who wait for the same department."""
        line = [
            each
            for each in self.with_status("queued")
            if not each.is_left and each.document.get("department") == chat.document.get("department")
        ]
        return sorted(line, key=_order).index(chat) + 1


class Reader:
    """Reads anew for whoever asks; those who ask while a read is under way share the next one."""

    def __init__(self, database: Database) -> None:
        self._found = database.collections
        self._reading = asyncio.Lock()
        self._next: asyncio.Future[Stored] | None = None
        self._closed: dict[str, StoredChat] = {}  # nothing follows the closing line: these logs are read once

    async def read(self) -> Stored:
        if self._next is None:
            self._next = asyncio.ensure_future(self._after_this_one())
        return await asyncio.shield(self._next)

    async def _after_this_one(self) -> Stored:
        async with self._reading:
            self._next = None
            return await self._read()

    async def _read(self) -> Stored:
        found = self._found
        names = {each["_id"]: each["name"] async for each in found.people.find({}, {"name": 1})}
        chats = {each["_id"]: _chat(each, names) async for each in found.chats.find({})}
        wanted = {"chat_id": {"$in": [each for each in chats if each not in self._closed]}}
        async for line in found.messages.find(wanted).sort([("chat_id", 1), ("seq", 1)]):
            chat = chats[line["chat_id"]]
            file = line.get("upload") or {}
            chat.lines.append(Message(line.get("body") or file.get("name", ""), line["kind"] == "system"))
            chat.story.append(_told(line))
            if line.get("side"):
                chat.sides.append(line["side"])
            if line.get("closing"):
                self._closed[chat.id] = chat
        for chat_id, closed in self._closed.items():
            chats[chat_id].lines, chats[chat_id].sides = closed.lines, closed.sides
            chats[chat_id].story = closed.story
        async for note in found.notes.find({}).sort([("at", 1), ("_id", 1)]):
            if note["chat_id"] in chats:
                chats[note["chat_id"]].notes.append(note["body"])
        seats = {each["_id"]: _seat(each) async for each in found.seats.find({})}
        return Stored(chats, seats, names)


def _order(chat: StoredChat) -> Any:
    return -chat.document["priority"], not chat.document["returned"], chat.document["queued_at"], chat.id


def _chat(document: dict[str, Any], names: dict[str, str]) -> StoredChat:
    status = document["status"]
    agent_id = document.get("last_agent_id") if status == "ended" else document.get("agent_id")
    return StoredChat(
        id=document["_id"],
        status=status,
        customer=names.get(document["customer_id"], "?"),
        agent_id=agent_id,
        agent=names.get(agent_id) if agent_id else None,
        is_left=bool(document.get("offline")),
        document=document,
    )


def _told(line: dict[str, Any]) -> str:
    system = line.get("system") or {}
    names = [str((system.get(each) or {}).get("name", "")) for each in ("from", "to", "agent")]
    what = [system.get("event") or line.get("side") or "", *names, line.get("body") or ""]
    return f"{line['sent_at']:%H:%M:%S.%f} {line['seq']} {' '.join(filter(None, what))}"


def _seat(document: dict[str, Any]) -> Seat:
    is_there = bool(document["connections"]) or document["offline_at"] is not None
    return Seat(document["max_chats"], document["chats"], document["chosen"] if is_there else "offline")
