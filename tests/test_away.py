"""The desk itself is away, longer than every grace: nobody loses a chat or a place by it. Many people, a server of its own."""

import asyncio
from collections import Counter

import pytest

from bench.support.clients import Client
from bench.support.server import Server

AGENTS, SEATS, WAITING = 10, 20, 200
GRACE = 8.0  # seconds; within it everybody has to come back: two cores, and others at work
AWAY = 3 * GRACE
TOGETHER = 40  # people who come back at once


async def full_house(server: Server) -> list[Client]:
    """200 open chats and 200 that wait."""
    people = await server.agents(AGENTS, SEATS)
    customers = await server.customers(AGENTS * SEATS + WAITING)
    for start in range(0, len(customers), 20):
        await asyncio.gather(*(customer.ask("request_chat") for customer in customers[start : start + 20]))
    return people + customers


async def documents(server: Server) -> tuple[dict[str, str], list[str], Counter[str]]:
    """Whose each open chat is, who waits, and how often the logs say what."""
    database = server.database()
    chats = database.collections.chats
    opened = {chat["_id"]: chat["agent_id"] async for chat in chats.find({"status": "open"})}
    waiting = [chat["_id"] async for chat in chats.find({"status": "queued"}).sort("_id", 1)]
    lines = database.collections.messages.find({"kind": "system"})
    said = Counter([line["system"]["event"] async for line in lines])
    await database.close()
    return opened, waiting, said


async def back(person: Client) -> None:
    """Tries until it is let in: right after the pause the desk may still take the database for away."""
    while True:
        try:
            await person.connect()
            return
        except ConnectionError:
            await asyncio.sleep(0.1)


async def connected(server: Server, count: int) -> None:
    async with asyncio.timeout(60):
        while await server.connections() != count:
            await asyncio.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_three_graces_without_a_desk_cost_nobody_anything(how: str) -> None:
    """Everybody's grace runs when the desk goes away: as if the cable of the whole house were cut first."""
    graces = {"agent_grace_seconds": GRACE, "queue_grace_seconds": GRACE}
    async with Server(tick_seconds=0.2, reconcile_seconds=1, **graces) as server:
        people = await full_house(server)
        before = await documents(server)
        assert (len(before[0]), len(before[1])) == (AGENTS * SEATS, WAITING)
        for person in people:
            person.cut()
        await connected(server, 0)
        if how == "stopped":
            server.pause()
            await asyncio.sleep(AWAY)  # the fault itself
            server.resume()
        else:
            await server.kill()
            await asyncio.sleep(AWAY)  # the fault itself
            await server.start()
        for start in range(0, len(people), TOGETHER):
            await asyncio.gather(*(back(person) for person in people[start : start + TOGETHER]))
        await connected(server, len(people))
        await asyncio.sleep(GRACE + 1)  # what would be held against somebody has been by now
        assert await documents(server) == before
        assert before[2] == {"opened": AGENTS * SEATS}
