"""How fast the desk moves and what it costs to stand still: `python -m bench --only desk standing` (about eight minutes).

Server, mongod and a thousand customers share this machine's cores, and every moment is taken where the customer's frame is
read.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from random import Random

from bench.support.clients import Client
from bench.support.figures import Row, latency
from bench.support.server import Server
from bench.support.standing import fill_with_open, fill_with_queued

AGENTS = 20
AIM_MS = 100.0  # seat freed → chat_opened, join → place: p99
AIM_LAST_MS = 500.0  # with 1,000 waiting: the last place pushed
AIM_IDLE_PERCENT = 1.0  # of a core, the server
STANDING = 10_000
STARTED = 75.0  # seconds until the reconciler's first two rounds, which look at everything, are over


class Floor:
    """Every agent busy with one chat, and `waiting` customers in line."""

    def __init__(self, agents: list[Client], served: dict[str, tuple[str, Client]], line: list[Client]) -> None:
        self.agents = agents
        self.served = served  # by agent: the chat and its customer
        self.line = line
        self.freed: list[float] = []
        self.acked: list[float] = []
        self.last_told: list[float] = []
        self.join_acked: list[float] = []
        self.join_told: list[float] = []

    @classmethod
    async def open(cls, server: Server, waiting: int) -> Floor:
        agents = await server.agents(AGENTS, max_chats=1)
        customers = await server.customers(AGENTS + waiting)
        served = {}
        for customer in customers[:AGENTS]:
            opened = customer.expect("chat_opened")
            await customer.ask("request_chat")
            chat = (await opened).body
            served[chat["agent"]["id"]] = chat["id"], customer
        line = customers[AGENTS:]
        for start in range(0, len(line), 20):
            await asyncio.gather(*(customer.ask("request_chat") for customer in line[start : start + 20]))
        await quiet(line[-1])
        line.sort(key=lambda customer: int(customer.last["queue_position"].body["position"]))
        assert [customer.last["queue_position"].body["position"] for customer in line] == list(range(1, waiting + 1))
        return cls(agents, served, line)

    async def turn(self, agent: Client) -> None:
        """An agent ends its chat; the next customer gets it, the last one moves up, and who was served joins again."""
        chat_id, before = self.served[agent.id]
        following, last = self.line.pop(0), self.line[-1] if self.line else None
        opened = following.expect("chat_opened")
        moved = last.expect("queue_position") if last else None
        began = time.perf_counter()
        acked_at, _ = await agent.ask_timed("end_chat", chat_id=chat_id)
        chat = (await opened).body
        assert chat["agent"]["id"] == agent.id, "whose seat got free"
        self.served[agent.id] = chat["id"], following
        self.freed.append(opened.result().at - began)
        self.acked.append(acked_at - began)
        if moved:
            self.last_told.append((await moved).at - began)
            assert moved.result().body["position"] == len(self.line)
        await self.join(before)

    async def join(self, customer: Client) -> None:
        told = customer.expect("queue_position")
        began = time.perf_counter()
        acked_at, data = await customer.ask_timed("request_chat")
        self.line.append(customer)
        assert data["queue"]["position"] == len(self.line), data
        self.join_acked.append(acked_at - began)
        self.join_told.append((await told).at - began)

    async def rush(self) -> list[float]:
        """Every agent ends its chat in the same moment: seconds until each of the next customers has one."""
        following, self.line = self.line[: len(self.agents)], self.line[len(self.agents) :]
        opened = [customer.expect("chat_opened") for customer in following]
        began = time.perf_counter()
        await asyncio.gather(*(agent.ask("end_chat", chat_id=self.served[agent.id][0]) for agent in self.agents))
        chats = await asyncio.gather(*opened)
        for chat, customer in zip(chats, following, strict=True):
            self.served[chat.body["agent"]["id"]] = chat.body["id"], customer
        return [chat.at - began for chat in chats]


async def quiet(client: Client) -> None:
    """Returns once this one has heard nothing for a second."""
    heard = -1
    while heard != (heard := sum(client.counts.values())):
        await asyncio.sleep(1)


async def latencies(waiting: int, turns: int, folder: Path | None) -> list[Row]:
    random = Random(waiting)
    async with Server(folder) as server:
        floor = await Floor.open(server, waiting)
        for warm in range(turns + 10):
            if warm == 10:
                floor = Floor(floor.agents, floor.served, floor.line)
            await floor.turn(random.choice(floor.agents))
            await asyncio.sleep(random.uniform(0, 0.3))  # at any moment of a round of pushes
        many = f"{waiting:,} waiting"
        rows = [
            latency(f"end_chat sent → chat_opened at the next customer, {many}", floor.freed, AIM_MS),
            latency(f"end_chat sent → its ack, {many}", floor.acked),
            latency(f"request_chat sent → ack with the place, {many}", floor.join_acked, AIM_MS),
            latency(f"request_chat sent → queue_position pushed, {many}", floor.join_told, _aim_told(waiting)),
        ]
        if floor.last_told:
            rows.append(latency(f"end_chat sent → the last place pushed, {many}", floor.last_told, _aim_last(waiting)))
        if waiting >= AGENTS:
            await quiet(floor.line[-1])
            rows.append(latency(f"{AGENTS} chats ended at once → {AGENTS} chat_opened, {many}", await floor.rush()))
        return rows


def _aim_told(waiting: int) -> float:
    return AIM_MS if waiting <= 50 else AIM_LAST_MS  # whoever joins is last; beyond place 50 they are told in rounds


def _aim_last(waiting: int) -> float:
    return AIM_LAST_MS if waiting > 50 else AIM_MS


async def standing(what: str, count: int, seconds: float, started: float, folder: Path | None) -> list[Row]:
    """So many chats (10,000: STANDING), `queued` or `open`, and nothing due, with default settings; watched once `started`."""
    async with Server(folder) as server:
        hired = await server.hire(-(-count // 50), max_chats=50) if what == "open" else []
        empty = await _cost(server, min(seconds, 20))
        if hired:
            await fill_with_open(server, [agent_id for agent_id, _ in hired], count)
        else:
            await fill_with_queued(server, count)
        print(f"{what}: waiting for the first rounds of the reconciler", file=sys.stderr)
        await asyncio.sleep(started)
        used = await _cost(server, seconds)
        assert await server.healed() == 0, "the documents were right"
        title = f"{count:,} {what} chats, nothing due, {seconds:.0f} s"
        rows = [
            _share(f"{title}: the server's share of a core", "server", used, empty, AIM_IDLE_PERCENT),
            _share(f"{title}: mongod's", "mongod", used, empty),
        ]
        if hired:
            for one in hired:
                await server.connect("/agent", *one)
            connected = await _cost(server, min(seconds, 30))
            rows.append(
                _share(f"the same, their {len(hired)} agents connected: the server's", "server", connected, used)
            )
        return rows


def _share(what: str, of: str, used: dict[str, float], without: dict[str, float], aim: float | None = None) -> Row:
    return Row(what, f"{used[of]:.2f} % (without them {without[of]:.2f} %)", used[of], aim, "%")


async def _cost(server: Server, seconds: float) -> dict[str, float]:
    """Per cent of a core that server and mongod use."""
    await asyncio.sleep(2)
    before, began = server.processor_seconds(), time.perf_counter()
    await asyncio.sleep(seconds)
    after, took = server.processor_seconds(), time.perf_counter() - began
    return {name: (after[name] - before[name]) / took * 100 for name in after}
