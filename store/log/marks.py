"""Delivered and read: append-only marks of a side, committed in groups like the lines they speak of."""

import asyncio

from pymongo.errors import BulkWriteError

from store.client import Database
from store.errors import LogBusy
from store.log.messages import DUPLICATE_KEY, WAITING_MAX
from store.records import Mark


class Marks:
    """The one writer of marks in this process. `start` before use, `stop` commits what waits."""

    def __init__(self, database: Database) -> None:
        self._marks = database.collections.marks
        self._waiting: list[tuple[Mark, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="group commit of marks")

    async def stop(self) -> None:
        """Takes nothing new, commits what waits, and returns."""
        self._stopping = True
        self._wake.set()
        if self._task:
            await self._task

    async def append(self, mark: Mark) -> None:
        """Stores the mark; the same one again changes nothing. Raises LogBusy, or what the driver raises."""
        if self._stopping or len(self._waiting) >= WAITING_MAX:
            raise LogBusy
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((mark, future))
        self._wake.set()
        await future

    async def _run(self) -> None:
        while not self._stopping or self._waiting:
            if not self._waiting:
                await self._wake.wait()
            self._wake.clear()
            await self._commit()

    async def _commit(self) -> None:
        batch, self._waiting = self._waiting, []
        failure: Exception | None = None
        try:
            if batch:
                await self._marks.insert_many([mark.document() for mark, _ in batch], ordered=False)
        except BulkWriteError as error:
            if any(row["code"] != DUPLICATE_KEY for row in (error.details or {}).get("writeErrors", ())):
                failure = error
        except Exception as error:  # whatever it is: who waits must hear of it, and the committer must live
            failure = error
        for _, future in batch:
            if future.done():  # its caller may have been cancelled; the mark is stored all the same
                continue
            if failure:
                future.set_exception(failure)
            else:
                future.set_result(None)
