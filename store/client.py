"""The connection to MongoDB, its options, and the check that it is a replica set's."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pymongo
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from store.collections import Collection
from store.command_log import CommandLog
from store.errors import NoReplicaSet
from store.watched import Watched

CALL_SECONDS = 2.0  # a database call's deadline, unless said otherwise
POOL = 64
GOODBYE_SECONDS = 0.3  # the client tells its server goodbye, and would look for one that is away for long


class Database:
    """One database: every write is acknowledged by the majority and journaled."""

    write_concern = WriteConcern(w="majority", j=True)

    def __init__(  # noqa: PLR0913  what may be chosen of a client
        self,
        url: str,
        name: str,
        *,
        call_seconds: float = CALL_SECONDS,
        fast_inserts: bool = True,
        debug: bool = False,
        listeners: Iterable[Any] = (),
    ) -> None:
        """`listeners` are the driver's: they hear of its connections and commands."""
        self._url = url
        self._name = name
        self.call_seconds = call_seconds
        self.fast_inserts = fast_inserts
        self._listeners = [*listeners, *([CommandLog()] if debug else [])]
        self.collections = self._through(AsyncIOMotorClient)
        self._client = self.collections.client
        self.rows: dict[str, Collection] = {}  # of the collections that the stores have asked for
        self._watched: dict[str, Watched] = {}

    def collection(self, row: Collection, read_concern: ReadConcern | None = None) -> Any:
        """The collection that this row declares; of one whose documents are remembered, writes are told (Watched)."""
        if self.rows.setdefault(row.name, row) is not row:
            raise ValueError(f"the collection {row.name} is declared twice")
        found = self.collections[row.name]
        if read_concern:
            return found.with_options(read_concern=read_concern)
        return self._watched.setdefault(row.name, Watched(found)) if row.remembered else found

    def committing(self, row: Collection, read_concern: ReadConcern | None = None) -> Any:
        """As `collection`, for the group commits: through PyMongo's own client."""
        self.rows.setdefault(row.name, row)
        return self.commits[row.name].with_options(read_concern=read_concern)

    @cached_property
    def commits(self) -> Any:
        """The same database through PyMongo's own asyncio client: for the group commits alone.

        Motor has every call made by a thread, and that costs two turns of the interpreter's lock. Messages wait for nothing
        but their commit: without the thread 15 % more of them get through, at a tenth less CPU.
        """
        return self._through(AsyncMongoClient)

    def _through(self, driver: Any) -> Any:
        client = driver(
            self._url,
            tz_aware=True,
            timeoutMS=int(self.call_seconds * 1000),
            minPoolSize=4,  # a cold pool fails on its own queue when many come at once
            maxPoolSize=POOL,
            retryWrites=True,
            retryReads=True,
            appname="deskwire",
            event_listeners=self._listeners,
        )
        return client.get_database(
            self._name,
            codec_options=CodecOptions(tz_aware=True),
            write_concern=self.write_concern,
            read_concern=ReadConcern("local"),
        )

    async def ping(self) -> None:
        """Returns when the primary answers; raises what the driver raises."""
        await self._client.admin.command("ping")

    async def version(self) -> str:
        return str((await self._client.server_info())["version"])

    async def time(self) -> datetime:
        """The server's clock, in UTC."""
        hello: dict[str, Any] = await self._client.admin.command("hello")
        return hello["localTime"].replace(tzinfo=UTC)  # type: ignore[no-any-return]  # a datetime

    async def require_replica_set(self) -> None:
        """Raises NoReplicaSet with the way out when the server is a standalone one."""
        hello = await self._client.admin.command("hello")
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            raise NoReplicaSet(
                "MONGODB_URL names a standalone MongoDB, and Deskwire needs a replica set (one member is enough): start "
                "mongod with --replSet rs0 and run rs.initiate() in mongosh once, or leave MONGODB_URL empty"
            )

    async def drop(self) -> None:
        """Drops this database (tests end with it)."""
        await self._client.drop_database(self.collections.name)

    async def close(self) -> None:
        """Ends the clients; a server that is away is not waited for."""
        with pymongo.timeout(GOODBYE_SECONDS):
            self._client.close()
            if "commits" in vars(self):
                await self.commits.client.close()
