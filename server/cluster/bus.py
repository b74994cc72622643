"""The bus: hints between processes, numbered, sealed and published on one Redis channel; and which of them were not heard."""

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from prometheus_client import Counter, Histogram

from server.core.metrics import FAST, Metrics
from store.redis.channel import Channel, RedisAway


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


SEAL = hashlib.sha256().digest_size * 2  # as hexadecimal digits

FRESH_SECONDS = 60.0  # by which clocks may differ, and Redis be late; beyond that hints are read from MongoDB

Hint = list[Any]  # [kind, value, ...]: see hint_receiver.py


@dataclass(frozen=True, slots=True)
class Batch:
    """What a process said at once. Its batches are numbered without a gap; an empty one says that it is there."""

    process_id: str
    number: int
    sent_at: float  # seconds since 1970, by the sender's clock
    hints: list[Hint]


class Envelopes:
    """Seals a batch for the channel and opens one. Only who has `key` can make an envelope that opens."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, batch: Batch) -> bytes:
        """Raises TypeError for what is no JSON."""
        body = orjson.dumps([batch.process_id, batch.number, batch.sent_at, batch.hints])
        return self._seal_of(body) + body

    def open(self, data: bytes, now: float) -> Batch | None:
        """None for what this desk did not seal, or not lately: what somebody recorded is not heard again."""
        seal, body = data[:SEAL], data[SEAL:]
        if not hmac.compare_digest(seal, self._seal_of(body)):
            return None
        batch = Batch(*orjson.loads(body))
        return batch if abs(now - batch.sent_at) < FRESH_SECONDS else None

    def _seal_of(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256).hex().encode()


log = logging.getLogger(__name__)

SILENCE_SECONDS = 1.0  # without a word of a process that lives, or an echo of our own: something may have been missed
BEAT_SECONDS = 0.25  # a process that has nothing to say says so
GATHER_SECONDS = 0.002  # hints that come together go out together: a publish costs as much as twenty of them
WAITING_MAX = 20_000  # hints that wait while Redis is slow; with more they are dropped, and the others read MongoDB
AGAIN_SECONDS = 0.2  # between two tries to reach a Redis that is away


class GapDetector:
    """Whether everything that the other processes said was heard here, and if not, since when. Nothing but bookkeeping.

    Seconds are the caller's, by a monotonic clock. `own`: this process, which hears itself too.
    """

    def __init__(self, own: str, now: float) -> None:
        self._own = own
        self._numbers: dict[str, int] = {}
        self._heard_at = {own: now}  # of every process that lives: until when all it said was heard
        self._missing_since: float | None = now  # what was said before this process listened, nobody can tell
        self._met_at = float("-inf")  # when another process was heard, or known to live, last

    def heard(self, process_id: str, number: int, now: float) -> int:
        """A batch came: how many before it did not. -1: it came before. Of our own, `now` is when it was sent.

        So a Redis, or a listener, that lags counts as silent, and what it holds back as not heard.
        """
        last = self._numbers.get(process_id)
        if last is not None and number <= last:
            return -1
        missed = number - last - 1 if last is not None else 0
        if missed:
            self.missing_since(min(self._heard_at.get(process_id, now), self._heard_at[self._own]))
        self._numbers[process_id], self._heard_at[process_id] = number, now
        if process_id != self._own:
            self._met_at = now
        return missed

    def living(self, others: Iterable[str], now: float) -> None:
        """These and no others live, as their leases say. Whoever is new has been silent until now."""
        living = {self._own, *others}
        for gone in self._heard_at.keys() - living:
            if now - self._heard_at[gone] > SILENCE_SECONDS:  # a lease may be read a moment before it is written
                del self._heard_at[gone]
                self._numbers.pop(gone, None)  # it may have lived without a word: Redis was away
        for new in living - self._heard_at.keys():
            self._heard_at[new] = now
            self.missing_since(now)
        if len(living) > 1:
            self._met_at = now

    def is_alone(self, now: float) -> bool:
        """Nobody else has been there for a while: nobody needs a hint."""
        return now - self._met_at > 3 * SILENCE_SECONDS

    def broken_since(self, now: float) -> float | None:
        """Until when everything was surely heard; None while nothing is missing."""
        if len(self._heard_at) == 1 and self._missing_since is None:
            return None  # there is nobody whose words could be missed
        silent = [at for at in self._heard_at.values() if now - at > SILENCE_SECONDS]
        missing = [] if self._missing_since is None else [self._missing_since]
        return min(silent + missing, default=None)

    def made_good(self) -> None:
        """Whatever is known to be missing is being read."""
        self._missing_since = None

    def deaf(self) -> None:
        """What comes from now on is not heard; if there is anybody to be heard."""
        if len(self._heard_at) > 1:
            self.missing_since(self._heard_at[self._own])

    def missing_since(self, since: float) -> None:
        """Something that was said after this moment may not have been heard."""
        if self._missing_since is None or since < self._missing_since:
            self._missing_since = since


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
            self.lose()
        self._waiting.append(list(hint))
        self._news.set()

    def lose(self) -> None:
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
                self.gaps.deaf()
                self._note_away(str(error))
            except Exception:  # whatever it is: a listener that died would be missed by nobody
                self.gaps.deaf()
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
