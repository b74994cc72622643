"""The connection to MongoDB, its options, and the check that it is a replica set's."""

from datetime import UTC, datetime
from typing import Any

import pymongo
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from store.errors import NoReplicaSet
from store.memory.watched import Watched

CALL_SECONDS = 2.0  # a database call's deadline, unless said otherwise
POOL = 64
GOODBYE_SECONDS = 0.3  # the client tells its server goodbye, and would look for one that is away for long
SCHEMA_SECONDS = 120.0  # building an index on a grown collection takes its time


class Database:
    """One client and one database: every write is acknowledged by the majority and journaled."""

    def __init__(self, url: str, name: str, *, call_seconds: float = CALL_SECONDS) -> None:
        self._client: Any = AsyncIOMotorClient(
            url,
            tz_aware=True,
            timeoutMS=int(call_seconds * 1000),
            minPoolSize=4,  # a cold pool fails on its own queue when many come at once
            maxPoolSize=POOL,
            retryWrites=True,
            retryReads=True,
            appname="deskwire",
        )
        self.collections: Any = self._client.get_database(
            name,
            codec_options=CodecOptions(tz_aware=True),
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("local"),
        )
        self.chats = Watched(self.collections.chats)

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

    def unhurried(self) -> Any:
        """A context in which calls may take minutes: indexes, migrations."""
        return pymongo.timeout(SCHEMA_SECONDS)

    def close(self) -> None:
        """Ends the client; a server that is away is not waited for."""
        with pymongo.timeout(GOODBYE_SECONDS):
            self._client.close()
