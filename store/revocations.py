"""Sessions that were ended before their time: kept until their tokens would have expired anyway."""

from datetime import datetime

from store.client import Database


class Revocations:
    def __init__(self, database: Database) -> None:
        self._revocations = database.collections.revocations

    async def revoke(self, session_id: str, expires_at: datetime) -> None:
        await self._revocations.update_one({"_id": session_id}, {"$set": {"expires_at": expires_at}}, upsert=True)

    async def is_revoked(self, session_id: str) -> bool:
        return await self._revocations.find_one({"_id": session_id}, {"_id": 1}) is not None
