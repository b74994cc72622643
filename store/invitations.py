"""Invitations: links with which colleagues make their own accounts. Only a hash of what stands in the link is kept."""

from dataclasses import dataclass, field
from datetime import datetime

from pymongo import DESCENDING as DOWN
from pymongo import IndexModel

from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import NoCustomers
from store.paging import read_page
from store.records import Record


@dataclass(frozen=True, slots=True)
class Invitation(Record):
    """One that nobody has used yet: a used one is gone."""

    id: str
    token_hash: str = field(repr=False)
    role: str
    name: str | None
    departments: list[str] | None
    email: str | None
    by: str
    created_at: datetime
    expires_at: datetime


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

    async def find_open(self, token_hash: str, now: datetime) -> Invitation | None:
        document = await self._invitations.find_one({"token_hash": token_hash, "expires_at": {"$gt": now}})
        return Invitation.of(document) if document else None

    async def page_open(self, now: datetime, page: int, page_size: int) -> tuple[int, list[Invitation]]:
        """How many are open, and one page of them, the newest first."""
        order = [("created_at", -1), ("_id", -1)]
        count, found = await read_page(self._invitations, {"expires_at": {"$gt": now}}, order, page, page_size)
        return count, [Invitation.of(document) for document in found]

    async def remove(self, invitation_id: str) -> bool:
        """Used up or revoked: whether it was still there."""
        return bool((await self._invitations.delete_one({"_id": invitation_id})).deleted_count)
