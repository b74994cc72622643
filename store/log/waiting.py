"""A line between its sender and the log."""

import asyncio
from dataclasses import dataclass, field

from store.log.ends import End
from store.records import Message


@dataclass(frozen=True)
class Posted:
    """A stored line; `duplicate` when it was stored before under the same client_id.

    `is_news`: nobody has been told of it. So is a duplicate whose first commit seemed to fail, and was made all the same.
    """

    line: Message
    duplicate: bool
    is_news: bool


@dataclass(eq=False)
class Waiting:
    """A line on its way: `draft` is the line but for its seq."""

    draft: Message
    only_after: int | None = None
    future: asyncio.Future[Posted] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def has_missed(self, end: End) -> bool:
        """Whether the log has gone on past the line that this one was to follow."""
        return self.only_after is not None and self.only_after < end.seq and not end.closed

    def resolve(self, posted: Posted) -> None:
        if not self.future.done():  # its caller may have been cancelled; the line is stored all the same
            self.future.set_result(posted)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)
