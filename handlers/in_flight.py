"""Between sockets and dispatcher: audits refused writes, and counts the commands in flight, so that a stop waits for them."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from handlers.dispatcher import Dispatcher
from handlers.turns import FairTurns
from server.core.errors import ReadOnly
from server.people.audit import Audit
from server.realtime.rooms import Connection

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RefusedWrites:
    """Stands before the dispatcher and gives its answers on, unchanged, always."""

    dispatcher: Dispatcher
    audit: Audit

    async def answer(self, connection: Connection, name: object, arguments: list[Any]) -> dict[str, Any]:
        answer = await self.dispatcher.answer(connection, name, arguments)
        if not answer["ok"] and answer["error"]["code"] == ReadOnly.code:
            try:
                await self.audit.note_once(
                    connection.who.id, "write_refused", _chat_of(arguments), for_each=False, command=str(name)
                )
            except Exception:  # the ack must not be lost because the database is away
                log.exception("the refused %s of %s is not in the audit", name, connection.who.id)
        return answer


def _chat_of(arguments: list[Any]) -> str | None:
    """The chat that an unchecked payload names, if it looks like one."""
    given = arguments[0].get("chat_id") if arguments and isinstance(arguments[0], dict) else None
    return given if isinstance(given, str) and given.isalnum() and len(given) <= 64 else None


LAST_ACKS_SECONDS = 0.5  # a command that waits for a database that is away is not waited for longer


class InFlight:
    """Stands before FairTurns and gives its answers on, counted."""

    def __init__(self, answers: FairTurns) -> None:
        self.answers = answers
        self._count = 0
        self._is_over = asyncio.Event()

    async def answer(self, connection: Connection, name: object, arguments: list[Any]) -> dict[str, Any]:
        self._count += 1
        try:
            return await self.answers.answer(connection, name, arguments)
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
