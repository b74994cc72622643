"""A collection that tells which documents were written, so that what is remembered of them can be forgotten."""

from collections.abc import Callable
from typing import Any

Listener = Callable[[str | None], None]


class Watched:
    """Reads go straight through. Every write tells its document's _id, or None when it may be any, done or not."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection
        self._listeners: list[Listener] = []

    def tells(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def __getattr__(self, read: str) -> Any:
        if read not in {"find", "find_one", "aggregate", "count_documents"}:
            raise AttributeError(f"{read} would not be told")
        return getattr(self._collection, read)

    async def insert_one(self, document: dict[str, Any]) -> Any:
        return await self._collection.insert_one(document)  # nobody can remember what was not there

    async def update_one(self, wanted: dict[str, Any], change: Any) -> Any:
        return await self._told(wanted, self._collection.update_one(wanted, change))

    async def update_many(self, wanted: dict[str, Any], change: Any) -> Any:
        return await self._told(wanted, self._collection.update_many(wanted, change))

    async def find_one_and_update(self, wanted: dict[str, Any], change: Any, **more: Any) -> Any:
        return await self._told(wanted, self._collection.find_one_and_update(wanted, change, **more))

    async def _told(self, wanted: dict[str, Any], write: Any) -> Any:
        chat_id = wanted.get("_id")
        try:
            return await write
        finally:
            for listener in self._listeners:
                listener(chat_id if isinstance(chat_id, str) else None)
