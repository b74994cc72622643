"""Mails that came: known by their Message-ID also when their chat is purged, tried some times, found again in the mailbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING as UP
from pymongo import IndexModel, ReturnDocument

from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import OfCustomers, Reduced, of_customer
from store.records import Record

KEPT_DAYS = 730
SETTLED = ("taken", "passed", "failed", "deleted")


@dataclass(frozen=True, slots=True)
class IncomingMail(Record):
    """`id` is made of its Message-ID. It lies in `box` under `uid`, as long as the box has this `uidvalidity`.

    `state`: waiting (it is tried at `next_at`), taken (it is in a chat), passed (it is none of the desk's: `why`), failed (it
    was tried in vain, and its file is kept), deleted. `sender`: a digest of the address; `is_anothers`: not the customer's
    own words; `pictures`: digests of the inline pictures. `doomed`: it is to go from the mailbox.
    """

    id: str
    box: str
    uidvalidity: int
    uid: int
    state: str
    tries: int
    next_at: datetime | None
    why: str | None
    sender: str | None
    customer_id: str | None
    is_anothers: bool | None
    chat_id: str | None
    pictures: list[str] | None
    doomed: bool | None
    at: datetime


INCOMING_MAILS = Collection(
    name="incoming_mails",
    record=IncomingMail,
    indexes=(
        IndexModel([("box", UP), ("uid", UP)], name="place"),
        IndexModel([("next_at", UP)], name="due", partialFilterExpression={"state": "waiting"}),
        IndexModel(
            [("sender", UP), ("at", UP)], name="sender", partialFilterExpression={"sender": {"$type": "string"}}
        ),
        IndexModel([("customer_id", UP)], name="customer"),
        IndexModel([("doomed", UP)], name="doomed", partialFilterExpression={"doomed": True}),
        IndexModel([("state", UP), ("at", UP)], name="failed", partialFilterExpression={"state": "failed"}),
    ),
    retention=Expires("at", KEPT_DAYS * 86400),  # without a word in them
    replay=Replay.NO,
    personal=("sender", "pictures", "why"),
    customers=OfCustomers(
        of_customer("customer_id"),
        # What is left keeps the mail from coming in again, and lets the reader of the box delete it there.
        Reduced(("_id", "box", "uidvalidity", "uid", "state", "tries", "at"), {"doomed": True}),
        not_exported=("box", "uidvalidity", "uid", "tries", "next_at", "doomed", "pictures"),
        file=None,
        keeps_name=None,
    ),
    remembered=False,
)


class IncomingMails:
    def __init__(self, database: Database) -> None:
        self._mails = database.collection(INCOMING_MAILS)

    async def begin(self, mail_id: str, box: str, uidvalidity: int, uid: int, now: datetime) -> IncomingMail | None:
        """One more try of this mail, which is counted before it is made: one that ends the process is tried no more often.

        None when it is settled, or not due yet.
        """
        first = {"state": "waiting", "tries": 0, "next_at": now, "at": now}
        place = {"box": box, "uidvalidity": uidvalidity, "uid": uid}
        await self._mails.update_one({"_id": mail_id}, {"$setOnInsert": first | place}, upsert=True)
        found = await self._mails.find_one_and_update(
            {"_id": mail_id, "state": "waiting", "next_at": {"$lte": now}, **place},
            {"$inc": {"tries": 1}},
            return_document=ReturnDocument.AFTER,
        )
        return IncomingMail.of(found) if found else None

    async def take_back(self, mail_id: str) -> None:
        """The mailbox or the database went away: that was no try."""
        await self._mails.update_one({"_id": mail_id, "state": "waiting"}, {"$inc": {"tries": -1}})

    async def put_off(self, mail_id: str, next_at: datetime, why: str, *, is_try: bool) -> None:
        change: dict[str, Any] = {"$set": {"next_at": next_at, "why": why}}
        if not is_try:
            change["$inc"] = {"tries": -1}
        await self._mails.update_one({"_id": mail_id, "state": "waiting"}, change)

    async def note_sender(
        self, mail_id: str, sender: str, customer_id: str, chat_id: str | None, *, is_anothers: bool
    ) -> None:
        """Whose it is and where it goes; a chat that was chosen once stays so."""
        change: dict[str, Any] = {"sender": sender, "customer_id": customer_id, "is_anothers": is_anothers}
        change["chat_id"] = {"$ifNull": ["$chat_id", chat_id]}
        await self._mails.update_one({"_id": mail_id, "state": "waiting"}, [{"$set": change}])

    async def settle(self, mail_id: str, state: str, why: str | None = None, **more: Any) -> None:
        change = {"state": state, "why": why, **more}
        await self._mails.update_one({"_id": mail_id, "state": "waiting"}, {"$set": change, "$unset": {"next_at": ""}})


class MailPlaces:
    """The same mails as they lie in their box."""

    def __init__(self, database: Database) -> None:
        self._mails = database.collection(INCOMING_MAILS)

    async def due(self, box: str, uidvalidity: int, now: datetime) -> list[IncomingMail]:
        """Those of the box that are tried again by now."""
        wanted = {"box": box, "uidvalidity": uidvalidity, "state": "waiting", "next_at": {"$lte": now}}
        return [IncomingMail.of(document) async for document in self._mails.find(wanted).sort("next_at", 1)]

    async def next_look(self, box: str) -> datetime | None:
        """When the next one is due."""
        first = await self._mails.find_one({"box": box, "state": "waiting"}, {"next_at": 1}, sort=[("next_at", 1)])
        return first["next_at"] if first else None

    async def doomed(self, box: str, uidvalidity: int) -> list[int]:
        """What is to go from the box."""
        wanted = {"doomed": True, "box": box, "uidvalidity": uidvalidity}
        return [document["uid"] async for document in self._mails.find(wanted, {"uid": 1})]

    async def note_deleted(self, box: str, uidvalidity: int, uids: Iterable[int]) -> None:
        wanted = {"doomed": True, "box": box, "uidvalidity": uidvalidity, "uid": {"$in": list(uids)}}
        await self._mails.update_many(wanted, {"$set": {"state": "deleted"}, "$unset": {"doomed": "", "next_at": ""}})

    async def move(self, mail_id: str, box: str, uidvalidity: int, uid: int) -> bool:
        """The box counts anew: the mail has this UID there now. Whether it is known."""
        place = {"box": box, "uidvalidity": uidvalidity, "uid": uid}
        return bool((await self._mails.update_one({"_id": mail_id}, {"$set": place})).matched_count)

    async def kept_failures(self, limit: int = 100) -> list[IncomingMail]:
        """The mails of which nothing could be made, the newest first."""
        found = self._mails.find({"state": "failed"}).sort("at", -1).limit(limit)
        return [IncomingMail.of(document) async for document in found]


class MailCounts:
    """What came of whom."""

    def __init__(self, database: Database) -> None:
        self._mails = database.collection(INCOMING_MAILS)

    async def came_from(self, sender: str, since: datetime) -> int:
        """How many of this address were taken into chats since then."""
        return int(
            await self._mails.count_documents({"sender": sender, "state": "taken", "at": {"$gte": since}}, limit=1000)
        )

    async def others_wrote_to(self, customer_id: str, state: str, since: datetime) -> int:
        """How many mails of others to this customer's chats have this state, whoever they say they are from."""
        wanted = {"customer_id": customer_id, "is_anothers": True, "state": state, "at": {"$gte": since}}
        return int(await self._mails.count_documents(wanted, limit=1000))

    async def wait_of(self, sender: str) -> int:
        """How many of this address wait."""
        return int(await self._mails.count_documents({"sender": sender, "state": "waiting"}, limit=1000))

    async def has_picture(self, customer_id: str, digest: str, but: str) -> bool:
        """Whether another mail of this customer brought this picture before."""
        wanted = {"customer_id": customer_id, "pictures": digest, "state": "taken", "_id": {"$ne": but}}
        return await self._mails.find_one(wanted, {"_id": 1}) is not None
