"""The desk itself is away, longer than every grace: nobody loses a chat or a place by it. Many people, a server of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.support.clients import Client
from bench.support.server import Server

AGENTS, SEATS, WAITING = 10, 20, 200
GRACE = 2.0  # seconds
AWAY = 3 * GRACE
BACK = 60.0  # seconds within which everybody is back: two cores, and others at work


@asynccontextmanager
async def full_house(server: Server) -> AsyncIterator[list[Client]]:
    """200 open chats and 200 that wait; everybody comes back by itself, as clients do."""
    people = await server.agents(AGENTS, SEATS)
    customers = await server.customers(AGENTS * SEATS + WAITING)
    for start in range(0, len(customers), 20):
        await asyncio.gather(*(customer.ask("request_chat") for customer in customers[start : start + 20]))
    people += customers
    staying = [asyncio.create_task(person.stay()) for person in people]
    try:
        yield people
    finally:
        for task in staying:
            task.cancel()
        await asyncio.wait(staying)


async def documents(server: Server) -> tuple[dict[str, str], list[str], Counter[str]]:
    """Whose each open chat is, who waits, and how often the logs say what."""
    database = server.database()
    chats = database.collections.chats
    opened = {chat["_id"]: chat["agent_id"] async for chat in chats.find({"status": "open"})}
    waiting = [chat["_id"] async for chat in chats.find({"status": "queued"}).sort("_id", 1)]
    lines = database.collections.messages.find({"kind": "system"})
    said = Counter([line["system"]["event"] async for line in lines])
    database.close()
    return opened, waiting, said


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_three_graces_without_a_desk_cost_nobody_anything(how: str) -> None:
    graces = {"agent_grace_seconds": GRACE, "queue_grace_seconds": GRACE}
    async with Server(tick_seconds=0.2, reconcile_seconds=1, **graces) as server, full_house(server) as people:
        before = await documents(server)
        assert (len(before[0]), len(before[1])) == (AGENTS * SEATS, WAITING)
        if how == "stopped":
            server.pause()
            await asyncio.sleep(AWAY)  # the fault itself
            server.resume()
        else:
            await server.kill()
            await asyncio.sleep(AWAY)  # the fault itself
            await server.start()
        async with asyncio.timeout(BACK):
            while await server.connections() < len(people):
                await asyncio.sleep(0.2)
        await asyncio.sleep(2 * GRACE)  # what would be held against somebody would have been by now
        assert await documents(server) == before
        assert before[2] == {"opened": AGENTS * SEATS}
