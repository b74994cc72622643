"""Which of the deliveries that are due may begin now: by their channel's and their destination's places, pace and order."""

import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from server.channels.base import Channel
from server.core.settings.kinds import Rate
from server.sending.breaker import Breakers
from store.outbox.deliveries import Due


class Pace:
    """At most so many in so many seconds, in this process."""

    def __init__(self, rate: Rate | None) -> None:
        self._rate = rate
        self._begun: deque[float] = deque()

    def room(self) -> int | None:
        """How many may begin now; None: any number."""
        if self._rate is None:
            return None
        now = time.monotonic()
        while self._begun and self._begun[0] <= now - self._rate.seconds:
            self._begun.popleft()
        return self._rate.count - len(self._begun)

    def note(self) -> None:
        if self._rate:
            self._begun.append(time.monotonic())

    def seconds_until_room(self) -> float | None:
        """None when there is some now."""
        room = self.room()
        if room is None or room > 0 or self._rate is None or not self._begun:
            return None
        return max(0.01, self._begun[0] + self._rate.seconds - time.monotonic())


@dataclass
class Places:
    """What is under way here. One of each order at a time; one of a destination that is on trial."""

    channels: Mapping[str, Channel]
    breakers: Breakers
    by_channel: Counter[str] = field(default_factory=Counter)
    by_destination: Counter[str] = field(default_factory=Counter)
    full_at: dict[str, int] = field(default_factory=dict)
    orders: set[str] = field(default_factory=set)
    paces: dict[str, Pace] = field(init=False)

    def __post_init__(self) -> None:
        self.paces = {name: Pace(channel.limits.rate) for name, channel in self.channels.items()}

    def channels_with_room(self) -> list[str]:
        """Those that may begin something now. What has no channel here (it was turned off) is nobody's matter."""
        return [name for name, channel in self.channels.items() if self._has_room(channel)]

    def full_destinations(self) -> list[str]:
        return [each for each, count in self.by_destination.items() if count >= self.full_at[each]]

    def take(self, due: Iterable[Due]) -> list[Due]:
        """Those that may begin; they have their places now. The rest stays as it is."""
        taken: list[Due] = []
        for each in due:
            channel = self.channels.get(each.channel)
            if (
                channel
                and self._has_room(channel)
                and self._destination_has_room(each, channel)
                and self._is_first(each)
            ):
                self._begin(each)
                taken.append(each)
        return taken

    def give_back(self, due: Due) -> None:
        self.by_channel[due.channel] -= 1
        self.by_destination[due.destination] -= 1
        if not self.by_destination[due.destination]:
            del self.by_destination[due.destination]
            self.full_at.pop(due.destination, None)
        if due.order:
            self.orders.discard(due.order)

    def seconds_until_room(self) -> float | None:
        """Until a channel that is at its pace may go on; None when none is."""
        waits = [pace.seconds_until_room() for pace in self.paces.values()]
        return min((wait for wait in waits if wait is not None), default=None)

    def _begin(self, due: Due) -> None:
        self.by_channel[due.channel] += 1
        self.by_destination[due.destination] += 1
        self.full_at.setdefault(due.destination, self.channels[due.channel].limits.per_destination)
        self.paces[due.channel].note()
        if due.order:
            self.orders.add(due.order)

    def _has_room(self, channel: Channel) -> bool:
        pace = self.paces[channel.name].room()
        return self.by_channel[channel.name] < channel.limits.parallel and (pace is None or pace > 0)

    def _destination_has_room(self, due: Due, channel: Channel) -> bool:
        allowed = 1 if self.breakers.is_on_trial(due.destination) else channel.limits.per_destination
        under_way = self.by_destination.get(due.destination, 0)
        if under_way:
            self.full_at[due.destination] = allowed
        return under_way < allowed

    def _is_first(self, due: Due) -> bool:
        return due.order is None or due.order not in self.orders
