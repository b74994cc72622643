"""Delivered and read: append-only marks of a side, committed in groups like the lines they speak of, and how far they reach."""

import asyncio
from contextlib import suppress
from typing import Any

from cachetools import LRUCache
from pymongo import ASCENDING as UP
from pymongo import IndexModel

from store.batches.inserts import Committer, Inserts
from store.chats import CHATS
from store.client import Database
from store.collections import Collection, Replay, WithChat
from store.customer_data import Deleted, OfCustomers, of_its_chats
from store.errors import LogBusy, is_away
from store.log.ends import latest, seek
from store.log.messages import WAITING_MAX
from store.log.records import Mark, Tally

GROUPS = [(side, kind) for side in ("customer", "agent") for kind in ("delivered", "read")]
TALLIES_KEPT = 20_000  # chats whose tallies are remembered; another one costs a read


def tally_seeks(count: int) -> list[dict[str, Any]]:
    """The stages that find the last `count` marks of each side and kind, for `tally_of`."""
    return [seek("marks", f"{side}_{kind}", *latest(count, side=side, kind=kind)) for side, kind in GROUPS]


def tally_of(row: dict[str, Any]) -> Tally:
    return Tally(tuple(Mark.of(mark) for side, kind in GROUPS for mark in row[f"{side}_{kind}"]))


class Tallies:
    def __init__(self, database: Database) -> None:
        self._chats = database.collection(CHATS)
        self._known: LRUCache[str, Tally] = LRUCache(TALLIES_KEPT)
        self._being_read: dict[str, list[Mark]] = {}  # and the marks that are stored meanwhile

    async def of(self, chat_id: str) -> Tally:
        """How far both sides have come. Raises what the driver raises."""
        if chat_id not in self._known:
            meanwhile = self._being_read.setdefault(chat_id, [])
            try:
                tally = await self._read(chat_id)
            finally:
                self._being_read.pop(chat_id, None)
            for mark in meanwhile:
                tally = tally.moved_by(mark)
            self._known.setdefault(chat_id, tally)
        return self._known[chat_id]

    def note(self, mark: Mark) -> None:
        """This mark is stored, here or elsewhere; one that says nothing new is passed over."""
        if mark.chat_id in self._known:
            if self._known[mark.chat_id].has(mark):
                return
            self._known[mark.chat_id] = self._known[mark.chat_id].moved_by(mark)
        elif mark.chat_id in self._being_read:
            self._being_read[mark.chat_id].append(mark)

    async def _read(self, chat_id: str) -> Tally:
        found = await self._chats.aggregate([{"$match": {"_id": chat_id}}, *tally_seeks(1)]).to_list(1)
        return tally_of(found[0]) if found else Tally(())


GATHER_SECONDS = 0.05  # how long the first mark after a pause waits for others
ENOUGH = 16  # marks that wait no longer for more


MARKS = Collection(
    name="marks",
    record=Mark,
    indexes=(IndexModel([("chat_id", UP), ("side", UP), ("kind", UP), ("seq", UP)], name="mark", unique=True),),
    retention=WithChat("chat_id"),
    replay=Replay.DOCUMENT,
    personal=(),
    customers=OfCustomers(of_its_chats("chat_id"), Deleted(), not_exported=(), file=None, keeps_name=None),
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
