"""The queue as those who wait see it: their place and how long it will take, told live whenever it changes."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.core.coalesce import Coalesced
from server.departments.hours import Opening
from server.realtime import rooms
from server.realtime.announcer import LiveDesk
from server.realtime.delivery import Delivery
from server.realtime.rooms import Connection, Rooms
from server.schemas.queue import Queue as QueueShown
from server.schemas.render import render
from store.chats import Chats
from store.queue import Queue, Waiting
from store.records import Chat, Membership
from store.seats import Seats

SAMPLES, SAMPLES_MIN = 200, 20  # the last chats that count; fewer than the second say nothing
STEP = 30  # seconds; a finer estimate would pretend to know
SPREAD = 0.25  # the range is this share below and above
MEAN_KEPT_SECONDS = 10.0  # how long a mean is used before it is computed again


@dataclass(frozen=True)
class WaitEstimate:
    """What a place in the queue of a department is worth just now."""

    mean_seconds: float | None
    seats: int
    reason: str
    opens_at: datetime | None

    def eta(self, position: int) -> dict[str, float] | None:
        """{low, high} seconds until this position is served, in steps of 30; None when that cannot be known."""
        if self.mean_seconds is None or not self.seats:
            return None
        expected = position * self.mean_seconds / self.seats
        low = math.floor(expected * (1 - SPREAD) / STEP) * STEP
        high = math.ceil(expected * (1 + SPREAD) / STEP) * STEP
        return {"low": float(low), "high": float(max(low + STEP, high))}


class WaitEstimates:
    def __init__(self, chats: Chats, seats: Seats, opening: Callable[[str | None], Awaitable[Opening]]) -> None:
        self._chats = chats
        self._seats = seats
        self._opening = opening
        self._estimates: dict[str | None, WaitEstimate] = {}
        self._mean: float | None = None
        self._mean_read_at = -math.inf

    def forget(self) -> None:
        """Somebody came or went: the estimates of the departments are made anew."""
        self._estimates = {}  # a new one: who is looking just now puts what it saw into the old one

    def are_over(self, now: datetime) -> bool:
        """Whether an opening hour has come that somebody was told to wait for."""
        return any(estimate.opens_at and estimate.opens_at <= now for estimate in self._estimates.values())

    async def of(self, department: str | None) -> WaitEstimate:
        """The estimate of a department's queue; shared by all its places until `forget`."""
        estimates = self._estimates
        if department not in estimates:
            estimates[department] = await self._look(department)
        return estimates[department]

    async def _look(self, department: str | None) -> WaitEstimate:
        present = [seat for seat in await self._seats.all() if seat.is_online and seat.serves(department)]
        mean = await self._mean_seconds()
        if present:
            return WaitEstimate(mean, sum(seat.max_chats for seat in present), "all_busy", None)
        opening = await self._opening(department)
        if opening.is_open:
            return WaitEstimate(mean, 0, "no_agent_online", None)
        return WaitEstimate(mean, 0, "outside_hours", opening.opens_at)

    async def _mean_seconds(self) -> float | None:
        now = time.monotonic()
        if now - self._mean_read_at > MEAN_KEPT_SECONDS:
            samples, mean = await self._chats.handling_seconds(SAMPLES)
            self._mean, self._mean_read_at = (mean if samples >= SAMPLES_MIN else None), now
        return self._mean


NEAR = 50  # places that hear of a change at once; those beyond in rounds
NEAR_SECONDS, FAR_SECONDS = 0.02, 0.25
SLICE = 100  # of those who wait, between two yields to the loop


class QueuePositions:
    def __init__(  # noqa: PLR0913, PLR0917  whom it asks, and whom it tells
        self,
        queue: Queue,
        estimates: WaitEstimates,
        members: Rooms,
        delivery: Delivery,
        feed: LiveDesk,
        tell_others: Callable[..., None] = lambda *_: None,
    ) -> None:
        self._queue = queue
        self._estimates = estimates
        self._rooms = members
        self._delivery = delivery
        self._feed = feed
        self._tell_others = tell_others
        self._near = Coalesced("near places", NEAR_SECONDS, lambda: self._tell(NEAR))
        self._far = Coalesced("far places", FAR_SECONDS, lambda: self._tell(0))

    def changed(self) -> None:
        """Somebody came, left, was served, or the order changed: those who wait hear their new place, in every process."""
        self.moved()
        self._tell_others("queue")

    def moved(self) -> None:
        """As `changed`, for those who wait here."""
        self._estimates.forget()
        self._near.poke()
        self._far.poke()
        self._feed.queue()

    def refresh(self, now: datetime) -> None:
        """Those who wait hear when an opening hour has come."""
        if self._estimates.are_over(now):
            self.changed()

    async def place_of(self, chat: Chat) -> dict[str, Any] | None:
        """The chat's Queue; None when it has no place."""
        if chat.status != "queued" or chat.offline:
            return None
        ahead = await self._queue.ahead_of(chat)
        waiting = await self._queue.length(department=chat.department)
        return await self._place(chat.id, chat.department, ahead, max(waiting, ahead + 1))

    def as_of(self) -> int:
        """For `tell`: a place that is read from now on is not told to whom it is out of date by then."""
        return self._delivery.forgettings

    def tell(self, chat: Membership, place: dict[str, Any], as_of: int) -> None:
        """Its place to one who has just joined, however far back: the rounds are for those whom others move."""
        for room in rooms.of_its_customer(chat):
            self._push(self._rooms.members("/customer", room), place, as_of)

    async def stop(self) -> None:
        await self._near.stop()
        await self._far.stop()

    async def _place(self, chat_id: str, department: str | None, ahead: int, waiting: int) -> dict[str, Any]:
        estimate = await self._estimates.of(department)
        position = ahead + 1
        return render(
            QueueShown,
            estimate,
            chat_id=chat_id,
            position=position,
            ahead=ahead,
            waiting=waiting,
            eta=estimate.eta(position),
        )

    async def _tell(self, limit: int) -> None:
        """One ordered read, and a push to everybody in it whose place is another than the one told last."""
        as_of = self.as_of()
        queue = await self._queue.in_order(limit)
        lengths = {
            department: await self._length(queue, department, limit)
            for department in {each.department for each in queue}
        }
        ahead: dict[str | None, int] = {}
        for index, waiting in enumerate(queue):
            mine = ahead.get(waiting.department, 0)
            ahead[waiting.department] = mine + 1
            listening = self._listening(waiting)
            if listening:
                place = await self._place(waiting.id, waiting.department, mine, lengths[waiting.department])
                self._push(listening, place, as_of)
            if index % SLICE == SLICE - 1:
                await asyncio.sleep(0)

    def _listening(self, waiting: Waiting) -> list[Connection]:
        """The customer's connections; of those by a link the ones that were told of this chat."""
        linked = self._rooms.members("/customer", rooms.linked(waiting.customer_id))
        told = [each for each in linked if each.told_place and each.told_place["chat_id"] == waiting.id]
        return [*self._rooms.members("/customer", rooms.of_person(waiting.customer_id)), *told]

    async def _length(self, queue: Sequence[Waiting], department: str | None, limit: int) -> int:
        if limit and len(queue) == limit:
            return await self._queue.length(department=department)
        return sum(waiting.department == department for waiting in queue)

    def _push(self, listening: Iterable[Connection], place: dict[str, Any], as_of: int) -> None:
        for connection in listening:
            told = connection.told_place
            if connection.forgotten > as_of:  # served since the place was read
                continue
            if told is None or any(told[name] != place[name] for name in ("chat_id", "position", "eta", "reason")):
                connection.told_place = place
                self._delivery.to_connection(connection, "queue_position", place)
