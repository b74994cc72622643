"""Circuit breakers: a destination that keeps failing is left alone for a while, and costs those behind it nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cachetools import LRUCache

FAILURES = 5  # in a row, until it is left alone
LONGEST = timedelta(minutes=10)
KEPT = 10_000  # destinations; one that is forgotten fails five times more


@dataclass
class _Failing:
    count: int = 0
    until: datetime | None = None


class Breakers:
    """By destination. After its pause one try is let through; if that fails the next pause is twice as long."""

    def __init__(self, first_pause: timedelta) -> None:
        self._first_pause = first_pause
        self._failing: LRUCache[str, _Failing] = LRUCache(KEPT)

    def open_until(self, destination: str, now: datetime) -> datetime | None:
        """Until when it is left alone; None when it may be tried."""
        failing = self._failing.get(destination)
        return failing.until if failing and failing.until and failing.until > now else None

    def is_on_trial(self, destination: str) -> bool:
        """Whether one try at a time is enough: it has failed often, and not succeeded since."""
        failing = self._failing.get(destination)
        return failing is not None and failing.count >= FAILURES

    def note_success(self, destination: str) -> None:
        self._failing.pop(destination, None)

    def note_failure(self, destination: str, now: datetime) -> datetime | None:
        """Until when it is left alone because of this, if it is."""
        failing = self._failing.setdefault(destination, _Failing())
        failing.count += 1
        if failing.count < FAILURES:
            return None
        failing.until = now + min(self._first_pause * 2 ** min(failing.count - FAILURES, 10), LONGEST)
        return failing.until
