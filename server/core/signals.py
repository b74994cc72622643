"""Signals inside one process: who emits does not know who listens. Lossy: a crash forgets them.

For what must not be lost there are rows in the database (what is untold of a chat, deadlines); a signal only saves the wait
until somebody looks at them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Signal(Generic[P]):
    """`emit` calls every receiver, in the order in which they connected. A receiver must not raise, and must not block."""

    def __init__(self) -> None:
        self._receivers: list[Callable[P, object]] = []

    def connect(self, receiver: Callable[P, object]) -> None:
        self._receivers.append(receiver)

    def emit(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for receiver in self._receivers:
            receiver(*args, **kwargs)


class AwaitedSignal(Generic[P]):
    """`emit` awaits every receiver, one after the other, in the order in which they connected; what one raises is the
    emitter's."""

    def __init__(self) -> None:
        self._receivers: list[Callable[P, Awaitable[object]]] = []

    def connect(self, receiver: Callable[P, Awaitable[object]]) -> None:
        self._receivers.append(receiver)

    async def emit(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for receiver in self._receivers:
            await receiver(*args, **kwargs)


@dataclass(frozen=True)
class Signals:
    """The signals of one desk.

    `capacity_changed`: a seat, an agent or an opening hour; who waits may be served. `customer_wrote` into a left message (chat
    id, when): it may be a chat again. `came` (person id): somebody has connected and had its welcome. `deliveries_due`:
    something is to leave the desk now. `delivery_held` (channel, id): its channel cannot deliver it here now.
    `destination_changed` (destination): how it failed before says nothing any more.

    Awaited ones: `starting`, when other processes are heard and nobody is let in yet: what is remembered is read.
    `reconciling`, in every round of the reconciler: what a crash left half done is done. `guest_identified` (guest id,
    customer id), before anything of the guest's becomes the customer's.
    """

    capacity_changed: Signal[[]] = field(default_factory=Signal)
    customer_wrote: Signal[[str, datetime]] = field(default_factory=Signal)
    came: Signal[[str]] = field(default_factory=Signal)
    delivery_held: Signal[[str, str]] = field(default_factory=Signal)
    deliveries_due: Signal[[]] = field(default_factory=Signal)
    destination_changed: Signal[[str]] = field(default_factory=Signal)
    starting: AwaitedSignal[[]] = field(default_factory=AwaitedSignal)
    reconciling: AwaitedSignal[[]] = field(default_factory=AwaitedSignal)
    guest_identified: AwaitedSignal[[str, str]] = field(default_factory=AwaitedSignal)
    session_over: AwaitedSignal[[str]] = field(default_factory=AwaitedSignal)
    person_out: AwaitedSignal[[str, str | None]] = field(default_factory=AwaitedSignal)
