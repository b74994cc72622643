"""What somebody may do in a day, counted for all processes: bytes that are uploaded, mails that are sent."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import Deleted, NoCustomers, OfCustomers, of_customer
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


@dataclass(frozen=True, slots=True)
class MailQuota(Record):
    """`id`: a digest of the address, and the day. `deliveries`: those that went, each once however often it is tried."""

    id: str
    day: datetime
    deliveries: list[str]


MAIL_QUOTAS = Collection(
    name="mail_quotas",
    record=MailQuota,
    indexes=(),
    retention=Expires("day", int(timedelta(days=2).total_seconds())),
    replay=Replay.NO,  # everybody asks when it counts
    personal=(),
    customers=NoCustomers("digests of addresses, for two days"),
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
        return await _count_if(self._quotas, wanted, {"$inc": {"bytes": size}}, {"who": who, "day": day})

    async def give_back(self, who: str, day: datetime, size: int) -> None:
        await self._quotas.update_one({"_id": f"{who} {day:%Y-%m-%d}"}, {"$inc": {"bytes": -size}})


class MailQuotas:
    def __init__(self, database: Database) -> None:
        self._quotas = database.collection(MAIL_QUOTAS)

    async def take_if_left(self, address: str, day: datetime, delivery_id: str, most: int) -> bool:
        """Counts this delivery if that makes no more than `most`; whether it did, or was counted before."""
        digest = hashlib.sha256(_mailbox(address).encode()).hexdigest()[:32]
        is_left = {"$or": [{"deliveries": delivery_id}, {f"deliveries.{most - 1}": {"$exists": False}}]}
        wanted = {"_id": f"{digest} {day:%Y-%m-%d}", **is_left}
        return await _count_if(self._quotas, wanted, {"$addToSet": {"deliveries": delivery_id}}, {"day": day})


async def _count_if(quotas: Any, wanted: dict[str, Any], change: dict[str, Any], fresh: dict[str, Any]) -> bool:
    """Changes the day's document while it is as wanted; the first of a day makes it, with `fresh`. Whether it held."""
    try:
        await quotas.update_one(wanted, {**change, "$setOnInsert": fresh}, upsert=True)
    except DuplicateKeyError:  # too little is left, or somebody else has just begun the day
        held = await quotas.update_one(wanted, change)
        return bool(held.matched_count)
    return True


def _mailbox(address: str) -> str:
    """Where a mail to this address arrives: what follows a plus sign is the owner's own label for it."""
    local, at, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"
