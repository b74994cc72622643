"""Mailboxes that are read: how far, and by which process. One document a box, which is the lease and the mark both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from store.client import Database
from store.collections import Collection, Kept, Replay
from store.customer_data import NoCustomers
from store.records import Record


@dataclass(frozen=True, slots=True)
class Box(Record):
    """`last_uid`: up to there mails are known, under this `uidvalidity`; None: nobody has looked yet. `holder` reads it until
    `until`.
    """

    id: str
    holder: str
    until: datetime
    uidvalidity: int | None
    last_uid: int | None
    read_at: datetime | None


BOXES = Collection(
    name="mail_boxes",
    record=Box,
    indexes=(),
    retention=Kept("one a mailbox"),
    replay=Replay.NO,
    personal=(),
    customers=NoCustomers("how far a mailbox was read"),
    remembered=False,
)


class Boxes:
    def __init__(self, database: Database) -> None:
        self._boxes = database.collection(BOXES)

    async def hold(self, name: str, holder: str, now: datetime, until: datetime) -> Box | None:
        """The box, which is the holder's to read until then; None while another one holds it."""
        wanted = {"_id": name, "$or": [{"holder": holder}, {"until": {"$lte": now}}]}
        change = {"$set": {"holder": holder, "until": until}}
        try:
            found = await self._boxes.find_one_and_update(
                wanted, change, upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            return None
        return Box.of(found)

    async def let_go(self, name: str, holder: str, now: datetime) -> None:
        await self._boxes.update_one({"_id": name, "holder": holder}, {"$set": {"until": now}})

    async def note_read(self, name: str, holder: str, uidvalidity: int, uid: int, now: datetime) -> bool:
        """Up to this mail all are known; whether the box is the holder's still."""
        mark: dict[str, Any] = {"uidvalidity": uidvalidity, "last_uid": uid, "read_at": now}
        held = await self._boxes.update_one({"_id": name, "holder": holder}, {"$set": mark})
        return bool(held.matched_count)
