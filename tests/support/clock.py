"""A clock that tests move: real time plus what they add."""

from datetime import datetime, timedelta

from server.core.clock import SystemClock


class MovableClock:
    def __init__(self) -> None:
        self._added = timedelta()
        self._stands_at: datetime | None = None

    def now(self) -> datetime:
        return (self._stands_at or SystemClock().now()) + self._added

    def stand_still(self) -> None:
        """From now on only `advance` moves it."""
        self._stands_at = SystemClock().now()

    def advance(self, **duration: float) -> None:
        """advance(days=8): everything that reads this clock is eight days later."""
        self._added += timedelta(**duration)
