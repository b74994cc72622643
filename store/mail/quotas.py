"""How many mails have gone to an address in a day that nobody has verified; counted for all processes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import NoCustomers
from store.records import Record


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


class MailQuotas:
    def __init__(self, database: Database) -> None:
        self._quotas = database.collection(MAIL_QUOTAS)

    async def take_if_left(self, address: str, day: datetime, delivery_id: str, most: int) -> bool:
        """Counts this delivery if that makes no more than `most`; whether it did, or was counted before."""
        digest = hashlib.sha256(_mailbox(address).encode()).hexdigest()[:32]
        of_day = {"_id": f"{digest} {day:%Y-%m-%d}"}
        is_left = {"$or": [{"deliveries": delivery_id}, {f"deliveries.{most - 1}": {"$exists": False}}]}
        change = {"$addToSet": {"deliveries": delivery_id}, "$setOnInsert": {"day": day}}
        try:
            await self._quotas.update_one(of_day | is_left, change, upsert=True)
        except DuplicateKeyError:  # none is left, or somebody else has just begun the day
            held = await self._quotas.update_one(of_day | is_left, {"$addToSet": {"deliveries": delivery_id}})
            return bool(held.matched_count)
        return True


def _mailbox(address: str) -> str:
    """Where a mail to this address arrives: what follows a plus sign is the owner's own label for it."""
    local, at, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"
