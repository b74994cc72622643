"""What the jobs did, and the leases that let each daily one run once, in whichever process comes first."""

from datetime import datetime
from typing import Any

from store.client import Database
from store.collections import Collection, Expires, Kept, Replay
from store.customer_data import NoCustomers
from store.paging import read_page

JOB_RUNS = Collection(
    name="job_runs",
    record=None,
    indexes=(),
    retention=Expires("began_at", 30 * 86400),
    replay=Replay.NO,
    personal=(),
    customers=NoCustomers("figures of jobs"),
    remembered=False,
)

JOB_LEASES = Collection(
    name="job_leases",
    record=None,
    indexes=(),
    retention=Kept("one a job"),
    replay=Replay.NO,
    personal=(),
    customers=NoCustomers("one row a job"),
    remembered=False,
)


class JobRecords:
    def __init__(self, database: Database) -> None:
        self._runs = database.collection(JOB_RUNS)
        self._leases = database.collection(JOB_LEASES)

    async def note(self, name: str, began_at: datetime, seconds: float, outcome: str, figures: dict[str, int]) -> None:
        run = {"name": name, "began_at": began_at, "seconds": seconds, "outcome": outcome, "figures": figures}
        await self._runs.insert_one(run)

    async def page(self, page: int, page_size: int) -> tuple[int, list[dict[str, Any]]]:
        """How many runs are kept, and one page of them, the latest first."""
        count, found = await read_page(self._runs, {}, [("began_at", -1)], page, page_size)
        return count, [{name: value for name, value in run.items() if name != "_id"} for run in found]

    async def claim(self, name: str, due: datetime, now: datetime, until: datetime) -> bool:
        """Whether the run of `name` that was due at `due` is this caller's: not done, and nobody else is at it until then."""
        await self._leases.update_one({"_id": name}, {"$setOnInsert": {"done": None, "until": now}}, upsert=True)
        held = await self._leases.update_one(
            {"_id": name, "until": {"$lte": now}, "$or": [{"done": None}, {"done": {"$lt": due}}]},
            {"$set": {"until": until}},
        )
        return bool(held.modified_count)

    async def finish(self, name: str, due: datetime, now: datetime) -> None:
        await self._leases.update_one({"_id": name}, {"$set": {"done": due, "until": now}})
