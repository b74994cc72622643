"""Many changes, one run (debouncing): calls a function soon after it is poked, never twice at once, never too often."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from store.errors import is_away

log = logging.getLogger(__name__)


class Coalesced:
    """Runs `tell` soon after `poke`, at most once in `seconds`; what comes meanwhile shares the next run.

    `share`: the part of the time that it may take. One that takes long is run less often.
    """

    def __init__(self, name: str, seconds: float, tell: Callable[[], Awaitable[None]], *, share: float = 1.0) -> None:
        self._name = name
        self._seconds = seconds
        self._tell = tell
        self._share = share
        self._poked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def poke(self) -> None:
        self._poked.set()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            await self._poked.wait()
            self._poked.clear()
            began = time.monotonic()
            try:
                await self._tell()
            except Exception as error:  # a run that failed must not end the later ones; the next change tells all
                if is_away(error):
                    log.warning("%s: the database is away", self._name)
                else:
                    log.exception("%s failed", self._name)
            took = time.monotonic() - began
            await asyncio.sleep(max(self._seconds, took / self._share - took))
