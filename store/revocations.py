"""Sessions that were ended before their time: kept until their tokens would have expired anyway."""

from datetime import datetime

from store.batches.group_read import GroupRead
from store.client import Database
from store.collections import Collection, Expires, Replay
from store.customer_data import NoCustomers

# The sweep comes once a minute; `is_revoked` does not depend on it: a token past its exp is refused anyway.
REVOCATIONS = Collection(
    name="revocations",
    record=None,
    indexes=(),
    retention=Expires("expires_at", 0),
    replay=Replay.STATE,
    personal=(),
    customers=NoCustomers("ids of sessions, for as long as their tokens would live"),
    remembered=False,
)


class Revocations:
    def __init__(self, database: Database) -> None:
        self._revocations = database.collection(REVOCATIONS)
        self._reads = GroupRead("revocations", self._read)

    async def revoke(self, session_id: str, expires_at: datetime) -> None:
        await self._revocations.update_one({"_id": session_id}, {"$set": {"expires_at": expires_at}}, upsert=True)

    async def is_revoked(self, session_id: str) -> bool:
        return await self._reads.find(session_id) is not None

    async def _read(self, session_ids: list[str]) -> dict[str, bool]:
        found = self._revocations.find({"_id": {"$in": session_ids}}, {"_id": 1}).limit(len(session_ids))
        return {document["_id"]: True for document in await found.to_list(None)}
