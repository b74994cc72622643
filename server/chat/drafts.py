"""Lines of a log before they have a number: what people say, and what the desk writes itself."""

from datetime import datetime
from typing import Any

from server.core.identity import public
from store.records import Message, Person, Upload

UNNUMBERED = 0  # the log gives the number
BOT = "bot"  # the side of what no person says: it reads as the agent's, and is no answer


def said(  # noqa: PLR0913  the columns of a line, all named
    chat_id: str,
    side: str,
    sender: Person,
    now: datetime,
    *,
    client_id: str,
    kind: str,
    body: str,
    upload: Upload | None,
    via: str | None = None,
) -> Message:
    """A line by a person. It keeps the sender as it is now: a later change of name does not rewrite what was said."""
    return Message(
        chat_id=chat_id,
        seq=UNNUMBERED,
        side=side,
        sender_id=sender.id,
        sender=public(sender),
        client_id=client_id,
        kind=kind,
        body=body,
        upload=upload.kept() if upload else None,
        sent_at=now,
        via=via,
    )


def system(  # noqa: PLR0913  the columns of a line, all named
    chat_id: str,
    now: datetime,
    event: dict[str, Any],
    *,
    key: str | None = None,
    closing: bool = False,
    body: str = "",
    via: str | None = None,
) -> Message:
    """A line by the desk itself. With a `key` it is stored once, however often it is appended."""
    return Message(
        chat_id=chat_id,
        seq=UNNUMBERED,
        client_id=key,
        kind="system",
        body=body,
        system=event,
        closing=closing or None,
        sent_at=now,
        via=via,
    )


def automatic(chat_id: str, now: datetime, body: str, *, key: str) -> Message:
    """Words that the desk says of itself to a customer, once under this `key`: a bot's line, by nobody."""
    return Message(chat_id=chat_id, seq=UNNUMBERED, side=BOT, client_id=key, kind="text", body=body, sent_at=now)
