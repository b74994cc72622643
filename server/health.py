"""Whether the desk can serve: the process answers anyway; the database may be away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from store.client import Database
from store.errors import is_away


@dataclass(frozen=True)
class Health:
    """`mongod` says how the embedded MongoDB is; None where the database is somebody else's."""

    database: Database
    mongod: Callable[[], str] | None

    async def state(self) -> dict[str, Any]:
        """{status: ready|unavailable, database, mongod?}."""
        more = {"mongod": self.mongod()} if self.mongod else {}
        try:
            await self.database.ping()
        except Exception as error:
            if not is_away(error):
                raise
            return {"status": "unavailable", "database": "away", **more}
        return {"status": "ready", "database": "ok", **more}
