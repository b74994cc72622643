"""The queue: the chats that wait. A queued chat is the queue's entry; there is no second table that could drift."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.client import Database
from store.records import Chat, Record

ORDER = [("priority", -1), ("returned", -1), ("queued_at", 1), ("_id", 1)]


@dataclass(frozen=True, slots=True)
class Waiting(Record):
    """One who waits, as far as places need it."""

    id: str
    customer_id: str
    department: str | None
    queued_at: datetime


IN_LINE = {"status": "queued", "offline": False}
LIVE = {"offline": False, "was_live": True}  # set together: what was live at any time counts as a chat, not as left
FIRST_FROM_THE_LINE = {"$and": [{"$not": "$offline"}, {"$not": {"$ifNull": ["$opened_at", None]}}]}
GONE = {"$eq": [{"$ifNull": ["$here", []]}, []]}


class Queue:
    def __init__(self, database: Database) -> None:
        self._chats = database.chats

    async def line(self, limit: int = 0) -> list[Waiting]:
        """Those who wait, in the order in which they will be served: one ordered read, of the index alone."""
        fields = {"customer_id": 1, "department": 1, "queued_at": 1}
        cursor = self._chats.find(IN_LINE, fields).sort(ORDER).limit(limit)
        return [Waiting.of(document) for document in await cursor.to_list(None)]

    async def all(self, limit: int = 0, offline: bool | None = None) -> list[Chat]:
        """The waiting chats in the order of service, behind them the left messages; `offline`: only these, or only those."""
        wanted = {"status": "queued"} | ({} if offline is None else {"offline": offline})
        found = self._chats.find(wanted).sort([("offline", 1), *ORDER] if offline is None else ORDER).limit(limit)
        return [Chat.of(document) async for document in found]

    async def next(self, departments: Iterable[str] | None, but: Iterable[str] = ()) -> Chat | None:
        """The chat to be served next, of these departments or of none; of any when `departments` is None; none of `but`."""
        wanted: dict[str, Any] = dict(IN_LINE)
        if passed_over := list(but):
            wanted["_id"] = {"$nin": passed_over}
        if departments is not None:
            wanted["department"] = {"$in": [None, *departments]}
        document = await self._chats.find_one(wanted, sort=ORDER)
        return Chat.of(document) if document else None

    async def ahead_of(self, chat: Chat) -> int:
        """How many of the same department come before this chat."""
        place: list[dict[str, Any]] = []
        same: dict[str, Any] = {}
        for name, direction in ORDER:
            value = chat.id if name == "_id" else getattr(chat, name)
            place.append({**same, name: {"$gt" if direction < 0 else "$lt": value}})
            same[name] = value
        return int(await self._chats.count_documents({**IN_LINE, "department": chat.department, "$or": place}))

    async def length(self, **wanted: Any) -> int:
        return int(await self._chats.count_documents({**IN_LINE, **wanted}))

    async def oldest_queued_at(self) -> datetime | None:
        """Since when the one who has waited longest waits; None when nobody does."""
        document = await self._chats.find_one(IN_LINE, {"queued_at": 1}, sort=[("queued_at", 1)])
        return document["queued_at"] if document else None

    async def claim_if_queued(
        self,
        chat_id: str,
        agent_id: str,
        now: datetime,
        because: dict[str, Any],
        event: dict[str, Any],
        **deadlines: datetime | None,
    ) -> Chat | None:
        """Opens a waiting chat for this agent; None when it does not wait, or has something untold. The seat must be taken
        first.
        """
        claim = {
            "status": "open",
            "agent_id": agent_id,
            "last_agent_id": agent_id,
            "served_by": {"$setUnion": [{"$ifNull": ["$served_by", []]}, [agent_id]]},
            "opened_at": {"$ifNull": ["$opened_at", now]},
            "waited_from": {"$cond": [FIRST_FROM_THE_LINE, "$queued_at", "$waited_from"]},
            "assigned_at": now,
            "assigned_because": {"$literal": because},
            "untold": untold(event, now),
            "abandon_at": None,
            "warned": False,
            **deadlines,
        }
        return await self._if({"_id": chat_id, "status": "queued", "untold": None}, [{"$set": claim}])

    async def hand_over_if_held(
        self,
        chat: Chat,
        to_agent: str,
        now: datetime,
        because: dict[str, Any],
        event: dict[str, Any],
        **deadlines: datetime | None,
    ) -> Chat | None:
        """Gives an open chat to a colleague, whose seat must be taken first; None when it has moved on since it was read."""
        claim = {
            "agent_id": to_agent,
            "last_agent_id": to_agent,
            "served_by": {"$setUnion": [{"$ifNull": ["$served_by", []]}, [to_agent]]},
            "assigned_at": now,
            "assigned_because": {"$literal": because},
            "untold": untold(event, now),
            **deadlines,
        }
        return await self._if(held_as(chat), [{"$set": claim}])

    async def return_if_held(
        self, chat: Chat, now: datetime, abandon_at: datetime, event: dict[str, Any], **change: Any
    ) -> Chat | None:
        """Puts an open chat back into the queue, before those who never had an agent; None when it has moved on since it
        was read, to the same agent again too.

        Its clocks stop. Its customer has until `abandon_at` to come back if it has no connection now. A left message stays
        one while its customer is away, else it takes a place from now on.
        """
        stays_message = {"$and": ["$offline", GONE]}
        waiting = {
            "status": "queued",
            "offline": stays_message,
            "was_live": {"$or": ["$was_live", {"$not": stays_message}]},
            "queued_at": {"$cond": [{"$and": ["$offline", {"$not": GONE}]}, now, "$queued_at"]},
            "agent_id": None,
            "returned": True,
            "preferred_agent_id": None,
            "idle_at": None,
            "warned": False,
            "reply_at": None,
            "untold": untold(event, now),
            "abandon_at": {"$cond": [{"$and": [GONE, {"$not": stays_message}]}, abandon_at, None]},
            **{name: {"$literal": value} for name, value in change.items()},
        }
        return await self._if(held_as(chat), [{"$set": waiting}])

    async def leave_message_if_queued(self, chat_id: str) -> Chat | None:
        """A waiting chat gives up its place and becomes a left message; None when it did not wait in line any more."""
        return await self._if({"_id": chat_id, **IN_LINE}, [{"$set": {"offline": True, "abandon_at": None}}])

    async def line_up_if_left(self, chat_id: str, now: datetime) -> Chat | None:
        """A left message whose customer asks for a chat takes a place, the last one; None when it was none any more."""
        wanted = {"_id": chat_id, "status": "queued", "offline": True}
        return await self._if(wanted, [{"$set": {**LIVE, "queued_at": now}}])

    async def untold(self, before: datetime) -> list[Chat]:
        """Chats of which something that happened before then has not been told: a crash came between."""
        wanted = {"untold.at": {"$lt": before, "$type": "date"}}
        return [Chat.of(document) async for document in self._chats.find(wanted)]

    async def told_if_still(self, chat_id: str, key: str) -> None:
        await self._chats.update_one({"_id": chat_id, "untold.key": key}, {"$unset": {"untold": ""}})

    async def prioritise_if_unended(self, chat_id: str, priority: int) -> Chat | None:
        return await self._if({"_id": chat_id, "unended": True}, [{"$set": {"priority": priority}}])

    async def _if(self, wanted: dict[str, Any], change: list[dict[str, Any]]) -> Chat | None:
        document = await self._chats.find_one_and_update(wanted, change, return_document=True)
        return Chat.of(document) if document else None


def held_as(chat: Chat) -> dict[str, Any]:
    """A condition: the chat is still with the agent, and since the moment, with which it was read."""
    return {"_id": chat.id, "status": "open", "agent_id": chat.agent_id, "assigned_at": chat.assigned_at}


def untold(event: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What is to be told of a deed, kept with it: `key` lets its line be stored once, however often it is told."""
    return {"$literal": {**event, "key": f"{event['event']}@{now.isoformat()}", "at": now}}
