"""The desk itself is away, frozen or killed, for longer than anybody's grace: afterwards everybody has what they had."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from bench.support.clients import Client
from bench.support.server import Server
from tests.conftest import IN_MEMORY

Away = Callable[[Server, float], Awaitable[None]]


async def frozen(server: Server, seconds: float) -> None:
    """Server and mongod are stopped, as when the machine sleeps."""
    server.pause()
    await asyncio.sleep(seconds)
    server.resume()


async def killed(server: Server, seconds: float) -> None:
    """kill -9 of both, and later another start."""
    await server.kill()
    await asyncio.sleep(seconds)
    await server.start()


class Floor:
    """Agents with chats and customers in line; `people` come back by themselves whenever their connection is lost."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.agents: list[Client] = []
        self.served: list[Client] = []
        self.line: list[Client] = []
        self._staying: dict[Client, asyncio.Task[None]] = {}

    async def fill(self, chats: int, agents: int) -> None:
        """So many open chats, so many that wait."""
        self.agents = await self.server.agents(agents, max_chats=chats // agents)
        customers = await self.server.customers(2 * chats)
        self.served, self.line = customers[:chats], customers[chats:]
        for customer in customers:
            await customer.ask("request_chat")
        for person in [*self.agents, *customers]:
            self.comes_back(person)

    def comes_back(self, person: Client) -> None:
        self._staying[person] = asyncio.create_task(person.stay())

    async def lose(self, person: Client) -> None:
        """The person's cable is pulled, and it does not come back by itself."""
        self._staying[person].cancel()
        person.cut()

    async def stop(self) -> None:
        for task in self._staying.values():
            task.cancel()
        await asyncio.wait(self._staying.values())

    async def state(self) -> dict[str, Any]:
        """Who has which chat, who stands where, and what the logs say happened."""
        database = self.server.database()
        documents = database.collections
        chats = [chat async for chat in documents.chats.find()]
        line = documents.chats.find({"status": "queued"}).sort([("priority", -1), ("returned", -1), ("queued_at", 1)])
        events = [row["system"]["event"] async for row in documents.messages.find({"kind": "system"})]
        state = {
            "statuses": Counter(chat["status"] for chat in chats),
            "agents": {chat["customer_id"]: chat["agent_id"] for chat in chats if chat["status"] == "open"},
            "line": [chat["customer_id"] async for chat in line],
            "seats": {seat["_id"]: sorted(seat["chats"]) async for seat in documents.seats.find()},
            "events": Counter(events),
        }
        database.close()
        return state

    async def gone(self, people: list[Client]) -> None:
        """Returns once the desk has noticed that these are not connected."""
        database = self.server.database()
        seats, chats = database.collections.seats, database.collections.chats
        ids = [person.id for person in people]
        async with asyncio.timeout(10):
            while await seats.count_documents({"_id": {"$in": ids}, "connections": {"$ne": []}}) or (
                await chats.count_documents({"customer_id": {"$in": ids}, "here": {"$ne": []}})
            ):
                await asyncio.sleep(0.02)
        database.close()


@asynccontextmanager
async def a_floor(chats: int, agents: int, **settings: Any) -> AsyncIterator[Floor]:
    async with AsyncExitStack() as stack:
        memory = IN_MEMORY if IN_MEMORY.is_dir() else None
        floor = Floor(await stack.enter_async_context(Server(memory, tick_seconds=0.2, **settings)))
        stack.push_async_callback(floor.stop)
        await floor.fill(chats, agents)
        yield floor


async def nobody_loses_anything(away: Away, chats: int, agents: int, grace: float) -> None:
    """The desk is away for three graces; some people were on their way back when it went, some chats were warned."""
    settings = {
        "agent_grace_seconds": grace,
        "queue_grace_seconds": grace,
        "idle_warning_seconds": 0.3,
        "idle_end_seconds": 0.3 + grace,
        "reconcile_seconds": 0.5,
    }
    async with a_floor(chats, agents, **settings) as floor:
        idle = floor.served[0]
        warned = idle.expect("idle_warning")
        opened = idle.last["chat_opened"].body
        agent = next(agent for agent in floor.agents if agent.id == opened["agent"]["id"])
        before = await floor.state()
        assert before["statuses"] == {"open": chats, "queued": chats}
        lost = [next(other for other in floor.agents if other is not agent), *floor.line[: chats // 10]]
        await agent.ask("send_message", chat_id=opened["id"], client_id="1", body="Are you there?")
        await warned
        for person in lost:
            await floor.lose(person)
        await floor.gone(lost)

        await away(floor.server, 3 * grace)
        await asyncio.sleep(grace / 3)
        await asyncio.gather(*(person.connect() for person in lost))
        await idle.ask("send_message", chat_id=opened["id"], client_id="1", body="Still here.")
        await asyncio.sleep(2 * grace)
        assert await floor.state() == before, "nothing requeued, nobody abandoned, nobody timed out, every place kept"
        places = [(await customer.ask("queue_status"))["queue"]["position"] for customer in floor.line]
        assert places == list(range(1, chats + 1))


async def test_frozen_for_three_graces() -> None:
    await nobody_loses_anything(frozen, chats=10, agents=2, grace=1.2)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("away", [frozen, killed])
async def test_away_for_three_graces_with_four_hundred_people(away: Away) -> None:
    await nobody_loses_anything(away, chats=200, agents=20, grace=4)


@pytest.mark.slow
async def test_who_does_not_come_back_after_that_is_gone_once() -> None:
    """The grace begins anew, and it ends."""
    async with a_floor(4, 2, agent_grace_seconds=2, queue_grace_seconds=2) as floor:
        gus, ann = floor.agents[0], floor.line[0]
        for person in (gus, ann):
            await floor.lose(person)
        await floor.gone([gus, ann])
        await frozen(floor.server, 6)
        await asyncio.sleep(5)
        state = await floor.state()
        assert state["statuses"] == {"open": 2, "queued": 5, "ended": 1}
        assert state["events"] == {"opened": 4, "requeued": 2, "ended": 1}
        assert gus.id not in state["agents"].values()


@pytest.mark.slow
async def test_a_frozen_laptop_is_noticed_within_twenty_seconds() -> None:
    """The TCP connection stands, and nobody answers the pings."""
    async with a_floor(4, 2, agent_grace_seconds=1, queue_grace_seconds=1) as floor:
        gus, ann = floor.agents[0], floor.line[0]
        began = time.monotonic()
        for person in (gus, ann):
            floor._staying[person].cancel()
            person.freeze()
        async with asyncio.timeout(20):
            while (await floor.state())["statuses"] != {"open": 2, "queued": 5, "ended": 1}:
                await asyncio.sleep(0.1)
        print(f"noticed, and its grace of 1 s over, after {time.monotonic() - began:.1f} s")  # noqa: T201
        assert (await floor.state())["events"] == {"opened": 4, "requeued": 2, "ended": 1}
