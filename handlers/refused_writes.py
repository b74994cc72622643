"""Admins who try to write into a chat are refused, and the audit knows it."""

import logging
from dataclasses import dataclass
from typing import Any

from handlers.dispatcher import Dispatcher
from server.office.audit import Audit
from server.refusals import ReadOnly
from server.rooms import Connection

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
                await self.audit.note(connection.who.id, "write_refused", _chat_of(arguments), command=str(name))
            except Exception:  # the ack must not be lost because the database is away
                log.exception("the refused %s of %s is not in the audit", name, connection.who.id)
        return answer


def _chat_of(arguments: list[Any]) -> str | None:
    """The chat that an unchecked payload names, if it looks like one."""
    given = arguments[0].get("chat_id") if arguments and isinstance(arguments[0], dict) else None
    return given if isinstance(given, str) and given.isalnum() and len(given) <= 64 else None
