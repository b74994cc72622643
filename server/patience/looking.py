"""Looks at what is due, side by side: after a start all deadlines fall on one instant, and one at a time would be late."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from store.errors import LogBusy, is_away

log = logging.getLogger(__name__)


class Due(Protocol):
    @property
    def id(self) -> str: ...


Thing = TypeVar("Thing", bound=Due)


async def at_each(due: Sequence[Thing], judge: Callable[[Thing], Awaitable[object]]) -> None:
    """Judges them all. What fails with one is logged and holds up nobody; a database that is away ends the look."""
    outcomes = await asyncio.gather(*(judge(each) for each in due), return_exceptions=True)
    for each, error in zip(due, outcomes, strict=True):
        if isinstance(error, LogBusy) or (isinstance(error, BaseException) and is_away(error)):
            raise error
        if isinstance(error, BaseException):
            log.error("what was due of %s failed", each.id, exc_info=error)
