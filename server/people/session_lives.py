"""How long sessions live: staff's from their last renewal, and from the log-in at most; visitors' from their last visit."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.core.identity import Identity

VISITORS_FRESH = timedelta(days=1)  # a visitor's token of this age is replaced at the next visit
SAME = timedelta(seconds=1)  # a token's end is told in whole seconds


@dataclass(frozen=True)
class SessionLives:
    staff: timedelta
    staff_longest: timedelta
    visitors: timedelta

    def end(self, role: str, authenticated_at: datetime, now: datetime) -> datetime:
        """When a session ends that is used now and never again."""
        if role == "customer":
            return now + self.visitors
        return min(now + self.staff, authenticated_at + self.staff_longest)

    def longest(self, role: str) -> timedelta:
        """How long one lives at most that is not used meanwhile."""
        return self.visitors if role == "customer" else self.staff_longest

    def is_renewal_due(self, who: Identity, end: datetime, now: datetime) -> bool:
        """Whether a token that ends at `end` should take the place of the one shown."""
        if end - who.expires_at < SAME:
            return False
        if who.role == "customer":
            return now - who.issued_at >= min(VISITORS_FRESH, self.visitors / 2)
        return who.expires_at - now < self.staff / 2
