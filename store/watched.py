"""A collection that tells which documents were written, so that what is remembered of them can be forgotten."""

from collections.abc import Callable, Iterable
from typing import Any

Listener = Callable[[str | None], None]


class Watched:
    """Reads go straight through. A write tells its document's _id, or None when it may be any, done or not.

    A listener says which fields it remembers: a write that touches none of them is not told to it.
    """

    def __init__(self, collection: Any) -> None:
        self._collection = collection
        self._listeners: list[tuple[frozenset[str], Listener]] = []

    def tells(self, listener: Listener, fields: Iterable[str]) -> None:
        self._listeners.append((frozenset(fields), listener))

    def __getattr__(self, read: str) -> Any:
        if read not in {"find", "find_one", "aggregate", "count_documents"}:
            raise AttributeError(f"{read} would not be told")
        return getattr(self._collection, read)

    async def insert_one(self, document: dict[str, Any]) -> Any:
        return await self._collection.insert_one(document)  # nobody can remember what was not there

    async def update_one(self, wanted: dict[str, Any], change: Any) -> Any:
        return await self._told(wanted, change, self._collection.update_one(wanted, change))

    async def update_many(self, wanted: dict[str, Any], change: Any) -> Any:
        return await self._told(wanted, change, self._collection.update_many(wanted, change))

    async def find_one_and_update(self, wanted: dict[str, Any], change: Any, shown: Any = None, **more: Any) -> Any:
        return await self._told(wanted, change, self._collection.find_one_and_update(wanted, change, shown, **more))

    async def _told(self, wanted: dict[str, Any], change: Any, write: Any) -> Any:
        document_id, fields = wanted.get("_id"), touched(change)
        try:
            return await write
        finally:
            for remembered, listener in self._listeners:
                if fields & remembered:
                    listener(document_id if isinstance(document_id, str) else None)


def touched(change: dict[str, Any] | list[dict[str, Any]]) -> set[str]:
    """The top-level fields that an update writes: its operators', or its pipeline's stages'."""
    stages = change if isinstance(change, list) else [change]
    named = (name for stage in stages for fields in stage.values() for name in fields)
    return {name.partition(".")[0] for name in named}
