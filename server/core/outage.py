"""Whether the database is there: while it is away nobody waits for it, and a probe finds out when it is back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from server.core.errors import Unavailable
from store.client import Database
from store.errors import is_away

log = logging.getLogger(__name__)

T = TypeVar("T")

PROBE_SECONDS = 0.2  # between two probes; one that meets a stopped mongod takes as long as any call


class Outage:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._probe: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        return self._probe is not None

    def check(self) -> None:
        """Raises Unavailable while the database is known to be away."""
        if self.is_on:
            raise Unavailable

    def noticed(self) -> None:
        """A call found the database away, or took too long."""
        if self._probe is None:
            self._probe = asyncio.get_running_loop().create_task(self._until_it_answers(), name="outage probe")

    async def unless_on(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """What the call returns; None while the database is away, or when that turns out."""
        if self.is_on:
            return None
        try:
            return await call()
        except Exception as error:
            if not is_away(error):
                raise
            self.noticed()
            return None

    async def stop(self) -> None:
        if self._probe:
            self._probe.cancel()
            await asyncio.wait([self._probe])

    async def _until_it_answers(self) -> None:
        began = asyncio.get_running_loop().time()
        while True:
            if await self._answers():
                break
            await asyncio.sleep(PROBE_SECONDS)
        self._probe = None
        log.warning("the database was away for %.1f s", asyncio.get_running_loop().time() - began)

    async def _answers(self) -> bool:
        try:
            await self._database.ping()
        except Exception as error:
            if not is_away(error):
                log.exception("the database cannot be asked whether it is there")
            return False
        return True


RUNNING = "running"


@dataclass(frozen=True)
class Health:
    """`mongod` says how the embedded MongoDB is; None where the database is somebody else's."""

    database: Database
    outage: Outage
    mongod: Callable[[], str] | None

    async def state(self) -> dict[str, Any]:
        """{status: ready|unavailable, database, mongod?}. A mongod that is starting is not asked: it would not answer."""
        if self.mongod and self.mongod() != RUNNING:
            return {"status": "unavailable", "database": "away", "mongod": self.mongod()}
        try:
            self.outage.check()
            await self.database.ping()
            state = {"status": "ready", "database": "ok"}
        except Exception as error:
            if not (isinstance(error, Unavailable) or is_away(error)):
                raise
            state = {"status": "unavailable", "database": "away"}
        return state | ({"mongod": self.mongod()} if self.mongod else {})
