"""How soon agents have answered lately, by department."""

from datetime import datetime
from statistics import median

from store.chats import CHATS
from store.client import Database

SAMPLES = 1000  # the chats that ended last; what one read of an index may cost


class AnswerTimes:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)

    async def usual(self, since: datetime) -> dict[str | None, float]:
        """Seconds from the first agent to its first line, the median of the last SAMPLES chats that ended after `since`; by
        department, and under None of all. Departments without an answered chat are left out.
        """
        rows = self._chats.aggregate(
            [
                {"$match": {"ended_at": {"$gte": since}}},
                {"$sort": {"ended_at": -1}},
                {"$limit": SAMPLES},
                {"$match": {"was_live": True, "figures.first_response_seconds": {"$type": "number"}}},
                {"$project": {"_id": 0, "department": 1, "seconds": "$figures.first_response_seconds"}},
            ]
        )
        found: dict[str | None, list[float]] = {}
        async for row in rows:
            for name in {None, row.get("department")}:
                found.setdefault(name, []).append(row["seconds"])
        return {name: round(median(seconds), 3) for name, seconds in found.items()}
