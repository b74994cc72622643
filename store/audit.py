"""The audit trail: only ever written at its end."""

from datetime import datetime
from typing import Any

from bson import ObjectId

from store.client import Database
from store.office_records import AuditEntry

NEWEST_FIRST = [("at", -1), ("_id", -1)]


class AuditTrail:
    def __init__(self, database: Database) -> None:
        self._deeds = database.collections.audit

    async def append(self, at: datetime, who_id: str | None, what: str, whom: str | None, details: Any) -> None:
        await self._deeds.insert_one(AuditEntry(str(ObjectId()), at, who_id, what, whom, details).document())

    async def page(self, page: int, page_size: int) -> tuple[int, list[AuditEntry]]:
        """How many there are, and one page of them, the newest first."""
        cursor = self._deeds.find().sort(NEWEST_FIRST).skip((page - 1) * page_size).limit(page_size)
        return int(await self._deeds.count_documents({})), [AuditEntry.of(document) async for document in cursor]
