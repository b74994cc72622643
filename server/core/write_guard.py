"""What may keep a person from asking, writing and uploading: domains add their reasons, whoever takes something in asks."""

from typing import Protocol

from server.core.identity import Identity


class Reason(Protocol):
    """Both raise Forbidden, with a sentence for the person."""

    def check(self, who: Identity) -> None:
        """By what this process remembers: on the message path, so nothing is read."""

    async def check_stored(self, who: Identity) -> None:
        """By what the database says now. Who is refused here has no unended chat afterwards."""


class WriteGuard:
    def __init__(self) -> None:
        self._reasons: list[Reason] = []

    def add(self, reason: Reason) -> None:
        self._reasons.append(reason)

    def check(self, who: Identity) -> None:
        """Raises Forbidden for one who may only read, as far as this process has heard."""
        for reason in self._reasons:
            reason.check(who)

    async def check_stored(self, who: Identity) -> None:
        """The same by the database: for what is rare, or must not slip in while a reason is being stored elsewhere."""
        for reason in self._reasons:
            await reason.check_stored(who)
