"""How long a delivery waits before its next attempt."""

import random
from dataclasses import dataclass
from datetime import timedelta

LONGEST = timedelta(days=1)
GROWTH = 3.0
JITTER = 0.2  # so that those which failed together do not come back together


@dataclass(frozen=True)
class Waits:
    """`first_seconds` after the first failure, then three times as long each time, up to a day."""

    first_seconds: float

    def after(self, attempts: int, asked_seconds: float | None = None) -> timedelta:
        """The wait after so many attempts. What the other side asks for (Retry-After) is obeyed, up to a day."""
        longest = LONGEST.total_seconds()
        grown = min(self.first_seconds * GROWTH ** min(attempts - 1, 20), longest)
        seconds = grown * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  nobody gains by guessing it
        return timedelta(seconds=min(max(seconds, asked_seconds or 0.0), longest))
