"""Lines on their way: one at a time, in order, and again under the same client_id until the desk has them.

The same as Outbox in static/client/desk.js.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from tests.faults.journal import Operation
from tests.faults.patience import ANSWER_SECONDS, PASSING, pause
from tests.faults.wire import NoAnswer, Refused

if TYPE_CHECKING:
    from tests.faults.client import Client


async def say(client: Client, chat_id: str) -> bool:
    """One line, resent until the desk has it or says a final no."""
    client_id = secrets.token_hex(8)
    body = client_id.ljust(client.door.body_size, "~")
    operation = client.door.journal.invoke(client.id, chat_id, client_id, body)
    while operation.state == "open":
        await client.online.wait()
        wait = await _try(client, operation)
        if wait:
            await asyncio.sleep(wait)
    return operation.state == "ok"


async def _try(client: Client, operation: Operation) -> float:
    """Seconds to wait before the next try; 0 when it has ended."""
    payload = {"chat_id": operation.chat_id, "client_id": operation.client_id, "body": operation.body}
    operation.tries += 1
    try:
        message = (await client.wire.ask("send_message", payload, ANSWER_SECONDS))["message"]
    except NoAnswer:
        operation.unknown += 1
        client.door.journal.passing["no answer"] += 1
        return pause(None, operation.tries - 1, client.random)
    except Refused as refusal:
        if refusal.code in PASSING:
            client.door.journal.passing[str(refusal)] += 1
            operation.unknown += 1  # `unavailable` may have been stored all the same (docs/FACTS.md)
            return pause(refusal.retry_after, operation.tries - 1, client.random)
        client.door.journal.fail(operation)
        return 0.0
    client.door.journal.ok(operation, message["seq"])
    client.book.take_lines(operation.chat_id, [message])
    return 0.0
