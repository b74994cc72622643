"""Sends what the outbox holds: claims what is due, gives it to its channel, and settles it by what came of that.

It sleeps until the next delivery is due, or until somebody adds one: nothing is polled that is not due. Any number of
processes do so beside each other; a delivery belongs to whoever claimed it until the lease is over.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from server.channels.base import Channel, Outcome, Retry
from server.core.clock import Clock
from server.sending.breaker import Breakers
from server.sending.places import Places
from server.sending.settlement import Settlement
from store.errors import is_away
from store.outbox.claims import DeliveryClaims
from store.outbox.deliveries import Delivery, Due
from store.outbox.orders import DeliveryOrders
from store.outbox.owed import Owed

log = logging.getLogger(__name__)

LOOK = 200  # due ones looked at together
LONGEST_SLEEP = 30.0  # seconds; a process that died may have left what nobody here knows of
AWAY_SECONDS = 1.0  # until the database is asked again when it is away
STOP_SECONDS = 3.0  # a stop waits as long for what is under way; the rest is taken up when its lease is over


@dataclass(frozen=True)
class Times:
    """Those of a call, and the lease of a claim, which is longer."""

    deadline_seconds: float
    lease: timedelta


class Sender:
    def __init__(  # noqa: PLR0913, PLR0917  what it needs, each a thing of its own
        self,
        claims: DeliveryClaims,
        orders: DeliveryOrders,
        owed: Owed,
        places: Places,
        breakers: Breakers,
        settlement: Settlement,
        times: Times,
        clock: Clock,
    ) -> None:
        self._claims = claims
        self._orders = orders
        self._owed = owed
        self._places = places
        self._breakers = breakers
        self._settlement = settlement
        self._times = times
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop().create_task(self._run(), name="sender of deliveries")

    def wake(self) -> None:
        """Something is due, or may be."""
        self._woken.set()

    async def reconcile(self) -> None:
        """What a crash left waiting for an earlier one of its order looks again whether it must."""
        await self._orders.release_stuck(self._clock.now())
        self.wake()

    async def stop(self) -> None:
        """Claims no more; what is under way may end."""
        if self._loop:
            self._loop.cancel()
            await asyncio.wait([self._loop])
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                seconds = 0.0 if await self._look() else await self._sleep_seconds()
            except Exception as error:  # whatever it is: the others still have to go
                seconds = AWAY_SECONDS
                if not is_away(error):
                    log.exception("sending deliveries failed")
            if seconds:
                await self._rest(seconds)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _sleep_seconds(self) -> float:
        """Until the next one is due. What is due and has no place here is looked at when one of those under way ends."""
        paced = self._places.seconds_until_room() or LONGEST_SLEEP
        next_at = await self._claims.next_look(
            channels=self._places.channels_with_room(), but=self._places.full_destinations()
        )
        if next_at is None:
            return min(paced, LONGEST_SLEEP)
        seconds = (next_at - self._clock.now()).total_seconds()
        return min(max(seconds, 0.01), paced, LONGEST_SLEEP)

    async def _look(self) -> bool:
        """Begins what is due and has a place; whether anything did."""
        now = self._clock.now()
        due = await self._claims.due(
            now, LOOK, channels=self._places.channels_with_room(), but=self._places.full_destinations()
        )
        ready = self._places.take(sorted(await self._without_open_breakers(due), key=lambda each: each.rank))
        if not ready:
            return False
        try:
            claimed = {
                each.id: each for each in await self._claims.claim([each.id for each in ready], now, self._times.lease)
            }
        except Exception:
            for each in ready:
                self._places.give_back(each)
            raise
        for each in ready:
            if each.id in claimed:
                self._begin(each, claimed[each.id])
            else:  # another process was faster
                self._places.give_back(each)
        return True

    async def _without_open_breakers(self, due: list[Due]) -> list[Due]:
        now = self._clock.now()
        open_until = {each.destination: self._breakers.open_until(each.destination, now) for each in due}
        for destination, until in open_until.items():
            if until:
                await self._claims.postpone(destination, now, until)
        return [each for each in due if not open_until[each.destination]]

    def _begin(self, due: Due, delivery: Delivery) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(due, delivery), name=f"delivery by {due.channel}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, due: Due, delivery: Delivery) -> None:
        try:
            if delivery.order and await self._must_wait(delivery):
                await self._settlement.park(delivery)
                if not await self._must_wait(delivery):  # it was settled between the look and the parking
                    await self._orders.release_first([str(delivery.order)], self._clock.now())
            else:
                await self._settlement.settle(delivery, await self._attempt(delivery))
        except Exception as error:  # it is taken up again when its lease is over
            if is_away(error):
                log.warning("a delivery by %s: the database is away", delivery.channel)
            else:
                log.exception("a delivery by %s could not be settled", delivery.channel)
        finally:
            self._places.give_back(due)
            self.wake()

    async def _must_wait(self, delivery: Delivery) -> bool:
        """Whether an earlier one of its order is still to go, or still to be handed over."""
        chat_id = delivery.about.get("chat_id")
        return await self._orders.has_earlier(delivery) or (
            chat_id is not None and await self._owed.earlier(chat_id, delivery.rank)
        )

    async def _attempt(self, delivery: Delivery) -> Outcome:
        channel: Channel = self._places.channels[delivery.channel]
        seconds = self._times.deadline_seconds
        try:
            async with asyncio.timeout(seconds):
                return await channel.send(delivery)
        except TimeoutError:
            return Retry(f"no answer within {seconds:g} s", is_uncertain=True)
        except Exception as error:
            if is_away(error):
                return Retry("the desk's own database was away")
            log.exception("the channel %s failed", delivery.channel)
            return Retry(f"the desk's own fault: {type(error).__name__}")
