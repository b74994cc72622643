"""Delivered and read: append-only marks of a side, committed in groups like the lines they speak of."""

import asyncio
from contextlib import suppress

from pymongo import ASCENDING as UP
from pymongo import IndexModel

from store.batches.committer import Committer
from store.batches.inserts import Inserts
from store.client import Database
from store.collections import Collection, Replay, WithChat
from store.errors import LogBusy, is_away
from store.log.messages import WAITING_MAX
from store.log.records import Mark
from store.log.tallies import Tallies

GATHER_SECONDS = 0.05  # how long the first mark after a pause waits for others
ENOUGH = 16  # marks that wait no longer for more


MARKS = Collection(
    name="marks",
    record=Mark,
    indexes=(IndexModel([("chat_id", UP), ("side", UP), ("kind", UP), ("seq", UP)], name="mark", unique=True),),
    retention=WithChat("chat_id"),
    replay=Replay.DOCUMENT,
    personal=(),
    remembered=False,
)


class Marks(Committer):
    """The one writer of marks in this process."""

    def __init__(self, database: Database) -> None:
        super().__init__("group commit of marks", Inserts(database, MARKS))
        self.tallies = Tallies(database)
        self._waiting: list[tuple[Mark, asyncio.Future[None]]] = []
        self._enough = asyncio.Event()

    async def append(self, mark: Mark) -> None:
        """Stores the mark; the same one again changes nothing. Raises LogBusy, or what the driver raises."""
        if self._stopping or len(self._waiting) >= WAITING_MAX:
            raise LogBusy
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((mark, future))
        self._wake.set()
        if len(self._waiting) >= ENOUGH:
            self._enough.set()
        await future

    def _waits(self) -> bool:
        return bool(self._waiting)

    async def _gather(self) -> None:
        """Nobody sees whether a mark is told 50 ms later, and each commit less lets the lines' own be faster."""
        if not self._stopping:
            with suppress(TimeoutError):
                async with asyncio.timeout(GATHER_SECONDS):
                    await self._enough.wait()

    async def _commit(self) -> None:
        batch, self._waiting = self._waiting, []
        self._enough.clear()
        failure: Exception | None = None
        try:
            if batch:
                await self._inserts.insert([mark.document() for mark, _ in batch])
        except Exception as error:  # whatever it is: who waits must hear of it, and the committer must live
            failure = error
            if is_away(error):  # who came meanwhile has waited long enough
                batch, self._waiting = batch + self._waiting, []
        for mark, future in batch:
            if not failure:
                self.tallies.note(mark)
            if future.done():  # its caller may have been cancelled; the mark is stored all the same
                continue
            if failure:
                future.set_exception(failure)
            else:
                future.set_result(None)
