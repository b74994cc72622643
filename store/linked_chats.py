"""Which chats somebody sees who came by a link to one."""

from typing import Any


def of_link(only_chat: str | None) -> dict[str, Any]:
    """A condition: the chat that a link leads to, or one that continues it; any when there is no link."""
    return {"$or": [{"_id": only_chat}, {"earlier": only_chat}]} if only_chat else {}
