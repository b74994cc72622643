"""Invitations: links with which colleagues make their own accounts. Only a hash of what stands in the link is kept."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pymongo import DESCENDING as DOWN
from pymongo import IndexModel, ReturnDocument

from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import NoCustomers
from store.paging import read_page
from store.records import Record

CLAIM_HOLDS = timedelta(minutes=1)  # far longer than an account takes to make: after a crash the link counts again


@dataclass(frozen=True, slots=True)
class Invitation(Record):
    """One that nobody has used yet: a used one is gone. `claimed_at`: since when somebody is making an account with it."""

    id: str
    token_hash: str = field(repr=False)
    role: str
    name: str | None
    departments: list[str] | None
    email: str | None
    by: str
    created_at: datetime
    expires_at: datetime
    claimed_at: datetime | None


# The sweep comes once a minute, and nobody waits for it: one whose time is over is not found.
INVITATIONS = Collection(
    name="invitations",
    record=Invitation,
    indexes=(
        IndexModel([("token_hash", 1)], name="token_hash", unique=True),
        IndexModel([("created_at", DOWN), ("_id", DOWN)], name="newest"),
    ),
    retention=Expires("expires_at", 0),
    replay=Replay.NO,
    personal=(),
    customers=NoCustomers("colleagues to be"),
    remembered=False,
)


class Invitations:
    def __init__(self, database: Database) -> None:
        self._invitations = database.collection(INVITATIONS)

    async def add(self, invitation: Invitation) -> None:
        await self._invitations.insert_one(invitation.document())

    async def claim_if_open(self, token_hash: str, now: datetime) -> Invitation | None:
        """Now it is this one's, who makes an account with it, until it is removed or given back; None when it is not open."""
        wanted = {"token_hash": token_hash, "expires_at": {"$gt": now}, **_unclaimed(now)}
        document = await self._invitations.find_one_and_update(
            wanted, {"$set": {"claimed_at": now}}, return_document=ReturnDocument.AFTER
        )
        return Invitation.of(document) if document else None

    async def give_back(self, claimed: Invitation) -> None:
        """Nothing came of it: whoever has the link may try again."""
        wanted = {"_id": claimed.id, "claimed_at": claimed.claimed_at}
        await self._invitations.update_one(wanted, {"$unset": {"claimed_at": True}})

    async def page_open(self, now: datetime, page: int, page_size: int) -> tuple[int, list[Invitation]]:
        """How many are open, and one page of them, the newest first."""
        order = [("created_at", -1), ("_id", -1)]
        count, found = await read_page(self._invitations, {"expires_at": {"$gt": now}}, order, page, page_size)
        return count, [Invitation.of(document) for document in found]

    async def remove(self, invitation_id: str) -> None:
        """It is used up."""
        await self._invitations.delete_one({"_id": invitation_id})

    async def remove_if_unclaimed(self, invitation_id: str, now: datetime) -> bool:
        """It is revoked: whether it was there, and nobody was making an account with it."""
        return bool((await self._invitations.delete_one({"_id": invitation_id, **_unclaimed(now)})).deleted_count)

    async def find_open(self, invitation_id: str, now: datetime) -> Invitation | None:
        document = await self._invitations.find_one({"_id": invitation_id, "expires_at": {"$gt": now}})
        return Invitation.of(document) if document else None

    async def is_there(self, invitation_id: str) -> bool:
        return await self._invitations.find_one({"_id": invitation_id}, {"_id": 1}) is not None

    async def remove_all_by(self, person_id: str) -> None:
        """Whoever made them is out."""
        await self._invitations.delete_many({"by": person_id})


def _unclaimed(now: datetime) -> dict[str, Any]:
    return {"$or": [{"claimed_at": None}, {"claimed_at": {"$lte": now - CLAIM_HOLDS}}]}
