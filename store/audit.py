"""The audit trail: only ever written at its end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING as UP
from pymongo import DESCENDING as DOWN
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import Emptied, OfCustomers, of_customer
from store.paging import read_page
from store.records import Record


@dataclass(frozen=True, slots=True)
class AuditEntry(Record):
    """Who did what to whom. `whom` is the id of a person, a chat or a department."""

    id: str
    at: datetime
    who_id: str | None
    what: str
    whom: str | None
    details: dict[str, Any]


AUDIT_DAYS = 400  # a year, and some weeks to look back on it

NEWEST_FIRST = [("at", -1), ("_id", -1)]


AUDIT = Collection(
    name="audit",
    record=AuditEntry,
    indexes=(
        IndexModel([("at", DOWN), ("_id", DOWN)], name="newest"),
        IndexModel([("who_id", UP)], name="who_id"),
        IndexModel([("whom", UP)], name="whom"),
    ),
    retention=Expires("at", AUDIT_DAYS * 86400),
    replay=Replay.NO,
    personal=("details",),
    # Rows name people by id, so they stand without a word of whoever is erased; its address goes.
    customers=OfCustomers(
        of_customer("who_id", "whom"), Emptied(("details.address",)), not_exported=(), file=None, keeps_name=None
    ),
    remembered=False,
)


class AuditTrail:
    def __init__(self, database: Database) -> None:
        self._entries = database.collection(AUDIT)

    async def append(self, at: datetime, who_id: str | None, what: str, whom: str | None, details: Any) -> None:
        await self._entries.insert_one(AuditEntry(str(ObjectId()), at, who_id, what, whom, details).document())

    async def append_or_count(  # noqa: PLR0913, PLR0917  the columns of a row
        self, key: str, at: datetime, who_id: str | None, what: str, whom: str | None, details: dict[str, Any]
    ) -> None:
        """A row under `key`, a hash; each one after it adds to details.count of that row, once for every call."""
        entry = AuditEntry(key, at, who_id, what, whom, details)
        try:
            await self._entries.insert_one(entry.document())
        except DuplicateKeyError:
            again = {"$add": [{"$ifNull": ["$details.count", 1]}, 1]}
            await self._entries.update_one({"_id": key}, [{"$set": {"details.count": again}}])

    async def page(self, page: int, page_size: int) -> tuple[int, list[AuditEntry]]:
        """How many there are, and one page of them, the newest first."""
        count, found = await read_page(self._entries, {}, NEWEST_FIRST, page, page_size)
        return count, [AuditEntry.of(document) for document in found]
