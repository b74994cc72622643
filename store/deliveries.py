"""Deliveries: what is to leave the desk, one document each under a unique key, claimed with a lease and settled once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN
from pymongo import IndexModel
from pymongo.errors import BulkWriteError

from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import Deleted, OfCustomers, Subject
from store.paging import read_page
from store.records import Record

DUPLICATE_KEY = 11000
KEPT_DAYS = 30  # a settled delivery is looked up, and keeps its key from being used again, as long


@dataclass(frozen=True, slots=True)
class Delivery(Record):
    """`destination`: what answers or fails as one. `order`: those of one order go one after the other, by `rank`.

    `unsettled`: it is still to go. `next_at`: when somebody has to look at it: it is due, or its claim is over; None: it waits
    for an earlier one of its order, or is held. `claim`: whose turn it is; a settlement names it. `uncertain`: an attempt ended
    without anybody knowing how.
    """

    id: str
    key: str
    kind: str
    channel: str
    to: str
    destination: str
    order: str | None
    rank: int
    customer_id: str | None
    about: dict[str, str]
    data: dict[str, Any]
    state: str
    unsettled: bool | None
    attempts: int
    next_at: datetime | None
    claim: str | None
    uncertain: bool | None
    error: str | None
    detail: str | None
    created_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True)
class NewDelivery:
    """What is to go out. `key` says what, to whom and through what: a second one with the same key is not stored.

    `to`: a person's id or an address; `destination`: what answers or fails as one (an endpoint, the domain of an address).
    Those of one `order` go one after the other, by `rank`. `at`: not before then. `held`: not before somebody says so.
    `data`: ids and numbers of which the content is made at the moment of sending; words of people only where they are
    nowhere else. `customer_id`: whom it is about, for export and erasure.
    """

    key: str
    kind: str
    channel: str
    to: str
    destination: str
    about: dict[str, str] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    customer_id: str | None = None
    order: str | None = None
    rank: int = 0
    at: datetime | None = None
    held: bool = False

    def document(self, now: datetime) -> Delivery:
        """As it is stored."""
        return Delivery(
            id=str(ObjectId()),
            key=self.key,
            kind=self.kind,
            channel=self.channel,
            to=self.to,
            destination=self.destination,
            order=self.order,
            rank=self.rank,
            customer_id=self.customer_id,
            about=self.about,
            data=self.data,
            state="held" if self.held else "waiting",
            unsettled=True,
            attempts=0,
            next_at=None if self.held else (self.at or now),
            claim=None,
            uncertain=None,
            error=None,
            detail=None,
            created_at=now,
            sent_at=None,
            settled_at=None,
        )


def _of_customer(who: Subject) -> dict[str, Any]:
    return {"$or": [{"customer_id": {"$in": list(who.ids)}}, {"about.chat_id": {"$in": list(who.chat_ids)}}]}


DELIVERIES = Collection(
    name="deliveries",
    record=Delivery,
    indexes=(
        IndexModel([("key", UP)], name="key", unique=True),
        # What is due: those that are settled, however many, are not in it.
        IndexModel(
            [("next_at", UP), ("channel", UP), ("destination", UP)],
            name="due",
            partialFilterExpression={"unsettled": True},
        ),
        IndexModel([("order", UP), ("rank", UP)], name="order", partialFilterExpression={"unsettled": True}),
        IndexModel([("destination", UP)], name="destination", partialFilterExpression={"unsettled": True}),
        IndexModel([("state", UP), ("_id", DOWN)], name="state"),
        IndexModel([("about.chat_id", UP)], name="chat"),
        IndexModel([("customer_id", UP)], name="customer"),
    ),
    retention=Expires("settled_at", KEPT_DAYS * 86400),
    replay=Replay.NO,
    personal=("to", "data", "error", "detail"),
    customers=OfCustomers(_of_customer, Deleted(), not_exported=("claim", "data"), file=None, keeps_name=None),
    remembered=False,
)

UNSETTLED = {"unsettled": True}
OVER: dict[str, Any] = {"unsettled": "", "claim": "", "next_at": ""}


class Deliveries:
    def __init__(self, database: Database) -> None:
        self._deliveries = database.collection(DELIVERIES)

    async def insert_new(self, new: Iterable[NewDelivery], now: datetime) -> list[Delivery]:
        """Those whose key was not there; of the others nothing changes."""
        deliveries = [each.document(now) for each in new]
        if not deliveries:
            return []
        known: set[int] = set()
        try:
            await self._deliveries.insert_many([each.document() for each in deliveries], ordered=False)
        except BulkWriteError as error:
            rows = (error.details or {})["writeErrors"]
            if (error.details or {}).get("writeConcernErrors") or any(row["code"] != DUPLICATE_KEY for row in rows):
                raise
            known = {row["index"] for row in rows}
        return [each for place, each in enumerate(deliveries) if place not in known]

    async def find(self, delivery_id: str) -> Delivery | None:
        document = await self._deliveries.find_one({"_id": delivery_id})
        return Delivery.of(document) if document else None

    async def by_key(self, key: str) -> Delivery | None:
        document = await self._deliveries.find_one({"key": key})
        return Delivery.of(document) if document else None

    async def page(self, wanted: dict[str, Any], page: int, page_size: int) -> tuple[int, list[Delivery]]:
        """How many match, and one page of them, the newest first."""
        count, found = await read_page(self._deliveries, wanted, [("_id", -1)], page, page_size)
        return count, [Delivery.of(document) for document in found]

    async def claim_due(
        self, now: datetime, lease: timedelta, limit: int, *, but_channels: Iterable[str], but: Iterable[str]
    ) -> list[Delivery]:
        """Up to `limit` that are due, for the caller alone until the lease is over; not of these channels and destinations.

        One whose last claim ran out is `uncertain`: nobody knows what became of that attempt.
        """
        due = {
            **UNSETTLED,
            "next_at": {"$lte": now},
            "channel": {"$nin": list(but_channels)},
            "destination": {"$nin": list(but)},
        }
        found = await self._deliveries.find(due, {"_id": 1}).sort("next_at", 1).limit(limit).to_list(None)
        if not found:
            return []
        claim = str(ObjectId())
        wanted = {"_id": {"$in": [each["_id"] for each in found]}, **UNSETTLED, "next_at": {"$lte": now}}
        taken = {
            "uncertain": {"$or": ["$uncertain", {"$eq": ["$state", "sending"]}]},
            "state": "sending",
            "claim": claim,
            "next_at": now + lease,
        }
        await self._deliveries.update_many(wanted, [{"$set": taken}])
        mine = self._deliveries.find({"_id": {"$in": [each["_id"] for each in found]}, "claim": claim})
        return [Delivery.of(document) async for document in mine.sort([("order", 1), ("rank", 1), ("_id", 1)])]

    async def settle_if_claimed(self, delivery: Delivery, state: str, now: datetime, **said: Any) -> bool:
        """It is sent, dead or dropped for good; whether the claim still stood."""
        change = {"state": state, "settled_at": now, **said}
        return await self._if_claimed(delivery, {"$set": change, "$unset": OVER})

    async def put_off_if_claimed(
        self, delivery: Delivery, state: str, next_at: datetime | None, attempts: int, error: str | None
    ) -> bool:
        """It is looked at again then; without a time somebody else sets it going. Whether the claim still stood."""
        change = {"state": state, "next_at": next_at, "attempts": attempts, "error": error, "uncertain": False}
        return await self._if_claimed(delivery, {"$set": change, "$unset": {"claim": ""}})

    async def postpone(self, destination: str, now: datetime, until: datetime) -> None:
        """What is due there is not looked at before then."""
        wanted = {**UNSETTLED, "destination": destination, "state": "waiting", "next_at": {"$lt": until, "$ne": None}}
        await self._deliveries.update_many(wanted, {"$set": {"next_at": until}})

    async def has_earlier(self, delivery: Delivery) -> bool:
        """Whether one before it in its order is still to go."""
        wanted = {"order": delivery.order, **UNSETTLED, "rank": {"$lt": delivery.rank}}
        return await self._deliveries.find_one(wanted, {"_id": 1}) is not None

    async def release_next(self, order: str, now: datetime) -> None:
        """The first of those that wait for one before them is due."""
        await self._deliveries.find_one_and_update(
            {"order": order, **UNSETTLED, "state": "waiting", "next_at": None},
            {"$set": {"next_at": now}},
            sort=[("rank", 1)],
        )

    async def release_of_chats(self, chat_ids: Iterable[str], now: datetime) -> bool:
        """Those of these chats that wait for others look again whether they still must; whether there were any."""
        wanted = {"about.chat_id": {"$in": list(chat_ids)}, **UNSETTLED, "state": "waiting", "next_at": None}
        held = await self._deliveries.update_many(wanted, {"$set": {"next_at": now}})
        return bool(held.modified_count)

    async def release_stuck(self, now: datetime) -> None:
        """As `release_of_chats`, for all: what a crash between a settlement and its release left."""
        await self._deliveries.update_many(
            {**UNSETTLED, "state": "waiting", "next_at": None, "order": {"$type": "string"}}, {"$set": {"next_at": now}}
        )

    async def release_held(self, to: str, channel: str, now: datetime) -> int:
        """What is held for this receiver is due."""
        wanted = {**UNSETTLED, "state": "held", "to": to, "channel": channel}
        held = await self._deliveries.update_many(wanted, {"$set": {"state": "waiting", "next_at": now}})
        return int(held.modified_count)

    async def next_look(self) -> datetime | None:
        """When the next one is due, or the next claim over."""
        first = await self._deliveries.find_one(
            {**UNSETTLED, "next_at": {"$ne": None}}, {"next_at": 1}, sort=[("next_at", 1)]
        )
        return first["next_at"] if first else None

    async def start_again(self, delivery_id: str, now: datetime) -> bool:
        """One that is not being sent, nor sent, is due at once and has all its attempts again; whether it was so."""
        wanted = {"_id": delivery_id, "state": {"$in": ["waiting", "held", "dead", "dropped"]}}
        fresh = {"state": "waiting", "unsettled": True, "next_at": now, "attempts": 0, "created_at": now, "error": None}
        held = await self._deliveries.update_one(wanted, {"$set": fresh, "$unset": {"settled_at": ""}})
        return bool(held.modified_count)

    async def drop(self, delivery_id: str, now: datetime, why: str) -> bool:
        """One that is not being sent, nor sent, never goes; whether it was so. Again: it holds."""
        wanted = {"_id": delivery_id, "state": {"$in": ["waiting", "held", "dead", "dropped"]}}
        change = {"state": "dropped", "settled_at": now, "error": why}
        held = await self._deliveries.update_one(wanted, {"$set": change, "$unset": OVER})
        return bool(held.matched_count)

    async def drop_those(self, wanted: dict[str, Any], now: datetime, why: str) -> int:
        """All that match and are not being sent never go."""
        change = {"state": "dropped", "settled_at": now, "error": why}
        held = await self._deliveries.update_many(
            {**wanted, **UNSETTLED, "state": {"$in": ["waiting", "held"]}}, {"$set": change, "$unset": OVER}
        )
        return int(held.modified_count)

    async def count(self, wanted: dict[str, Any]) -> int:
        return int(await self._deliveries.count_documents(wanted))

    async def _if_claimed(self, delivery: Delivery, change: dict[str, Any]) -> bool:
        held = await self._deliveries.update_one({"_id": delivery.id, "claim": delivery.claim}, change)
        return bool(held.modified_count)
