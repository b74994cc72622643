"""What becomes of a delivery by the outcome of an attempt."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Counter, Histogram

from server.channels.base import Channel, Gone, Later, Outcome, Pending, Retry, Sent
from server.core.clock import Clock
from server.core.metrics import Metrics
from server.core.signals import Signals
from server.sending.breaker import Breakers
from server.sending.waits import Waits
from store.errors import is_away
from store.outbox.claims import DeliveryClaims
from store.outbox.deliveries import Delivery
from store.outbox.orders import DeliveryOrders

AGAIN_SECONDS = 0.5  # between two tries to write an outcome down while the database is away
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600)


class DeliveryMetrics:
    def __init__(self, metrics: Metrics) -> None:
        self._outcomes = Counter(
            "deskwire_deliveries", "attempts to deliver, and how they ended", ["channel", "outcome"],
            registry=metrics.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "deskwire_delivery_seconds", "seconds from the deed until its delivery arrived", ["channel"],
            buckets=BUCKETS, registry=metrics.registry,
        )  # fmt: skip

    def ended(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        self._outcomes.labels(delivery.channel, type(outcome).__name__.lower()).inc()
        if isinstance(outcome, Sent):
            self._seconds.labels(delivery.channel).observe((now - delivery.created_at).total_seconds())


@dataclass(frozen=True)
class Settlement:
    """`grace_seconds`: how long after a call its claim stands at least."""

    claims: DeliveryClaims
    orders: DeliveryOrders
    channels: Mapping[str, Channel]
    breakers: Breakers
    waits: Waits
    metrics: DeliveryMetrics
    signals: Signals
    grace_seconds: float
    clock: Clock

    async def settle(self, delivery: Delivery, outcome: Outcome) -> None:
        """Writes down what came of an attempt, and lets the next one of its order go.

        While the database is away it is tried again until the claim is over: else it would be sent twice.
        """
        now = self.clock.now()
        self.metrics.ended(delivery, outcome, now)
        match outcome:
            case Sent(detail):
                self.breakers.note_success(delivery.destination)
                await self._write(lambda: self._end(delivery, "sent", now, sent_at=now, detail=detail, error=None))
            case Pending(detail):
                self.breakers.note_success(delivery.destination)
                await self._write(lambda: self._end(delivery, "pending", now, detail=detail, error=None))
            case Gone(why, is_unwanted):
                state = "dropped" if is_unwanted else "dead"
                await self._write(lambda: self._end(delivery, state, now, error=why))
            case Later(at):
                await self._write(lambda: self._put_off(delivery, at))
            case Retry():
                await self._write(lambda: self._again(delivery, outcome, now))

    async def park(self, delivery: Delivery) -> None:
        """It waits for an earlier one of its order, whose settlement lets it go."""
        await self.claims.put_off_if_claimed(delivery, "waiting", None)

    async def _again(self, delivery: Delivery, outcome: Retry, now: datetime) -> None:
        until = self.breakers.note_failure(delivery.destination, now)
        if until:
            await self.claims.postpone(delivery.destination, now, until)
        attempts = delivery.attempts + 1
        next_at = now + self.waits.after(attempts, outcome.after)
        channel = self.channels.get(delivery.channel)
        is_too_old = channel is not None and next_at > delivery.tried_since + channel.limits.max_age
        if is_too_old:
            why = f"given up after {attempts} attempts: {outcome.error}"
            await self._end(delivery, "dead", now, error=why, attempts=attempts)
        elif outcome.is_uncertain and delivery.uncertain and not (channel and channel.limits.knows_repeats):
            why = f"nobody knows whether it arrived, twice: {outcome.error}"
            await self._end(delivery, "dead", now, error=why, attempts=attempts)
        else:
            uncertain = outcome.is_uncertain or bool(delivery.uncertain)
            await self.claims.put_off_if_claimed(
                delivery, "waiting", max(next_at, until or next_at), attempts=attempts, error=outcome.error,
                uncertain=uncertain,
            )  # fmt: skip

    async def _put_off(self, delivery: Delivery, at: datetime | None) -> None:
        await self.claims.put_off_if_claimed(delivery, "held", at)
        self.signals.delivery_held.emit(delivery.channel, delivery.id)

    async def _end(self, delivery: Delivery, state: str, now: datetime, **said: object) -> None:
        await self.claims.settle_if_claimed(delivery, state, now, **{"attempts": delivery.attempts + 1, **said})
        if delivery.order:
            await self.orders.release_first([delivery.order], now)

    async def _write(self, write: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.grace_seconds
        while True:
            try:
                return await write()
            except Exception as error:
                if not is_away(error) or loop.time() > until:
                    raise
                await asyncio.sleep(AGAIN_SECONDS)
