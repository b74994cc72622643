"""Commands on their way: who stops the server waits for their acks, so that what was stored is also answered."""

import asyncio
from contextlib import suppress
from typing import Any

from handlers.refused_writes import RefusedWrites
from server.rooms import Connection

LAST_ACKS_SECONDS = 0.5  # a command that waits for a database that is away is not waited for longer


class Underway:
    """Stands before the others and gives their answers on."""

    def __init__(self, answers: RefusedWrites) -> None:
        self._answers = answers
        self._count = 0
        self._is_over = asyncio.Event()

    async def answer(self, connection: Connection, name: object, arguments: list[Any]) -> dict[str, Any]:
        self._count += 1
        try:
            return await self._answers.answer(connection, name, arguments)
        finally:
            self._count -= 1
            if not self._count:
                self._is_over.set()

    async def last_acks(self) -> None:
        """Returns when no command is on its way any more, or soon. Nobody may send new ones meanwhile."""
        self._is_over.clear()
        if self._count:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_ACKS_SECONDS):
                    await self._is_over.wait()
