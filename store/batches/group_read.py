"""What many callers want to know in one query: while one read is in flight the next one gathers."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Generic, TypeVar

from store.errors import is_away

BATCH = 500  # keys a query
MANY = 20  # who asks for more at once does not hold up the others

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Caller = tuple[tuple[K, ...], asyncio.Future[dict[K, V]]]  # what somebody wants to know, and where it is told


class GroupRead(Generic[K, V]):
    """`read` gives what it finds for many keys. Nobody is answered by a read that began before it asked.

    What is found is shared by all who ask for it at the same time: it is only for reading. Raises what `read` raises
    for what this caller wants to know, and for nobody else's keys.
    """

    def __init__(self, name: str, read: Callable[[list[K]], Awaitable[dict[K, V]]], *, batch: int = BATCH) -> None:
        self._name = f"group read of {name}"
        self._read = read
        self._batch = batch
        self._waiting: list[Caller[K, V]] = []
        self._reader: asyncio.Task[None] | None = None

    async def find(self, key: K) -> V | None:
        return (await self._ask((key,))).get(key)

    async def find_many(self, keys: Iterable[K]) -> dict[K, V]:
        """Those that are there."""
        wanted = tuple(keys)
        if not wanted:
            return {}
        found = await (self._ask(wanted) if len(wanted) <= MANY else self._read(list(wanted)))
        return {key: found[key] for key in wanted if key in found}

    async def _ask(self, keys: tuple[K, ...]) -> dict[K, V]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[dict[K, V]] = loop.create_future()
        self._waiting.append((keys, future))
        if self._reader is None:
            self._reader = loop.create_task(self._run(), name=self._name)
        return await future

    async def _run(self) -> None:
        while self._waiting:
            await self._answer(self._take())
        self._reader = None

    async def _answer(self, callers: list[Caller[K, V]]) -> None:
        """All of them by one read. Where that fails for one key each half is read alone, until only who asked for it hears."""
        try:
            found = await self._read(list({key for keys, _ in callers for key in keys}))
        except Exception as error:  # whatever it is: who waits must hear of it, and the later ones must be read
            if is_away(error):  # who came meanwhile has waited long enough
                callers += self._waiting
                self._waiting.clear()
            elif len(callers) > 1:
                half = len(callers) // 2
                await self._answer(callers[:half])
                await self._answer(callers[half:])
                return
            for _, future in callers:
                if not future.done():
                    future.set_exception(error)
            return
        for _, future in callers:
            if not future.done():  # its caller may have been cancelled
                future.set_result(found)

    def _take(self) -> list[Caller[K, V]]:
        """The callers of the next read: the first ones."""
        callers: list[Caller[K, V]] = []
        keys: set[K] = set()
        for wanted, future in self._waiting:
            if keys and len(keys) + len(wanted) > self._batch:
                break
            keys.update(wanted)
            callers.append((wanted, future))
        del self._waiting[: len(callers)]
        return callers
