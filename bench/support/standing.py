"""A desk full of chats, written into the database as the desk itself would have left them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bench.support.server import Server
from server.clock import SystemClock

BATCH = 1000


async def fill_with_queued(server: Server, count: int) -> None:
    """So many chats that wait, and no agent: each customer has a name, nobody a grace that runs out."""
    now = SystemClock().now() - timedelta(minutes=5)
    await _store(server, [_chat(n, now) for n in range(count)], lines=[])


async def fill_with_open(server: Server, agents: list[str], count: int) -> None:
    """So many open chats in the seats of these agents, each with its opening line and a question that the agent owes.

    The agents are there by the lease of another process, which beats for an hour: their connections cost this one nothing.
    """
    now = SystemClock().now() - timedelta(minutes=5)
    chats, lines = [], []
    for n in range(count):
        agent_id = agents[n % len(agents)]
        because = {"rule": "least_busy", "candidates": [{"agent_id": agent_id, "open": 0, "max_chats": 50}]}
        had = {"agent_id": agent_id, "last_agent_id": agent_id, "served_by": [agent_id], "assigned_because": because}
        chat = _chat(n, now) | had | {"status": "open", "opened_at": now, "assigned_at": now, "warned": False}
        chats.append(chat)
        person = {"id": agent_id, "role": "agent", "name": "Agent", "avatar": None}
        opened = {"event": "opened", "agent": person, "because": "least_busy"}
        lines.append(_line(chat, 1, now, kind="system", body="", system=opened))
        lines.append(_line(chat, 2, now, kind="text", body="Where is my parcel?", side="customer", client_id="1"))
    await _store(server, chats, lines)
    database = server.database()
    documents = database.collections
    await documents.processes.insert_one({"_id": "elsewhere", "beat_at": now + timedelta(hours=1)})
    for agent_id in agents:
        ids = [chat["_id"] for chat in chats if chat["agent_id"] == agent_id]
        held = {"chats": ids, "chosen": "online", "connections": ["elsewhere/1"]}
        await documents.seats.update_one({"_id": agent_id}, {"$set": held})
    database.close()


async def _store(server: Server, chats: list[dict[str, Any]], lines: list[dict[str, Any]]) -> None:
    people = [
        {"_id": chat["customer_id"], "role": "customer", "name": "Somebody", "created_at": chat["created_at"]}
        for chat in chats
    ]
    database = server.database()
    for name, documents in (("people", people), ("messages", lines), ("chats", chats)):
        for start in range(0, len(documents), BATCH):
            await database.collections[name].insert_many(documents[start : start + BATCH])
    database.close()


def _chat(n: int, now: datetime) -> dict[str, Any]:
    return {
        "_id": f"{n:024x}",
        "status": "queued",
        "unended": True,
        "customer_id": f"c{1_000_000 + n}",
        "offline": False,
        "priority": 0,
        "returned": False,
        "tags": [],
        "created_at": now,
        "queued_at": now + timedelta(milliseconds=n),
        "here": [],
    }


def _line(chat: dict[str, Any], seq: int, now: datetime, **more: Any) -> dict[str, Any]:
    sender = {"sender_id": chat["customer_id"]} if more["kind"] == "text" else {}
    return {"chat_id": chat["_id"], "seq": seq, "sent_at": now, **sender, **more}
