"""A way out of the desk, and how a try to go it ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from server.core.settings.kinds import Rate
from store.outbox.deliveries import Delivery


@dataclass(frozen=True)
class Sent:
    """It has arrived there; `detail`: what is worth keeping of the answer."""

    detail: str | None = None


@dataclass(frozen=True)
class Pending:
    """It was handed over, and waits for somebody else's confirmation."""

    detail: str | None = None


@dataclass(frozen=True)
class Retry:
    """It may go better later: after so many seconds if the other side said so, else by the sender's growing waits.

    `is_uncertain`: it may have arrived all the same.
    """

    error: str
    after: float | None = None
    is_uncertain: bool = False


@dataclass(frozen=True)
class Gone:
    """It never goes: nobody is there, or nobody wants it any more. A refusal there is a dead letter; `is_unwanted`: it is
    dropped, and nobody need look at it.
    """

    why: str
    is_unwanted: bool = False


@dataclass(frozen=True)
class Later:
    """Not now (quiet hours); it does not count as an attempt. Without a time: held until somebody says so."""

    at: datetime | None


Outcome = Sent | Pending | Retry | Gone | Later


@dataclass(frozen=True)
class ChannelLimits:
    """`parallel` and `per_destination`: how many are under way at once in a process. `rate`: how many may begin in how many
    seconds, in a process. Older than `max_age` they are given up. `knows_repeats`: the other side knows a repeat by its id, so
    that one of which nobody knows whether it arrived is simply sent again.
    """

    parallel: int
    per_destination: int
    max_age: timedelta
    rate: Rate | None = None
    knows_repeats: bool = False


class Channel(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def limits(self) -> ChannelLimits: ...

    async def send(self, delivery: Delivery) -> Outcome:
        """One attempt. Whether it is still wanted is asked here, at the moment of sending. What it raises is a Retry."""

    async def stop(self) -> None:
        """Gives its connections back."""
