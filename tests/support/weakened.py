"""run.py without one of its safeties, or to which something happens that cannot be brought about from outside.

It is run instead of run.py, in a process of its own, and takes its orders from the environment:

WITHOUT=journal     acknowledges before the journal has a write: what a kill -9 of mongod takes is lost
WITHOUT=client_id   has no unique index of client ids
WITHOUT=seq         has no unique index of the lines' numbers
WITHOUT=gap_reader  never learns what was not hinted
LOSES=chat_ended    no hint of this event, or of this kind, gets through, as if Redis had failed in that moment; all others do
LOST_FILE=path      once this file is there, MongoDB does not remember what was written before it was made
DIES_ONCE=path      dies (SIGKILL) in the midst of the first erasure, and makes this file

Every one is a part that `run.compose` is given. A negative control that did not fail would prove nothing.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from run import Parts, main
from server.cluster.bus import Bus
from server.realtime.broadcast import EVENT
from store.build import Stores
from store.changes import Change, Changes, Moment
from store.client import Database
from store.collections import Collection
from store.customer_data import Subject
from store.customer_documents import CustomerDocuments
from store.errors import HistoryLost
from store.log.messages import MESSAGES

WITHOUT = os.environ.get("WITHOUT", "")
LOSES = os.environ.get("LOSES")
DIES_ONCE = os.environ.get("DIES_ONCE")
LOST = Path(os.environ.get("LOST_FILE", "/nonexistent"))
UNINDEXED = replace(MESSAGES, indexes=tuple(index for index in MESSAGES.indexes if index.document["name"] != WITHOUT))


class HastyDatabase(Database):
    write_concern = WriteConcern(w=1, j=False)


class UnindexedDatabase(Database):
    """The messages' row is another one, without the index."""

    def collection(self, row: Collection, read_concern: ReadConcern | None = None) -> Any:
        return super().collection(UNINDEXED if row is MESSAGES else row, read_concern)

    def committing(self, row: Collection, read_concern: ReadConcern | None = None) -> Any:
        return super().committing(UNINDEXED if row is MESSAGES else row, read_concern)


class NoChanges(Changes):
    """Its log of changes never has any."""

    async def since(self, moment: Moment) -> AsyncIterator[Change | None]:
        while True:
            await asyncio.sleep(0.05)
            yield None


class ForgetfulChanges(Changes):
    async def since(self, moment: Moment) -> AsyncIterator[Change | None]:
        if LOST.exists() and moment.time < int(LOST.stat().st_mtime):
            raise HistoryLost
        async for change in super().since(moment):
            yield change


class DyingDocuments(CustomerDocuments):
    """All chats have ended and all files are gone, and every document is still there."""

    async def erase(self, who: Subject) -> dict[str, int]:
        if DIES_ONCE and not Path(DIES_ONCE).exists():
            Path(DIES_ONCE).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().erase(who)


class LossyBus(Bus):
    def tell(self, *hint: Any) -> None:
        if LOSES in {hint[0], hint[2] if hint[0] == EVENT else None}:
            self.skip_number()
        else:
            super().tell(*hint)


def stores(database: Database, key: str) -> Stores:
    changes = NoChanges if WITHOUT == "gap_reader" else ForgetfulChanges
    return replace(Stores.of(database, key), changes=changes(database), customer_documents=DyingDocuments(database))


DATABASES = {"": Database, "gap_reader": Database, "journal": HastyDatabase, "client_id": UnindexedDatabase,
             "seq": UnindexedDatabase}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Parts(database=DATABASES[WITHOUT], stores=stores, bus=LossyBus)))
