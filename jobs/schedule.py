"""APScheduler as a ticker: it calls jobs and keeps nothing. Deadlines live in documents, so that a restart forgets none."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from prometheus_client import Counter

from server.core.metrics import Metrics
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
    def __init__(self, jobs: list[Job], metrics: Metrics) -> None:
        self._jobs = jobs
        self._runs = Counter(  # `outcome`: done, failed, away (the database is) or cut_off (the desk stops)
            "deskwire_job_runs", "rounds of a job that ended, and how", ["job", "outcome"], registry=metrics.registry
        )
        self._done_from: dict[str, float] = {}  # when the last round of a job that succeeded had begun
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

    def have_run_since(self, moment: float, every: float) -> bool:
        """Whether each job that runs at least once in `every` seconds has begun a round after this and ended it well.

        What was due at `moment`, by `time.monotonic`, has been seen then.
        """
        frequent = (job for job in self._jobs if job.seconds <= every)
        return all(self._done_from.get(job.name, -math.inf) > moment for job in frequent)

    async def stop(self) -> None:
        """Calls no more; returns when the jobs that run have ended, or have been cut off after `STOP_SECONDS`.

        Again: nothing happens.
        """
        if not self._scheduler.running:
            return
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
        began, outcome = time.monotonic(), "failed"
        try:
            await job.run()
            self._done_from[job.name], outcome = began, "done"
        except asyncio.CancelledError:  # ends here: APScheduler would call it an error
            outcome = "cut_off"
            log.warning("job %s was cut off: the desk stops", job.name)
        except Exception as error:
            if is_away(error):
                outcome = "away"
                log.warning("job %s: the database is away", job.name)
            else:
                log.exception("job %s failed", job.name)
        finally:
            self._runs.labels(job.name.replace(" ", "_"), outcome).inc()
            self._running.discard(task)
