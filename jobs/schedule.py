"""APScheduler as a ticker: it calls jobs and keeps nothing. Deadlines live in documents, so that a restart forgets none."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from store.errors import is_away

log = logging.getLogger(__name__)

STOP_SECONDS = 3.0  # a stop waits as long for jobs that run; a purge may take minutes, and may be cut off anywhere


@dataclass(frozen=True)
class Job:
    """A function to be called every `seconds`; never twice at once, a missed call is made up for by the next."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[object]]


class Ticker:
    def __init__(self, jobs: list[Job]) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            # By default a call two seconds late is dropped; a late one is better than none.
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        for job in jobs:
            self._scheduler.add_job(self._run, "interval", args=[job], id=job.name, seconds=job.seconds)

    def start(self) -> None:
        self._scheduler.start()

    async def stop(self) -> None:
        """Calls no more; returns when the jobs that run have ended, or have been cut off after `STOP_SECONDS`."""
        self._scheduler.pause()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=STOP_SECONDS)
        self._scheduler.shutdown(wait=False)

    async def _run(self, job: Job) -> None:
        """A job that fails is logged, and called again at its next time."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  APScheduler runs coroutines as tasks
        self._running.add(task)
        try:
            await job.run()
        except asyncio.CancelledError:  # ends here: APScheduler would call it an error
            log.warning("job %s was cut off: the desk stops", job.name)
        except Exception as error:
            if is_away(error):
                log.warning("job %s: the database is away", job.name)
            else:
                log.exception("job %s failed", job.name)
        finally:
            self._running.discard(task)
