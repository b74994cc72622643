"""What the jobs did, for admins."""

from dataclasses import dataclass
from typing import Any

from server.core.clock import iso
from store.job_runs import JobRecords


@dataclass(frozen=True)
class JobRuns:
    records: JobRecords

    async def listed(self, page: int, page_size: int) -> dict[str, Any]:
        count, runs = await self.records.page(page, page_size)
        return {"count": count, "results": [{**run, "began_at": iso(run["began_at"])} for run in runs]}
