"""The bus: hints between processes, published in batches on one Redis channel, and heard there."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from prometheus_client import Counter, Histogram

from server.cluster.envelopes import Batch, Envelopes, Hint
from server.cluster.gap_detector import SILENCE_SECONDS, GapDetector
from server.core.metrics import FAST, Metrics
from store.redis.channel import Channel, RedisAway

log = logging.getLogger(__name__)

BEAT_SECONDS = 0.25  # a process that has nothing to say says so
GATHER_SECONDS = 0.002  # hints that come together go out together: a publish costs as much as twenty of them
WAITING_MAX = 20_000  # hints that wait while Redis is slow; with more they are dropped, and the others read MongoDB
AGAIN_SECONDS = 0.2  # between two tries to reach a Redis that is away


class BusMetrics:
    """What the bus counts of itself."""

    def __init__(self, metrics: Metrics) -> None:
        counted, registry = [], metrics.registry
        for name, meaning in (
            ("hints_missed", "batches of other processes' hints that were not heard"),
            ("gaps_read", "times that MongoDB's log of changes was read because hints may have been missed"),
            ("not_ours", "messages on the channel that no process of this desk sealed lately"),
            ("lines_read", "lines that were told because they were read there: nobody had hinted them"),
        ):
            counted.append(Counter(f"deskwire_bus_{name}", meaning, registry=registry))
        self.hints_missed, self.gaps_read, self.not_ours, self.lines_read = counted
        self.lag = Histogram(
            "deskwire_bus_lag_seconds", "seconds until Redis gave our own words back", buckets=FAST, registry=registry
        )


class Bus:
    """Publishes our hints in batches, listens for those of the others. `process_id` names us to them."""

    def __init__(self, channel: Channel, envelopes: Envelopes, process_id: str, metrics: BusMetrics) -> None:
        self._channel = channel
        self._envelopes = envelopes
        self._process_id = process_id
        self._metrics = metrics
        self.gaps = GapDetector(process_id, time.monotonic())
        self._number = 0
        self._waiting: list[Hint] = []
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_away = self._has_warned = False

    def tell(self, *hint: Any) -> None:
        """Hints this to the others, if there are any: soon, once, and perhaps not at all."""
        if self.gaps.is_alone(time.monotonic()):
            return
        if len(self._waiting) >= WAITING_MAX:
            self._waiting.clear()
            self.skip_number()
        self._waiting.append(list(hint))
        self._news.set()

    def skip_number(self) -> None:
        """Something is not told: the others miss a number, and know that they missed something."""
        self._number += 1

    def start(self, hear: Callable[[Hint], None]) -> None:
        """`hear` is given each hint of another process; it must not raise."""
        loop = asyncio.get_running_loop()
        self._news.set()  # the others should know of us before anybody comes in
        self._tasks = [
            loop.create_task(self._listen(hear), name="bus: listens"),
            loop.create_task(self._speak(), name="bus: speaks"),
        ]

    async def stop(self) -> None:
        """What waits goes out, if Redis takes it at once."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        with suppress(RedisAway):
            await self._publish()
        await self._channel.close()

    async def _speak(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._news.wait()
            if self._waiting:
                await asyncio.sleep(GATHER_SECONDS)
            try:
                await self._publish()
            except RedisAway as error:
                self._note_away(str(error))
                await asyncio.sleep(AGAIN_SECONDS)
            except Exception:  # whatever it is: those hints are missed, by their number, and the later ones must go out
                log.exception("hints could not be published")

    async def _publish(self) -> None:
        hints, self._waiting = self._waiting, []
        self._news.clear()
        self._number += 1
        data = self._envelopes.seal(Batch(self._process_id, self._number, time.time(), hints))
        await self._channel.publish(data)

    async def _listen(self, hear: Callable[[Hint], None]) -> None:
        while True:
            try:
                async for data in self._channel.listen(SILENCE_SECONDS):
                    self._take(data, hear)
            except RedisAway as error:
                self.gaps.stopped_listening()
                self._note_away(str(error))
            except Exception:  # whatever it is: a listener that died would be missed by nobody
                self.gaps.stopped_listening()
                log.exception("the listener of the bus failed")
            await asyncio.sleep(AGAIN_SECONDS)

    def _take(self, data: bytes, hear: Callable[[Hint], None]) -> None:
        if not data:
            return
        batch = self._envelopes.open(data, time.time())
        if batch is None:
            self._metrics.not_ours.inc()
            if not self._has_warned:
                self._has_warned = True
                log.warning("somebody who is not of this desk, or whose clock is wrong, publishes on its channel")
            return
        is_own = batch.process_id == self._process_id
        lag = max(0.0, time.time() - batch.sent_at) if is_own else 0.0
        missed = self.gaps.heard(batch.process_id, batch.number, time.monotonic() - lag)
        if missed > 0:
            self._metrics.hints_missed.inc(missed)
        if is_own:
            self._metrics.lag.observe(lag)
            self._note_there()
        elif missed >= 0:
            for hint in batch.hints:
                hear(hint)

    def _note_away(self, why: str) -> None:
        if not self._is_away:
            self._is_away = True
            log.warning("Redis is away (%s): other processes are read from MongoDB, limits hold in each alone", why)

    def _note_there(self) -> None:
        if self._is_away:
            self._is_away = False
            log.warning("Redis is there again")
