"""How long one will wait, or why nobody can say: from how long chats have taken, and how many seats there are."""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from server.departments.hours import Opening
from store.chats import Chats
from store.seats import Seats

SAMPLES, SAMPLES_MIN = 200, 20  # the last chats that count; fewer than the second say nothing
STEP = 30  # seconds; a finer estimate would pretend to know
SPREAD = 0.25  # the range is this share below and above
PACE_SECONDS = 10.0  # how long a mean is used before it is computed again


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
        self._outlooks: dict[str | None, WaitEstimate] = {}
        self._pace: float | None = None
        self._paced_at = -math.inf

    def forget(self) -> None:
        """Somebody came or went: the outlooks of the departments are made anew."""
        self._outlooks = {}  # a new one: who is looking just now puts what it saw into the old one

    def are_over(self, now: datetime) -> bool:
        """Whether an opening hour has come that somebody was told to wait for."""
        return any(outlook.opens_at and outlook.opens_at <= now for outlook in self._outlooks.values())

    async def outlook(self, department: str | None) -> WaitEstimate:
        """The outlook of a department's queue; shared by all its places until `forget`."""
        outlooks = self._outlooks
        if department not in outlooks:
            outlooks[department] = await self._look(department)
        return outlooks[department]

    async def _look(self, department: str | None) -> WaitEstimate:
        present = [seat for seat in await self._seats.all() if seat.is_online and seat.serves(department)]
        pace = await self._mean_seconds()
        if present:
            return WaitEstimate(pace, sum(seat.max_chats for seat in present), "all_busy", None)
        opening = await self._opening(department)
        if opening.is_open:
            return WaitEstimate(pace, 0, "no_agent_online", None)
        return WaitEstimate(pace, 0, "outside_hours", opening.opens_at)

    async def _mean_seconds(self) -> float | None:
        now = time.monotonic()
        if now - self._paced_at > PACE_SECONDS:
            samples, mean = await self._chats.handling_seconds(SAMPLES)
            self._pace, self._paced_at = (mean if samples >= SAMPLES_MIN else None), now
        return self._pace
