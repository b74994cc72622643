"""How many bytes a person and an address have uploaded in a day, counted for all processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import Deleted, OfCustomers, of_customer
from store.records import Record


@dataclass(frozen=True, slots=True)
class UploadQuota(Record):
    """`who`: a person's id, or an address. `day`: its midnight (UTC)."""

    id: str
    who: str
    day: datetime
    bytes: int


UPLOAD_QUOTAS = Collection(
    name="upload_quotas",
    record=UploadQuota,
    indexes=(),
    retention=Expires("day", int(timedelta(days=2).total_seconds())),
    replay=Replay.NO,  # everybody asks when it counts
    personal=("who",),
    customers=OfCustomers(of_customer("who"), Deleted(), not_exported=(), file=None, keeps_name=None),
    remembered=False,
)


class UploadQuotas:
    def __init__(self, database: Database) -> None:
        self._quotas = database.collection(UPLOAD_QUOTAS)

    async def take_if_left(self, who: str, day: datetime, size: int, most: int) -> bool:
        """Counts these bytes if that makes no more than `most`; whether it did."""
        if size > most:
            return False
        wanted = {"_id": f"{who} {day:%Y-%m-%d}", "bytes": {"$lte": most - size}}
        change = {"$inc": {"bytes": size}, "$setOnInsert": {"who": who, "day": day}}
        try:
            held = await self._quotas.update_one(wanted, change, upsert=True)
        except DuplicateKeyError:  # too little is left, or somebody else has just begun the day
            held = await self._quotas.update_one(wanted, {"$inc": {"bytes": size}})
            return bool(held.matched_count)
        return True

    async def give_back(self, who: str, day: datetime, size: int) -> None:
        await self._quotas.update_one({"_id": f"{who} {day:%Y-%m-%d}"}, {"$inc": {"bytes": -size}})
