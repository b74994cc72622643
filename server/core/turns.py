"""Turns: a person, or an address, has so much under way at once, and its next thing waits."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """So many places for each key. Who finds none waits, the first one first."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._taken: dict[str, int] = {}
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        await self.begin(key)
        try:
            yield
        finally:
            self.end(key)

    async def begin(self, key: str) -> None:
        taken = self._taken.get(key, 0)
        if taken < self._places:
            self._taken[key] = taken + 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(turn)
        try:
            await turn  # the place of one that has ended is handed over, and never free in between
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.end(key)
            raise

    def end(self, key: str) -> None:
        waiting = self._waiting.get(key)
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._waiting.pop(key, None)
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]

    def __len__(self) -> int:
        """How many keys have something under way."""
        return len(self._taken)
