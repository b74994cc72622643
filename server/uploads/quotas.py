"""How much one person and one address may upload in a day: counted while it comes, before it is on the disk."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.core.clock import Clock
from server.core.errors import QuotaSpent
from store.quotas import UploadQuotas

STEP = 1 << 20  # bytes that are asked for at once when nobody said how many come


@dataclass(frozen=True)
class Share:
    """What one of those has who are counted. `most`: bytes a day."""

    who: str
    most: int


@dataclass
class Allowance:
    """The bytes that one upload may take. What it does not need goes back; a crash forgets to, until the day is over."""

    quotas: UploadQuotas
    shares: tuple[Share, ...]
    expected: int
    day: datetime
    tomorrow: timedelta
    taken: dict[str, int] = field(default_factory=dict)

    async def cover(self, size: int) -> None:
        """Makes it at least `size` bytes. Raises QuotaSpent, which says when there is more."""
        for share in self.shares:
            taken = self.taken.get(share.who, 0)
            if size > taken and not await self._take_some(share, size - taken, self.expected - taken):
                raise QuotaSpent(self.tomorrow.total_seconds(), share.most)

    async def _take_some(self, share: Share, needed: int, expected: int) -> bool:
        """More than is needed just now if there is as much: one question to the database for many pieces."""
        more = expected if expected > needed else max(needed, STEP)
        return await self._take(share, more) or await self._take(share, needed)

    async def settle(self, size: int) -> None:
        """The upload came to `size` bytes; 0 when it came to nothing."""
        for share in self.shares:
            if spare := self.taken.pop(share.who, 0) - size:
                await self.quotas.give_back(share.who, self.day, spare)

    async def _take(self, share: Share, size: int) -> bool:
        held = await self.quotas.take_if_left(share.who, self.day, size, share.most)
        if held:
            self.taken[share.who] = self.taken.get(share.who, 0) + size
        return held


@dataclass(frozen=True)
class DailyQuotas:
    quotas: UploadQuotas
    most_a_person: int
    most_an_address: int
    clock: Clock

    def allowance(self, person_id: str, address: str, expected: int) -> Allowance:
        """For one upload, of which its sender says that it has about `expected` bytes; 0: it does not say."""
        now = self.clock.now()
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        shares = Share(person_id, self.most_a_person), Share(f"address {address}", self.most_an_address)
        return Allowance(self.quotas, shares, expected, day, day + timedelta(days=1) - now)
