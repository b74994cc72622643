"""Rate limits: how often somebody may do something. A token bucket a key, kept in each process of the desk.

What one process takes from a bucket it hints to the others, soon. So nobody waits for a limit, and while the hints are away
each process holds its people to the limits alone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache

from server.core.errors import RateLimited
from server.core.settings.kinds import Rate

KEYS_KEPT = 200_000  # the least recently used buckets beyond this are forgotten, which favours their owners
STEPS = 30  # hints a full bucket at most: a generous limit is shared in larger pieces, so that it costs next to nothing


@dataclass(slots=True)
class Bucket:
    left: float
    filled_at: float
    unhinted: int = 0  # taken here, and not hinted to the others yet


class Limits:
    """`count` at once, refilled evenly over `seconds`. `seconds_now` is a monotonic clock."""

    def __init__(
        self,
        *,
        enabled: bool = True,
        seconds_now: Callable[[], float] = time.monotonic,
        tell_others: Callable[..., None] = lambda *_: None,
    ) -> None:
        self._enabled = enabled
        self._tell_others = tell_others
        self._now = seconds_now
        self._buckets: LRUCache[str, Bucket] = LRUCache(KEYS_KEPT)

    def spend(self, key: str, rate: Rate) -> None:
        """Takes one from the bucket of `key`. Raises RateLimited with the seconds until there is one again."""
        if not self._enabled:
            return
        bucket = self._bucket(key, rate)
        if bucket.left < 1:
            raise RateLimited((1 - bucket.left) * rate.seconds / rate.count if rate.count else rate.seconds)
        bucket.left -= 1
        self._hint(key, bucket, 1, rate)

    def spent_elsewhere(self, key: str, amount: int, count: int, seconds: float) -> None:
        """Another process took (or put back, below 0) so many from this bucket; it may be overdrawn by that."""
        bucket = self._bucket(key, Rate(count, seconds))
        bucket.left = min(count, bucket.left - amount)

    def refund(self, key: str, rate: Rate) -> None:
        """Puts one back: what was done turned out to be a repeat."""
        if self._enabled:
            bucket = self._bucket(key, rate)
            bucket.left = min(rate.count, bucket.left + 1)
            self._hint(key, bucket, -1, rate)

    def _hint(self, key: str, bucket: Bucket, amount: int, rate: Rate) -> None:
        bucket.unhinted += amount
        if abs(bucket.unhinted) * STEPS >= rate.count:
            self._tell_others("spent", key, bucket.unhinted, rate.count, rate.seconds)
            bucket.unhinted = 0

    def _bucket(self, key: str, rate: Rate) -> Bucket:
        now = self._now()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(rate.count, now)
        bucket.left = min(rate.count, bucket.left + (now - bucket.filled_at) * rate.count / rate.seconds)
        bucket.filled_at = now
        return bucket
