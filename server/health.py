"""Whether the desk can serve: the process answers anyway; the database may be away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.outage import Outage
from server.refusals import Unavailable
from store.client import Database
from store.errors import is_away

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
