"""The table of jobs: what has been looked at, what failed, and what it says of itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from pymongo.errors import AutoReconnect

from jobs.schedule import Job, Ticker
from server.core.metrics import Metrics
from tests.support.desk import Scene
from tests.support.houses import until


@asynccontextmanager
async def ticking(metrics: Metrics, *jobs: tuple[str, float, Callable[[], Awaitable[None]]]) -> AsyncIterator[Ticker]:
    ticker = Ticker([Job(name, seconds, run) for name, seconds, run in jobs], metrics)
    ticker.start()
    try:
        yield ticker
    finally:
        await ticker.stop()


async def test_a_round_that_had_begun_before_has_not_looked_since() -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    async def look() -> None:
        began.set()
        await may_end.wait()

    async def never() -> None:
        raise AssertionError("it is not due for an hour")

    async with ticking(Metrics(), ("look", 0.01, look), ("rare", 3600, never)) as ticker:
        before = time.monotonic()
        assert await until(began.is_set)
        meanwhile = time.monotonic()
        assert not ticker.have_run_since(before, 0.01)
        began.clear()
        may_end.set()
        assert await until(began.is_set)  # the next round has begun, so the first one has ended
        assert ticker.have_run_since(before, 0.01)
        assert await until(lambda: ticker.have_run_since(meanwhile, 0.01))
        assert not ticker.have_run_since(before, 3600)


async def test_rounds_are_counted_by_how_they_ended(caplog: pytest.LogCaptureFixture) -> None:
    async def fine() -> None: ...

    async def broken() -> None:
        raise RuntimeError("this job cannot run")

    async def waiting() -> None:
        raise AutoReconnect("no primary")

    def counted(job: str, outcome: str) -> float:
        return metrics.registry.get_sample_value("deskwire_job_runs_total", {"job": job, "outcome": outcome}) or 0

    metrics, began = Metrics(), time.monotonic()
    async with ticking(metrics, ("a look", 0.01, fine), ("broken", 0.01, broken), ("away", 0.01, waiting)) as ticker:
        assert await until(
            lambda: counted("a_look", "done") and counted("broken", "failed") and counted("away", "away")
        )
        assert not ticker.have_run_since(began, 0.01), "what failed has not looked"
    assert not counted("broken", "done")
    assert any(record.exc_info for record in caplog.records if record.message == "job broken failed")
    caplog.clear()  # the trace was wanted


async def test_metrics_say_that_the_jobs_run(desk: Scene) -> None:
    await desk.looked()
    _, text = await desk.get("/metrics")
    assert 'deskwire_job_runs_total{job="idle_clocks",outcome="done"}' in text
    assert 'deskwire_job_runs_total{job="purge"' not in text, "it is not due yet"
