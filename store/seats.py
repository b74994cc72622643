"""Seats: the set of an agent's chats in one document, so that one guarded update decides who gets a chat."""

from datetime import datetime
from typing import Any

from pymongo import ASCENDING as UP
from pymongo import IndexModel, ReturnDocument

from store.client import Database
from store.collections import Collection, Kept, Replay
from store.customer_data import NoCustomers
from store.records import Seat

CONNECTED: dict[str, Any] = {"connections": {"$ne": []}, "leaving": False}
PRESENT: dict[str, Any] = {"chosen": "online", **CONNECTED}
GIVEN: dict[str, Any] = {"$ifNull": ["$seats_given", "$max_chats"]}
HAS_ROOM: dict[str, Any] = {"$expr": {"$lt": [{"$size": "$chats"}, "$max_chats"]}}


SEATS = Collection(
    name="seats",
    record=Seat,
    indexes=(
        IndexModel([("offline_at", UP)], name="offline_at", partialFilterExpression={"offline_at": {"$type": "date"}}),
    ),
    retention=Kept("an agent's, as long as its account"),
    replay=Replay.STATE,
    personal=(),
    customers=NoCustomers("agents, and ids of chats"),
    remembered=False,
)


class Seats:
    def __init__(self, database: Database) -> None:
        self._seats = database.collection(SEATS)

    async def open(self, agent_id: str, max_chats: int, departments: list[str]) -> None:
        """A seat for a new agent; an existing one is left as it is."""
        fresh = {
            "chosen": "offline",
            "max_chats": max_chats,
            "seats_given": max_chats,
            "chats": [],
            "departments": departments,
            "connections": [],
            "offline_at": None,
            "leaving": False,
            "last_assigned_at": None,
        }
        await self._seats.update_one({"_id": agent_id}, {"$setOnInsert": fresh}, upsert=True)

    async def find(self, agent_id: str) -> Seat | None:
        document = await self._seats.find_one({"_id": agent_id})
        return Seat.of(document) if document else None

    async def remove(self, agent_id: str) -> None:
        """With the account of one who has left."""
        await self._seats.delete_one({"_id": agent_id})

    async def all(self) -> list[Seat]:
        return [Seat.of(document) async for document in self._seats.find().sort("_id", 1)]

    async def free(self) -> list[Seat]:
        """The seats that may be given a chat now: online, connected, with room."""
        return [Seat.of(document) async for document in self._seats.find(PRESENT | HAS_ROOM)]

    async def take(self, agent_id: str, chat_id: str, now: datetime) -> bool:
        """Puts the chat into the seat if the agent is online and connected and it has room; whether that held."""
        return await self._take({"_id": agent_id, **PRESENT}, chat_id, now)

    async def take_by_hand(self, agent_id: str, chat_id: str, now: datetime) -> bool:
        """As `take`, for an agent who picks the chat: it may be away."""
        return await self._take({"_id": agent_id, **CONNECTED}, chat_id, now)

    async def _take(self, wanted: dict[str, Any], chat_id: str, now: datetime) -> bool:
        held = await self._seats.update_one(
            {**wanted, "chats": {"$ne": chat_id}, **HAS_ROOM},
            {"$push": {"chats": chat_id}, "$set": {"last_assigned_at": now}},
        )
        return bool(held.modified_count)

    async def give_back(self, agent_id: str, chat_id: str) -> bool:
        """Takes the chat out of the seat; whether it was in it."""
        held = await self._seats.update_one({"_id": agent_id, "chats": chat_id}, {"$pull": {"chats": chat_id}})
        return bool(held.modified_count)

    async def choose_if_allowed(self, agent_id: str, status: str, max_chats: int | None) -> Seat | None:
        """The agent's own choice of status and, if given, of its number of seats; None when an admin gave it fewer."""
        wanted: dict[str, Any] = {"_id": agent_id}
        chosen: dict[str, Any] = {"chosen": status}
        if max_chats is not None:
            wanted["$expr"] = {"$lte": [max_chats, GIVEN]}
            chosen |= {"max_chats": max_chats, "seats_given": GIVEN}
        document = await self._seats.find_one_and_update(
            wanted, [{"$set": chosen}], return_document=ReturnDocument.AFTER
        )
        return Seat.of(document) if document else None


class SeatSettings:
    def __init__(self, database: Database) -> None:
        self._seats = database.collection(SEATS)

    async def arrange(self, agent_id: str, max_chats: int | None, departments: list[str] | None) -> Seat | None:
        """An admin's changes; None leaves one as it is. Chats beyond a smaller number stay."""
        given = {"max_chats": max_chats, "seats_given": max_chats, "departments": departments}
        given = {name: value for name, value in given.items() if value is not None}
        return await self._update(agent_id, given)

    async def retire(self, agent_id: str) -> Seat | None:
        """The agent is offline until it chooses otherwise, and takes no chat, by hand either, until those it has returned."""
        return await self._update(agent_id, {"chosen": "offline", "leaving": True})

    async def add_department_beside(self, name: str, other: str) -> None:
        """Whoever serves department `name` serves `other` too."""
        await self._seats.update_many({"departments": name}, {"$addToSet": {"departments": other}})

    async def drop_department_beside(self, name: str, other: str) -> list[str]:
        """Whoever serves both does not serve `name` any more; a seat left without any would serve all. Who serves `other`."""
        await self._seats.update_many({"departments": {"$all": [name, other]}}, {"$pull": {"departments": name}})
        return [seat["_id"] async for seat in self._seats.find({"departments": other}, {"_id": 1})]

    async def _update(self, agent_id: str, given: dict[str, Any]) -> Seat | None:
        document = await self._seats.find_one_and_update(
            {"_id": agent_id}, {"$set": {"_id": agent_id, **given}}, return_document=ReturnDocument.AFTER
        )
        return Seat.of(document) if document else None
