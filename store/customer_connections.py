"""Where customers are connected: noted as `process/connection` in the document of their unended chat."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.chats import CHATS
from store.client import Database
from store.memberships import of_link


def without(field: str, connection_id: str) -> dict[str, Any]:
    """An expression: the connections of `field` but for this one."""
    return {"$filter": {"input": {"$ifNull": [field, []]}, "cond": {"$ne": ["$$this", connection_id]}}}


def without_process(field: str, process_id: str) -> dict[str, Any]:
    """An expression: the connections of `field` that are not of this process."""
    prefix = f"{process_id}/"
    of_process = {"$eq": [{"$substrCP": ["$$this", 0, len(prefix)]}, prefix]}
    return {"$filter": {"input": {"$ifNull": [field, []]}, "cond": {"$not": of_process}}}


def some_of_process(process_id: str) -> dict[str, Any]:
    """A condition: at least one connection is of this process."""
    return {"$regex": f"^{process_id}/"}


def of_process(names: list[str], process_id: str) -> list[str]:
    return [name for name in names if name.startswith(f"{process_id}/")]


GONE = {"$eq": ["$here", []]}
WAITS = {"$and": [GONE, {"$eq": ["$status", "queued"]}, {"$not": "$offline"}]}
TALKS = {"$and": [GONE, {"$eq": ["$status", "open"]}, {"$not": "$offline"}]}


@dataclass(frozen=True)
class Going:
    """A connection goes `now`. A customer who has no other may come back until `abandon_at` if it waits, until `away_at` if its
    chat is open; what it has not read by `unread_at` is mailed to it.
    """

    now: datetime
    abandon_at: datetime
    away_at: datetime | None
    unread_at: datetime | None


class CustomerConnections:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)

    async def arrive(self, customer_id: str, connection_id: str, *, only_chat: str | None = None) -> bool:
        """Notes a connection of the customer, which does not have to come back any more; whether its chat is a message that
        it left by being away. One by a link to `only_chat` is there for that and what continues it.
        """
        wanted: dict[str, Any] = {"customer_id": customer_id, "unended": True} | of_link(only_chat)
        change = {
            "$addToSet": {"here": connection_id},
            "$set": {"abandon_at": None, "away_at": None, "gone_at": None, "unread_at": None},
        }
        shown = {"offline": 1, "left_by_absence": 1}
        chat = await self._chats.find_one_and_update(wanted, change, shown)
        return bool(chat and chat["offline"] and chat.get("left_by_absence"))

    async def leave(self, connection_id: str, going: Going) -> None:
        """Takes the connection away, whose chat it may be by now."""
        wanted = {"unended": True, "here": connection_id}
        await self._chats.update_one(wanted, leave(without("$here", connection_id), going))

    async def forget_process(self, process_id: str, going: Going) -> None:
        """No connection of this process lives any more."""
        wanted = {"unended": True, "here": some_of_process(process_id)}
        await self._chats.update_many(wanted, leave(without_process("$here", process_id), going))

    async def noted_for(self, process_id: str) -> list[tuple[str, str]]:
        """(customer, connection) of this process."""
        chats = self._chats.find({"unended": True, "here": some_of_process(process_id)}, {"customer_id": 1, "here": 1})
        return [(chat["customer_id"], name) async for chat in chats for name in of_process(chat["here"], process_id)]


def leave(left: dict[str, Any], going: Going) -> list[dict[str, Any]]:
    """One update: the connections that are left, and when there are none since when, and the deadlines."""
    deadlines = {
        "gone_at": {"$cond": [GONE, going.now, None]},
        "abandon_at": {"$cond": [WAITS, going.abandon_at, "$abandon_at"]},
        "away_at": {"$cond": [TALKS, going.away_at, "$away_at"]},
        "unread_at": {"$cond": [GONE, going.unread_at, "$unread_at"]},
    }
    return [{"$set": {"here": left}}, {"$set": deadlines}]
