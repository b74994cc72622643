"""What admins change about seats."""

from typing import Any

from pymongo import ReturnDocument

from store.client import Database
from store.records import Seat


class SeatArrangements:
    def __init__(self, database: Database) -> None:
        self._seats = database.collections.seats

    async def arrange(self, agent_id: str, max_chats: int | None, departments: list[str] | None) -> Seat | None:
        """An admin's changes; None leaves one as it is. Chats beyond a smaller number stay."""
        given = {"max_chats": max_chats, "departments": departments}
        given = {name: value for name, value in given.items() if value is not None}
        return await self._update(agent_id, given)

    async def retire(self, agent_id: str) -> Seat | None:
        """The agent is offline until it chooses otherwise."""
        return await self._update(agent_id, {"chosen": "offline"})

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
