"""A clock that tests move: real time plus what they add."""

from datetime import datetime, timedelta

from server.core.clock import SystemClock


class MovableClock:
    def __init__(self) -> None:
        self._added = timedelta()

    def now(self) -> datetime:
        return SystemClock().now() + self._added

    def advance(self, **duration: float) -> None:
        """advance(days=8): everything that reads this clock is eight days later."""
        self._added += timedelta(**duration)
