"""The table of schedules, and APScheduler as its ticker: it keeps nothing, deadlines live in documents."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A function to be called every `seconds`; never twice at once, a missed call is made up for by the next."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[None]]


class Ticker:
    def __init__(self, jobs: list[Job]) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        for job in jobs:
            self._scheduler.add_job(
                _guarded, "interval", args=[job], id=job.name, seconds=job.seconds, max_instances=1, coalesce=True,
                misfire_grace_time=None,  # a late call is better than none (by default one 2 s late is dropped)
            )  # fmt: skip

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)


async def _guarded(job: Job) -> None:
    """A job that fails is logged, and called again at its next time."""
    try:
        await job.run()
    except Exception:
        log.exception("job %s failed", job.name)
