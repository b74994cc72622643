"""What was written to the database, in the order in which it was committed: MongoDB's change stream.

It costs every reader every write of the desk, so it is read only while hints may have been missed (server/cluster).
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

from store.client import Database
from store.collections import Collection, Replay
from store.errors import HistoryLost
from store.log.records import Mark
from store.notes import Note
from store.records import Message

AWAIT_MS = 50  # how long the database waits for news before it says that there are none
HISTORY_LOST = 286  # MongoDB's ChangeStreamHistoryLost: its log of changes does not go back so far
WRITES = ["insert", "update", "replace"]

Moment = Any  # MongoDB's operation time: opaque


@dataclass(frozen=True, slots=True)
class Change:
    """A document of `collection` was written: these top-level fields of it, or all of a new one (`fields` is None)."""

    collection: str
    id: Any
    fields: frozenset[str] | None
    record: Message | Mark | Note | None


class Changes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> Moment:
        """A moment for `since`: what is written from now on comes after it. Raises what the driver raises."""
        return (await self._database.collections.command("ping"))["operationTime"]

    async def since(self, moment: Moment) -> AsyncIterator[Change | None]:
        """Each change after the moment; None whenever there is none just now, many times a second.

        Raises HistoryLost when the database does not remember so far back, and what the driver raises.
        """
        replayed = {row.name: row for row in self._database.rows.values() if row.replay is not Replay.NO}
        pipeline = [{"$match": {"ns.coll": {"$in": list(replayed)}, "operationType": {"$in": WRITES}}}]
        collections = self._database.collections.with_options(read_concern=ReadConcern("majority"))
        try:
            async with collections.watch(
                pipeline, start_at_operation_time=moment, max_await_time_ms=AWAIT_MS
            ) as stream:
                while True:
                    event = await stream.try_next()
                    yield _change(event, replayed) if event else None
        except OperationFailure as error:
            if error.code != HISTORY_LOST:
                raise
            raise HistoryLost from error


def _change(event: dict[str, Any], replayed: dict[str, Collection]) -> Change:
    collection, document = event["ns"]["coll"], event.get("fullDocument")
    row = replayed[collection]
    record = row.record.of(document) if document and row.record and row.replay is Replay.DOCUMENT else None
    fields = None
    if event["operationType"] == "update":
        said = event["updateDescription"]
        named = (*said["updatedFields"], *said["removedFields"], *(row["field"] for row in said["truncatedArrays"]))
        fields = frozenset(name.partition(".")[0] for name in named)
    return Change(collection, event["documentKey"]["_id"], fields, record)  # type: ignore[arg-type]  # a row that is replayed by document
