"""Documents by _id for many callers in one query: while one read is in flight the next one gathers."""

import asyncio
from typing import Any

BATCH = 500  # ids a query


class GroupRead:
    """Nobody is answered by a read that began before it asked. Alone it costs what a find_one costs."""

    def __init__(self, collection: Any, name: str, columns: list[str]) -> None:
        self._collection = collection
        self._columns = columns
        self._name = f"group read of {name}"
        self._waiting: list[tuple[str, asyncio.Future[Any]]] = []
        self._reader: asyncio.Task[None] | None = None

    async def find(self, key: str) -> dict[str, Any] | None:
        """The columns of the document, None when there is none. Who asks at the same time gets the same one: only for reading.

        Raises what the driver raises.
        """
        future: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, future))
        if self._reader is None:
            self._reader = asyncio.get_running_loop().create_task(self._read(), name=self._name)
        return await future

    async def _read(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            keys = list({key for key, _ in batch})
            try:
                rows = await self._collection.find({"_id": {"$in": keys}}, self._columns).to_list(None)
                found = {row["_id"]: row for row in rows}
            except Exception as error:  # whatever it is: who waits must hear of it, and the later ones must be read
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for key, future in batch:
                if not future.done():  # its caller may have been cancelled
                    future.set_result(found.get(key))
        self._reader = None
