"""The queue: the chats that wait. A queued chat is the queue's entry; there is no second table that could drift."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.chats import CHATS
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


IN_QUEUE = {"status": "queued", "offline": False}
LIVE = {"offline": False, "was_live": True}  # set together: what was live at any time counts as a chat, not as left
FIRST_FROM_QUEUE = {"$and": [{"$not": "$offline"}, {"$not": {"$ifNull": ["$opened_at", None]}}]}
GONE = {"$eq": [{"$ifNull": ["$here", []]}, []]}


def while_gone(at: datetime | None) -> dict[str, Any]:
    """An expression: this deadline for a chat whose customer has no connection, else none."""
    return {"$cond": [GONE, at, None]}


def since_gone(away_at: datetime | None, now: datetime) -> dict[str, Any]:
    """The same for a time to come back that began when the last connection went, whoever had the chat since: `away_at` is
    the deadline of one who goes now.
    """
    gone_for = {"$subtract": [now, {"$ifNull": ["$gone_at", now]}]}
    return {"$cond": [GONE, {"$subtract": [away_at, gone_for]}, None]} if away_at else {"$literal": None}


class Queue:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)

    async def in_order(self, limit: int = 0) -> list[Waiting]:
        """Those who wait, in the order in which they will be served: one ordered read, of the index alone."""
        fields = {"customer_id": 1, "department": 1, "queued_at": 1}
        cursor = self._chats.find(IN_QUEUE, fields).sort(ORDER).limit(limit)
        return [Waiting.of(document) for document in await cursor.to_list(None)]

    async def all(
        self, limit: int = 0, offline: bool | None = None, departments: Iterable[str] | None = None
    ) -> list[Chat]:
        """The waiting chats in the order of service, behind them the left messages; `offline`: only these, or only those.

        Of these departments and of none, or of all.
        """
        wanted = {"status": "queued"} | ({} if offline is None else {"offline": offline}) | of_departments(departments)
        found = self._chats.find(wanted).sort([("offline", 1), *ORDER] if offline is None else ORDER).limit(limit)
        return [Chat.of(document) async for document in found]

    async def next(self, departments: Iterable[str] | None, but: Iterable[str] = ()) -> Chat | None:
        """The chat to be served next, of these departments or of none; of any when `departments` is None; none of `but`."""
        wanted: dict[str, Any] = dict(IN_QUEUE)
        if passed_over := list(but):
            wanted["_id"] = {"$nin": passed_over}
        document = await self._chats.find_one(wanted | of_departments(departments), sort=ORDER)
        return Chat.of(document) if document else None

    async def ahead_of(self, chat: Chat) -> int:
        """How many of the same department come before this chat."""
        place: list[dict[str, Any]] = []
        same: dict[str, Any] = {}
        for name, direction in ORDER:
            value = chat.id if name == "_id" else getattr(chat, name)
            place.append({**same, name: {"$gt" if direction < 0 else "$lt": value}})
            same[name] = value
        return int(await self._chats.count_documents({**IN_QUEUE, "department": chat.department, "$or": place}))

    async def length(self, **wanted: Any) -> int:
        return int(await self._chats.count_documents({**IN_QUEUE, **wanted}))

    async def waiting(self, departments: Iterable[str] | None) -> tuple[int, datetime | None]:
        """How many wait, of these departments and of none or of all; and since when the one who has waited longest does."""
        wanted = IN_QUEUE | of_departments(departments)
        document = await self._chats.find_one(wanted, {"queued_at": 1}, sort=[("queued_at", 1)])
        return (int(await self._chats.count_documents(wanted)), document["queued_at"]) if document else (0, None)

    async def claim_if_queued(  # noqa: PLR0913  what is written of it
        self,
        chat_id: str,
        agent_id: str,
        now: datetime,
        because: dict[str, Any],
        event: dict[str, Any],
        *,
        offline: bool = False,
        department: str | None = None,
        away_at: datetime | None = None,
        **deadlines: datetime | None,
    ) -> Chat | None:
        """Opens a waiting chat for this agent; None when it does not wait, or an event of it is still to be told.

        The seat must be taken first; a left message (`offline`) takes none. `away_at` is for a customer who has lost its
        connection now.
        """
        claim = {
            **given_to(agent_id, now, because, event),
            "status": "open",
            "opened_at": {"$ifNull": ["$opened_at", now]},
            "waited_from": {"$cond": [FIRST_FROM_QUEUE, "$queued_at", "$waited_from"]},
            "abandon_at": None,
            "away_at": since_gone(away_at, now),
            "warned": False,
            **deadlines,
        }
        of = {"offline": offline, "department": department}  # as it was read, or another agent might be the one for it
        wanted = {"_id": chat_id, "status": "queued", "untold": None, **of}
        return await self._if(wanted, [{"$set": claim}])

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
        return await self._if(held_as(chat), [{"$set": {**given_to(to_agent, now, because, event), **deadlines}}])

    async def return_if_held(
        self, chat: Chat, now: datetime, abandon_at: datetime, event: dict[str, Any], **change: Any
    ) -> Chat | None:
        """Puts an open chat back into the queue, before those who never had an agent; None when it has moved on since it
        was read, to the same agent again too.

        Its clocks stop. Its customer has until `abandon_at` to come back if it has no connection now; a left message stays
        one.
        """
        waiting = {
            "status": "queued",
            "agent_id": None,
            "returned": True,
            "preferred_agent_id": None,
            "idle_at": None,
            "warned": False,
            "reply_at": None,
            "away_at": None,
            "untold": pending_event(event, now),
            "abandon_at": None if chat.offline else while_gone(abandon_at),
            **{name: {"$literal": value} for name, value in change.items()},
        }
        return await self._if(held_as(chat), [{"$set": waiting}])

    async def with_overdue_event(self, before: datetime) -> list[Chat]:
        """Chats whose `untold` event happened before then: a crash came between the change and the telling."""
        wanted = {"untold.at": {"$lt": before, "$type": "date"}}
        return [Chat.of(document) async for document in self._chats.find(wanted)]

    async def clear_event_if_still(self, chat_id: str, key: str) -> None:
        await self._chats.update_one({"_id": chat_id, "untold.key": key}, {"$unset": {"untold": ""}})

    async def prioritise_if_unended(self, chat_id: str, priority: int) -> Chat | None:
        return await self._if({"_id": chat_id, "unended": True}, [{"$set": {"priority": priority}}])

    async def _if(self, wanted: dict[str, Any], change: list[dict[str, Any]]) -> Chat | None:
        document = await self._chats.find_one_and_update(wanted, change, return_document=True)
        return Chat.of(document) if document else None


def of_departments(departments: Iterable[str] | None) -> dict[str, Any]:
    """A condition: the chat is of one of these departments or of none; of any when `departments` is None."""
    return {} if departments is None else {"department": {"$in": [None, *departments]}}


def given_to(agent_id: str, now: datetime, because: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """What is written of a chat that this agent gets."""
    return {
        "agent_id": agent_id,
        "last_agent_id": agent_id,
        "beyond_wall": "$$REMOVE",
        "served_by": {"$setUnion": [{"$ifNull": ["$served_by", []]}, [agent_id]]},
        "assigned_at": now,
        "assigned_because": {"$literal": because},
        "untold": pending_event(event, now),
    }


def held_as(chat: Chat) -> dict[str, Any]:
    """A condition: the chat is still with the agent, and since the moment, with which it was read, in a seat or in none."""
    since = {"agent_id": chat.agent_id, "assigned_at": chat.assigned_at}
    return {"_id": chat.id, "status": "open", "offline": chat.offline, **since}


def pending_event(event: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The value of `untold`, written with the change: an event that is still to be told.

    By its `key` the log keeps one message of it, however often it is told.
    """
    return {"$literal": {**event, "key": f"{event['event']}@{now.isoformat()}", "at": now}}
