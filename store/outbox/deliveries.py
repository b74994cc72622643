"""Deliveries: what is to leave the desk, one document each under a unique key, claimed with a lease and settled once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
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
    retried_at: datetime | None
    sent_at: datetime | None
    settled_at: datetime | None

    @property
    def tried_since(self) -> datetime:
        """Since when it has been tried: an admin who sends it again gives it all its time again."""
        return self.retried_at or self.created_at


@dataclass(frozen=True, slots=True)
class Due(Record):
    """What decides whether a delivery that is due may begin."""

    id: str
    channel: str
    destination: str
    order: str | None
    rank: int


@dataclass(frozen=True)
class NewDelivery:
    """What is to go out. `key` says what, to whom and through what: a second one with the same key is not stored.

    `to`: a person's id or an address; `destination`: what answers or fails as one (an endpoint, the domain of an address).
    Those of one `order` go one after the other, by `rank` (DeliveryOrders). `at`: not before then. `held`: not before somebody
    says so. `data`: ids and numbers of which the content is made at the moment of sending; words of people only where they
    are nowhere else. `customer_id`: whom it is about, for export and erasure.
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
            next_at=None if self.held else self.at or (None if self.order else now),
            claim=None,
            uncertain=None,
            error=None,
            detail=None,
            created_at=now,
            retried_at=None,
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
        IndexModel([("to", UP)], name="held", partialFilterExpression={"state": "held"}),
        IndexModel([("about.chat_id", UP), ("unsettled", UP)], name="of_chat"),
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

    async def page(self, wanted: dict[str, Any], page: int, page_size: int) -> tuple[int, list[Delivery]]:
        """How many match, and one page of them, the newest first."""
        count, found = await read_page(self._deliveries, wanted, [("_id", -1)], page, page_size)
        return count, [Delivery.of(document) for document in found]

    async def note_bounce_if_sent(self, delivery_id: str, why: str) -> bool:
        """It came back after it had been sent; whether it was so. Again: it does not hold."""
        wanted = {"_id": delivery_id, "state": "sent"}
        held = await self._deliveries.update_one(wanted, {"$set": {"state": "dead", "error": why}})
        return bool(held.modified_count)

    async def start_again(self, delivery_id: str, now: datetime) -> bool:
        """One that is not being sent, nor sent, is due at once and has all its attempts again; whether it was so."""
        wanted = {"_id": delivery_id, "state": {"$in": ["waiting", "held", "dead", "dropped"]}}
        fresh = {"state": "waiting", "unsettled": True, "next_at": now, "attempts": 0, "retried_at": now, "error": None}
        held = await self._deliveries.update_one(wanted, {"$set": fresh, "$unset": {"settled_at": "", "uncertain": ""}})
        return bool(held.modified_count)

    async def drop(self, delivery_id: str, now: datetime, why: str) -> bool:
        """One that is not being sent, nor sent, never goes; whether it was so. Again: it holds."""
        wanted = {"_id": delivery_id, "state": {"$in": ["waiting", "held", "dead", "dropped"]}}
        change = {"state": "dropped", "settled_at": now, "error": why}
        held = await self._deliveries.update_one(wanted, {"$set": change, "$unset": OVER})
        return bool(held.matched_count)
