"""Seats: the set of an agent's chats in one document, so that one guarded update decides who gets a chat."""

from datetime import datetime
from typing import Any

from pymongo import ReturnDocument

from store.client import Database
from store.records import Seat

HAS_ROOM: dict[str, Any] = {"$expr": {"$lt": [{"$size": "$chats"}, "$max_chats"]}}


class Seats:
    def __init__(self, database: Database) -> None:
        self._seats = database.collections.seats

    async def open(self, agent_id: str, max_chats: int, departments: list[str]) -> None:
        """A seat for a new agent; an existing one is left as it is."""
        fresh = {
            "chosen": "offline",
            "max_chats": max_chats,
            "chats": [],
            "departments": departments,
            "connections": [],
            "last_assigned_at": None,
        }
        await self._seats.update_one({"_id": agent_id}, {"$setOnInsert": fresh}, upsert=True)

    async def find(self, agent_id: str) -> Seat | None:
        document = await self._seats.find_one({"_id": agent_id})
        return Seat.of(document) if document else None

    async def all(self) -> list[Seat]:
        return [Seat.of(document) async for document in self._seats.find().sort("_id", 1)]

    async def free(self) -> list[Seat]:
        """The seats that may be given a chat now: online, connected, with room."""
        wanted = {"chosen": "online", "connections": {"$ne": []}, **HAS_ROOM}
        return [Seat.of(document) async for document in self._seats.find(wanted)]

    async def take(self, agent_id: str, chat_id: str, now: datetime) -> bool:
        """Puts the chat into the seat if the agent is online and connected and it has room; whether that held."""
        held = await self._seats.update_one(
            {"_id": agent_id, "chosen": "online", "connections": {"$ne": []}, "chats": {"$ne": chat_id}, **HAS_ROOM},
            {"$push": {"chats": chat_id}, "$set": {"last_assigned_at": now}},
        )
        return bool(held.modified_count)

    async def give_back(self, agent_id: str, chat_id: str) -> bool:
        """Takes the chat out of the seat; whether it was in it."""
        held = await self._seats.update_one({"_id": agent_id, "chats": chat_id}, {"$pull": {"chats": chat_id}})
        return bool(held.modified_count)

    async def choose(self, agent_id: str, status: str, max_chats: int | None) -> Seat | None:
        """The agent's own choice of status and, if given, of its number of seats."""
        wanted: dict[str, Any] = {"chosen": status} | ({} if max_chats is None else {"max_chats": max_chats})
        return self._seat(await self._update(agent_id, {"$set": wanted}))

    async def arrange(self, agent_id: str, max_chats: int | None, departments: list[str] | None) -> Seat | None:
        """An admin's changes; None leaves one as it is. Chats beyond a smaller number stay."""
        given = {"max_chats": max_chats, "departments": departments}
        given = {name: value for name, value in given.items() if value is not None}
        return self._seat(await self._update(agent_id, {"$set": given})) if given else await self.find(agent_id)

    async def retire(self, agent_id: str) -> Seat | None:
        """The agent is offline until it chooses otherwise."""
        return self._seat(await self._update(agent_id, {"$set": {"chosen": "offline"}}))

    async def add_department_beside(self, name: str, other: str) -> None:
        """Whoever serves department `name` serves `other` too."""
        await self._seats.update_many({"departments": name}, {"$addToSet": {"departments": other}})

    async def drop_department_beside(self, name: str, other: str) -> None:
        """Whoever serves both does not serve `name` any more; a seat left without any would serve all."""
        await self._seats.update_many({"departments": {"$all": [name, other]}}, {"$pull": {"departments": name}})

    async def connect(self, agent_id: str, connection_id: str) -> Seat | None:
        return self._seat(await self._update(agent_id, {"$addToSet": {"connections": connection_id}}))

    async def disconnect(self, agent_id: str, connection_id: str) -> Seat | None:
        return self._seat(await self._update(agent_id, {"$pull": {"connections": connection_id}}))

    async def forget_connections(self) -> None:
        """At the start: no connection of an earlier process lives."""
        await self._seats.update_many({"connections": {"$ne": []}}, {"$set": {"connections": []}})

    async def _update(self, agent_id: str, change: dict[str, Any]) -> Any:
        return await self._seats.find_one_and_update({"_id": agent_id}, change, return_document=ReturnDocument.AFTER)

    @staticmethod
    def _seat(document: Any) -> Seat | None:
        return Seat.of(document) if document else None
