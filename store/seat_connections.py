"""Where agents are connected, in their seats; the grace of one who is not, and its end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.client import Database
from store.customer_connections import of_process, some_of_process, without, without_process
from store.records import Seat
from store.seats import SEATS


@dataclass(frozen=True)
class GraceEnd:
    """When an agent without a connection is offline; `by_push`: one whom pushes reach."""

    at: datetime
    by_push: datetime


class SeatLeases:
    def __init__(self, database: Database) -> None:
        self._seats = database.collection(SEATS)

    async def connect(self, agent_id: str, connection_id: str) -> bool | None:
        """Notes the connection; whether the agent was there (or within its grace) before. None: it has no seat."""
        change = {"$addToSet": {"connections": connection_id}, "$set": {"offline_at": None}}
        before = await self._seats.find_one_and_update({"_id": agent_id}, change)
        return None if before is None else Seat.of(before).is_there

    async def disconnect(self, agent_id: str, connection_id: str, end: GraceEnd) -> None:
        """Takes the connection away; without another one the agent is offline at the end of its grace."""
        left = without("$connections", connection_id)
        await self._seats.update_one({"_id": agent_id, "connections": connection_id}, leave(left, end))

    async def forget_process(self, process_id: str, end: GraceEnd) -> None:
        """No connection of this process lives any more."""
        left = without_process("$connections", process_id)
        await self._seats.update_many({"connections": some_of_process(process_id)}, leave(left, end))

    async def noted_for(self, process_id: str) -> list[tuple[str, str]]:
        """(agent, connection) of this process."""
        seats = self._seats.find({"connections": some_of_process(process_id)})
        return [(seat["_id"], name) async for seat in seats for name in of_process(seat["connections"], process_id)]

    async def give_grace(self, end: GraceEnd) -> None:
        """Whoever is within its grace has it until `end` at least: the desk itself was away."""
        for reached, until in ((True, end.by_push), ({"$ne": True}, end.at)):
            wanted = {"offline_at": {"$lt": until, "$ne": None}, "hears_pushes": reached}
            await self._seats.update_many(wanted, {"$set": {"offline_at": until}})

    async def due_offline(self, now: datetime) -> list[Seat]:
        """Those whose grace is over, and those whose leaving was cut off in its middle."""
        wanted = {"$or": [{"offline_at": {"$lte": now, "$ne": None}}, {"leaving": True}]}
        return [Seat.of(document) async for document in self._seats.find(wanted)]

    async def begin_leaving(self, agent_id: str, now: datetime) -> bool:
        """The grace is over: from now on offline. Whether this call was the one that said so."""
        held = await self._seats.update_one(
            {"_id": agent_id, "connections": [], "offline_at": {"$lte": now, "$ne": None}},
            {"$set": {"offline_at": None, "leaving": True}},
        )
        return bool(held.modified_count)

    async def end_leaving(self, agent_id: str) -> None:
        """Its chats have returned to the queue."""
        await self._seats.update_one({"_id": agent_id}, {"$set": {"leaving": False}})


def leave(left: dict[str, Any], end: GraceEnd) -> list[dict[str, Any]]:
    """One update: the connections that are left, and when there are none the deadline until which one may come back."""
    until = {"$cond": [{"$eq": ["$hears_pushes", True]}, end.by_push, end.at]}
    deadline = {"$cond": [{"$eq": ["$connections", []]}, until, "$offline_at"]}
    return [{"$set": {"connections": left}}, {"$set": {"offline_at": deadline}}]


class ReachableSeats:
    """The same documents: whom pushes reach, where that gives a longer grace."""

    def __init__(self, database: Database) -> None:
        self._seats = database.collection(SEATS)

    async def add(self, agent_id: str) -> None:
        await self._seats.update_one({"_id": agent_id}, {"$set": {"hears_pushes": True}})

    async def remove(self, agent_id: str, offline_at: datetime) -> bool:
        """Pushes do not reach it any more; whether they did. If it has no connection, it is offline then."""
        wanted = {"_id": agent_id, "hears_pushes": True}
        return bool((await self._seats.update_one(wanted, unreachable(offline_at))).modified_count)

    async def set(self, agent_ids: list[str], offline_at: datetime) -> None:
        """Pushes reach these and nobody else."""
        await self._seats.update_many({"_id": {"$in": agent_ids}}, {"$set": {"hears_pushes": True}})
        others = {"_id": {"$nin": agent_ids}, "hears_pushes": True}
        await self._seats.update_many(others, unreachable(offline_at))


def unreachable(offline_at: datetime) -> list[dict[str, Any]]:
    deadline = {"$cond": ["$offline_at", {"$min": ["$offline_at", offline_at]}, None]}
    return [{"$set": {"hears_pushes": False, "offline_at": deadline}}]
