"""Chats: each method names the state it demands and says whether it held."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from store.batches.group_read import GroupRead
from store.client import Database
from store.collections import Collection, Replay, Stripped
from store.customer_data import KeepsName, OfCustomers, Reduced, of_its_chats
from store.paging import read_page
from store.records import Chat

ENDING = ("ended_at", "ended_reason", "ended_by", "ended_type", "ended_comment")
SAID_ONCE = ("greet_at", "first_answer_at")
NOTHING_DUE: dict[str, Any] = {
    **dict.fromkeys(("abandon_at", "away_at", "gone_at", "idle_at", "ending_until", "reply_at", *SAID_ONCE)),
    "here": [], "warned": False,
}  # fmt: skip

WITHOUT_WORDS: dict[str, object] = {
    **dict.fromkeys(("topic", "form", "page_url", "ended_comment", "assigned_because")), "tags": [],
}  # fmt: skip
SCORE = {"$cond": [{"$ifNull": ["$rating", False]}, {"$mergeObjects": ["$rating", {"comment": None}]}, "$$REMOVE"]}
FIGURES = (  # what reports and the desk's own order are made of
    *(
        "_id",
        "status",
        "customer_id",
        "agent_id",
        "last_agent_id",
        "beyond_wall",
        "served_by",
        "department",
        "continues",
        "priority",
    ),
    *("created_at", "queued_at", "opened_at", "assigned_at", "waited_from", "live_at", "returned", "figures"),
    *("ended_at", "ended_reason", "ended_by", "ended_type", "offline", "was_live", "was_left", "left_by_absence"),
)


CHATS = Collection(
    name="chats",
    record=Chat,
    indexes=(
        # A customer has at most one unended chat, whatever races.
        IndexModel(
            [("customer_id", UP)], name="unended_of_customer", unique=True, partialFilterExpression={"unended": True}
        ),
        IndexModel([("agent_id", UP)], name="unended_of_agent", partialFilterExpression={"unended": True}),
        IndexModel([("here", UP)], name="here", partialFilterExpression={"unended": True}),
        # The queue's order (docs/PROTOCOL.md): priority, then returned chats, then the first queued_at; the rest is for places.
        IndexModel(
            [
                ("priority", DOWN),
                ("returned", DOWN),
                ("queued_at", UP),
                ("_id", UP),
                ("department", UP),
                ("customer_id", UP),
            ],
            name="line",
            partialFilterExpression={"status": "queued", "offline": False},
        ),
        *(
            IndexModel([(name, UP)], name=name, partialFilterExpression={name: {"$type": "date"}})
            for name in ("abandon_at", "away_at", "idle_at", "reply_at", "unread_at", *SAID_ONCE)
        ),
        IndexModel([("untold.at", UP)], name="untold", partialFilterExpression={"untold.at": {"$type": "date"}}),
        IndexModel([("owes.at", UP)], name="owed", partialFilterExpression={"owes.at": {"$type": "date"}}),
        IndexModel([("continues", UP)], name="continues", partialFilterExpression={"continues": {"$type": "string"}}),
        IndexModel([("customer_id", UP), ("ended_at", DOWN)], name="last_of_customer"),
        IndexModel([("customer_id", UP), ("_id", DOWN)], name="of_customer"),
        IndexModel([("last_agent_id", UP), ("_id", DOWN)], name="of_agent"),
        IndexModel([("status", UP), ("_id", DOWN)], name="status"),
        IndexModel([("created_at", DOWN)], name="created_at"),
        IndexModel([("ended_at", DOWN)], name="ended_at", partialFilterExpression={"ended_at": {"$exists": True}}),
    ),
    retention=Stripped({**WITHOUT_WORDS, "rating": SCORE}),
    replay=Replay.STATE,
    personal=("topic", "form", "page_url", "tags", "ended_comment", "assigned_because", "rating"),
    customers=OfCustomers(
        of_its_chats("_id"),
        Reduced(FIGURES, {**WITHOUT_WORDS, "rating": SCORE, "purged": True}),
        not_exported=("here", "mailed", "transcripts_from", "unread_at", "untold", "owes", "figures", "unended"),
        file=None,
        keeps_name=KeepsName("customer_id", lambda _: {"purged": {"$ne": True}}),
    ),
    remembered=True,
)


class Chats:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)
        self._unended = GroupRead("unended chats", self._read_unended)

    async def queue_up(self, customer_id: str, now: datetime, **wishes: Any) -> Chat | None:
        """A new queued chat; None when the customer has an unended one already."""
        document = {
            "_id": str(ObjectId()),
            "status": "queued",
            "unended": True,
            "customer_id": customer_id,
            "offline": False,
            "was_live": not wishes.get("offline"),
            "was_left": bool(wishes.get("offline")),
            "priority": 0,
            "returned": False,
            "tags": [],
            "created_at": now,
            "queued_at": now,
            "here": [],
            **wishes,
        }
        try:
            await self._chats.insert_one(document)
        except DuplicateKeyError:
            return None
        return Chat.of(document)

    async def find(self, chat_id: str) -> Chat | None:
        document = await self._chats.find_one({"_id": chat_id})
        return Chat.of(document) if document else None

    async def unended_of(self, person_id: str) -> list[Chat]:
        """The unended chats of a customer or an agent, oldest first."""
        return await self._unended.find(person_id) or []

    async def open(self, limit: int) -> list[Chat]:
        """The open chats, the newest first."""
        return await self._list(self._chats.find({"status": "open"}).sort("_id", -1).limit(limit))

    async def unended_ids(self) -> list[str]:
        return [chat["_id"] for chat in await self._chats.find({"unended": True}, {"_id": 1}).to_list(None)]

    async def unended_among(self, chat_ids: Iterable[str]) -> list[str]:
        """Those of these chats whose documents say that they have not ended."""
        wanted = {"_id": {"$in": list(chat_ids)}, "unended": True}
        return [chat["_id"] async for chat in self._chats.find(wanted, {"_id": 1})]

    async def holders(self) -> list[tuple[str, str]]:
        """(chat, agent) of all open chats that take a seat."""
        cursor = self._chats.find({"status": "open", "offline": False}, {"agent_id": 1})
        return [(chat["_id"], chat["agent_id"]) for chat in await cursor.to_list(None)]

    async def count(self, **wanted: Any) -> int:
        return int(await self._chats.count_documents(wanted))

    async def settle_if_unended(self, chat_id: str, ending: dict[str, Any], figures: dict[str, float | None]) -> bool:
        """Writes into the document what the closing line said (its `system`), and the figures that outlive the log.

        Whether it had not been written yet. Its `untold` event stays until `end_told`.
        """
        event = {"event": "ended", "key": "ended", "at": ending["ended_at"]}
        ended = {"status": "ended", "figures": figures, "untold": event, **NOTHING_DUE}
        ended |= {name: ending[name] for name in ENDING}
        held = await self._chats.update_one(
            {"_id": chat_id, "unended": True}, {"$set": ended, "$unset": {"unended": ""}}
        )
        return bool(held.modified_count)

    async def end_told(self, chat_id: str) -> None:
        await self._chats.update_one({"_id": chat_id, "status": "ended"}, {"$unset": {"untold": ""}})

    async def last_ended_of(self, customer_id: str, since: datetime) -> Chat | None:
        """The customer's chat that ended last, if it did so after `since`."""
        wanted = {"customer_id": customer_id, "status": "ended", "ended_at": {"$gt": since}}
        document = await self._chats.find_one(wanted, sort=[("ended_at", -1)])
        return Chat.of(document) if document else None

    async def handling_seconds(self, samples: int) -> tuple[int, float]:
        """Of the last `samples` chats that an agent had: how many there were, and how long they took on the average.

        What was a left message at any time took as long as its customer was away.
        """
        took = {"$subtract": ["$ended_at", "$opened_at"]}
        rows = self._chats.aggregate(
            [
                {
                    "$match": {
                        "status": "ended",
                        "opened_at": {"$ne": None},
                        "offline": {"$ne": True},
                        "was_left": {"$ne": True},
                    }
                },
                {"$sort": {"_id": -1}},
                {"$limit": samples},
                {"$group": {"_id": None, "count": {"$sum": 1}, "mean": {"$avg": took}}},
            ]
        )
        found = await rows.to_list(1)
        return (found[0]["count"], found[0]["mean"] / 1000) if found else (0, 0.0)

    async def rate_if_unrated(self, chat_id: str, rating: dict[str, Any], owes: list[dict[str, Any]]) -> bool:
        """Stores the rating of an ended chat that an agent had, and what is owed of it; whether it was the first."""
        held = await self._chats.update_one(
            {"_id": chat_id, "status": "ended", "rating": None, "last_agent_id": {"$ne": None}},
            {"$set": {"rating": rating}, **({"$push": {"owes": {"$each": owes}}} if owes else {})},
        )
        return bool(held.modified_count)

    async def tag_if_served_by(self, chat_id: str, agent_id: str, tags: list[str]) -> bool:
        """These tags instead of the old ones, if the chat is this agent's or, ended, was at last; whether it is."""
        its_agent = [{"status": "ended", "last_agent_id": agent_id}, {"status": "open", "agent_id": agent_id}]
        held = await self._chats.update_one({"_id": chat_id, "$or": its_agent}, {"$set": {"tags": tags}})
        return bool(held.matched_count)

    async def has_served(self, agent_id: str, customer_id: str) -> bool:
        """Whether this agent has, or ever had, a chat of this customer."""
        hers = [{"last_agent_id": agent_id}, {"agent_id": agent_id}, {"served_by": agent_id}]
        return await self._chats.find_one({"customer_id": customer_id, "$or": hers}, {"_id": 1}) is not None

    async def goes_on_with(self, agent_id: str, chat_id: str) -> bool:
        """Whether this agent has, or had last, a chat that continues this one, or one that does, and so on."""
        later = {
            "$graphLookup": {
                "from": CHATS.name,
                "startWith": "$_id",
                "connectFromField": "_id",
                "connectToField": "continues",
                "as": "later",
            }
        }
        its = [{"agent_id": agent_id}, {"last_agent_id": agent_id, "status": "ended"}]
        wanted = {"later": {"$elemMatch": {"$or": its}}}
        rows = self._chats.aggregate(
            [{"$match": {"_id": chat_id}}, later, {"$match": wanted}, {"$project": {"_id": 1}}]
        )
        return bool(await rows.to_list(1))

    async def rename_department_of_unended(self, before: str, now: str) -> None:
        await self._chats.update_many({"unended": True, "department": before}, {"$set": {"department": now}})

    async def page(self, wanted: dict[str, Any], page: int, page_size: int) -> tuple[int, list[Chat]]:
        """How many match, and one page of them, the newest first. `wanted` is built by `filter_of`."""
        count, found = await read_page(self._chats, wanted, [("_id", -1)], page, page_size)
        return count, [Chat.of(document) for document in found]

    @staticmethod
    def filter_of(
        *,
        status: str | None = None,
        customer_id: str | None = None,
        agent_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> dict[str, Any]:
        """A filter for `page`: chats of these people, created in [since, until)."""
        wanted: dict[str, Any] = {"status": status, "customer_id": customer_id, "last_agent_id": agent_id}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        created = {"$gte": since, "$lt": until}
        if created := {name: value for name, value in created.items() if value is not None}:
            wanted["created_at"] = created
        return wanted

    @staticmethod
    def seen_by(agent_id: str, departments: Iterable[str] | None) -> dict[str, Any]:
        """A condition for `page`: chats of these departments and of none, and the agent's own; any when it is None."""
        if departments is None:
            return {}
        own = [{"agent_id": agent_id}, {"last_agent_id": agent_id, "status": "ended"}]
        return {"$or": [{"department": {"$in": [None, *departments]}}, *own]}

    async def move(self, chat_ids: list[str], to_customer: str) -> None:
        """The chats become another customer's, who must have no unended one if an unended one is among them."""
        await self._chats.update_many({"_id": {"$in": chat_ids}}, {"$set": {"customer_id": to_customer}})

    async def ids_of_customer(self, customer_id: str) -> list[str]:
        return [chat["_id"] async for chat in self._chats.find({"customer_id": customer_id}, {"_id": 1})]

    async def _read_unended(self, person_ids: list[str]) -> dict[str, list[Chat]]:
        theirs = [{"customer_id": {"$in": person_ids}}, {"agent_id": {"$in": person_ids}}]
        found: dict[str, list[Chat]] = {person_id: [] for person_id in person_ids}
        for chat in await self._list(self._chats.find({"unended": True, "$or": theirs}).sort("_id", 1)):
            for person_id in {chat.customer_id, chat.agent_id} & found.keys():
                found[str(person_id)].append(chat)
        return found

    @staticmethod
    async def _list(cursor: Any) -> list[Chat]:
        return [Chat.of(document) async for document in cursor]
