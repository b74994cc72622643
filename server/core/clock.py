"""The time, passed in: rules take `now` from here, and tests bring a clock of their own."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The time in UTC, in whole milliseconds: what MongoDB keeps and the wire shows."""


class SystemClock:
    """The same object for all that happens in one millisecond."""

    def __init__(self) -> None:
        self._milliseconds = -1
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        milliseconds = time.time_ns() // 1_000_000
        if milliseconds != self._milliseconds:
            seconds, rest = divmod(milliseconds, 1000)
            self._now = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
            self._milliseconds = milliseconds
        return self._now


@lru_cache(4096)  # what happens in one millisecond is shown many times
def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with milliseconds and Z, as on the wire."""
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"  # without +00:00; strftime takes three times as long
