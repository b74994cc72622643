"""A desk full of chats, written into the database as the desk itself would have left them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pymongo import WriteConcern

from bench.support.server import Server
from server.core.clock import SystemClock

BATCH = 1000
LINES_A_CHAT, HISTORY_BATCH = 100, 10_000  # lines
HISTORY_FROM = 5_000_000  # numbers of chats that others do not use


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
    await database.close()


async def fill_with_history(server: Server, count: int) -> None:
    """So many lines in ended chats of a hundred, each with the mark that it was delivered."""
    now = SystemClock().now() - timedelta(hours=1)
    database = server.database()
    documents = database.collections.with_options(write_concern=WriteConcern(w=1))
    for first in range(0, count, HISTORY_BATCH):
        chats = [
            _ended(HISTORY_FROM + n, now) for n in range(first // LINES_A_CHAT, (first + HISTORY_BATCH) // LINES_A_CHAT)
        ]
        lines = [_said(chat, seq, now) for chat in chats for seq in range(1, LINES_A_CHAT + 1)][: count - first]
        marks = [
            {"chat_id": line["chat_id"], "side": "agent", "kind": "delivered", "seq": line["seq"], "at": now}
            for line in lines
        ]
        for name, batch in (("chats", chats), ("messages", lines), ("marks", marks)):
            await documents[name].insert_many(batch, ordered=False)
    await documents.client.admin.command("fsync")  # else the checkpoint of all this falls into what is measured next
    await database.close()


def customer_ids(count: int) -> list[str]:
    """Who the customers of the first so many chats are."""
    return [_customer(n) for n in range(count)]


async def _store(server: Server, chats: list[dict[str, Any]], lines: list[dict[str, Any]]) -> None:
    people = [
        {"_id": chat["customer_id"], "role": "customer", "name": "Somebody", "created_at": chat["created_at"]}
        for chat in chats
    ]
    database = server.database()
    for name, documents in (("people", people), ("messages", lines), ("chats", chats)):
        for start in range(0, len(documents), BATCH):
            await database.collections[name].insert_many(documents[start : start + BATCH])
    await database.close()


def _customer(n: int) -> str:
    return f"c{1_000_000 + n}"


def _ended(n: int, now: datetime) -> dict[str, Any]:
    agent = {"last_agent_id": f"g{1001 + n % 20}", "opened_at": now - timedelta(minutes=4)}
    ended = {"status": "ended", "ended_at": now, "ended_type": "customer", "ended_reason": "resolved", **agent}
    return {name: value for name, value in _chat(n, now).items() if name != "unended"} | ended


def _said(chat: dict[str, Any], seq: int, now: datetime) -> dict[str, Any]:
    customer = {"id": chat["customer_id"], "role": "customer", "name": "Customer", "avatar": None}
    body = f"Where is my parcel? It was to be here on Tuesday, and nobody has rung {seq} times."
    said = {"side": "customer", "sender": customer, "client_id": str(seq), "kind": "text", "body": body}
    return _line(chat, seq, now, **said) | ({"closing": True} if seq == LINES_A_CHAT else {})


def _chat(n: int, now: datetime) -> dict[str, Any]:
    return {
        "_id": f"{n:024x}",
        "status": "queued",
        "unended": True,
        "customer_id": _customer(n),
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
