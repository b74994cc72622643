"""Every index, declared once; made at the start, idempotently."""

import asyncio
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

UP, DOWN = ASCENDING, DESCENDING

INDEXES: dict[str, list[IndexModel]] = {
    "people": [
        IndexModel(
            [("username", UP)], name="username", unique=True, partialFilterExpression={"username": {"$type": "string"}}
        ),
        IndexModel(
            [("site_sub", UP)], name="site_sub", unique=True, partialFilterExpression={"site_sub": {"$type": "string"}}
        ),
        IndexModel([("role", UP), ("_id", UP)], name="role"),
        IndexModel([("role", UP), ("created_at", DOWN), ("_id", DOWN)], name="newest_of_role"),
    ],
    "chats": [
        # A customer has at most one unended chat, whatever races.
        IndexModel(
            [("customer_id", UP)], name="unended_of_customer", unique=True, partialFilterExpression={"unended": True}
        ),
        IndexModel([("agent_id", UP)], name="unended_of_agent", partialFilterExpression={"unended": True}),
        IndexModel([("here", UP)], name="here", partialFilterExpression={"unended": True}),
        # The queue's order (CONTRACT): priority, then returned chats, then the first queued_at; the rest is for places.
        IndexModel(
            [
                ("priority", DOWN),
                ("returned", DOWN),
                ("queued_at", UP),
                ("_id", UP),
                ("department", UP),
                ("customer_id", UP),
            ],
            name="line",
            partialFilterExpression={"status": "queued", "offline": False},
        ),
        *(
            IndexModel([(name, UP)], name=name, partialFilterExpression={name: {"$type": "date"}})
            for name in ("abandon_at", "away_at", "idle_at", "reply_at")
        ),
        IndexModel([("untold.at", UP)], name="untold", partialFilterExpression={"untold.at": {"$type": "date"}}),
        IndexModel([("continues", UP)], name="continues", partialFilterExpression={"continues": {"$type": "string"}}),
        IndexModel([("customer_id", UP), ("ended_at", DOWN)], name="last_of_customer"),
        IndexModel([("customer_id", UP), ("_id", DOWN)], name="of_customer"),
        IndexModel([("last_agent_id", UP), ("_id", DOWN)], name="of_agent"),
        IndexModel([("status", UP), ("_id", DOWN)], name="status"),
        IndexModel([("created_at", DOWN)], name="created_at"),
        IndexModel([("ended_at", DOWN)], name="ended_at", partialFilterExpression={"ended_at": {"$exists": True}}),
    ],
    "seats": [
        IndexModel([("offline_at", UP)], name="offline_at", partialFilterExpression={"offline_at": {"$type": "date"}}),
    ],
    "messages": [
        # The log numbers itself: this index is what makes a seq belong to one line only.
        IndexModel([("chat_id", UP), ("seq", UP)], name="seq", unique=True),
        IndexModel(
            [("chat_id", UP), ("sender_id", UP), ("client_id", UP)],
            name="client_id",
            unique=True,
            partialFilterExpression={"client_id": {"$type": "string"}},
        ),
        IndexModel([("sent_at", UP)], name="closing", partialFilterExpression={"closing": True}),
    ],
    "marks": [IndexModel([("chat_id", UP), ("side", UP), ("kind", UP), ("seq", UP)], name="mark", unique=True)],
    "notes": [
        IndexModel([("chat_id", UP), ("author_id", UP), ("client_id", UP)], name="client_id", unique=True),
    ],
    "quick_replies": [
        IndexModel([("owner_id", UP), ("client_id", UP)], name="client_id", unique=True),
        IndexModel(
            [("owner_id", UP), ("shortcut", UP)],
            name="shortcut",
            unique=True,
            partialFilterExpression={"shortcut": {"$type": "string"}},
        ),
        IndexModel([("shared", UP)], name="shared", partialFilterExpression={"shared": True}),
    ],
    "departments": [IndexModel([("name", UP)], name="name", unique=True)],
    "audit": [IndexModel([("at", DOWN), ("_id", DOWN)], name="newest")],
    "uploads": [IndexModel([("path", UP)], name="path", unique=True)],
    "job_runs": [IndexModel([("began_at", DOWN)], name="kept", expireAfterSeconds=30 * 86400)],
    # The TTL sweep comes once a minute; `is_revoked` does not depend on it: a token past its exp is refused anyway.
    "revocations": [IndexModel([("expires_at", UP)], name="ttl", expireAfterSeconds=0)],
}


async def ensure_indexes(collections: Any) -> None:
    """Makes the declared indexes; those that stand already cost one round trip a collection."""
    await asyncio.gather(*(collections[name].create_indexes(models) for name, models in INDEXES.items()))
