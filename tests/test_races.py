"""Many want the same chats at once: each chat has one agent, no agent more chats than seats. In one process and in two."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from run import Desk, compose
from server.core.clock import SystemClock
from server.core.settings import load
from store.chats import Chats
from store.client import Database
from store.people import People
from store.records import Chat
from store.seat_connections import SeatLeases
from store.seats import Seats

ROOT = Path(__file__).parent.parent
WAVE = 2  # chats that everybody wants in the same moment
READY = b"ready\n"  # what a racer says before each wave
Claim = Callable[[Desk, Chat, str], Awaitable[bool]]
Winners = list[tuple[str, str]]  # (chat, agent) of every claim that said it had won


async def guarded(desk: Desk, chat: Chat, agent_id: str) -> bool:
    """As the desk does it."""
    return bool(await desk.rules.queue.assigner.open(chat, agent_id, {"rule": "picked", "candidates": []}))


async def read_then_write(desk: Desk, chat: Chat, agent_id: str) -> bool:
    """As anybody would write it at first: look, then do."""
    documents = desk.stores.database.collections
    found = await documents.chats.find_one({"_id": chat.id})
    seat = await documents.seats.find_one({"_id": agent_id})
    if found["status"] != "queued" or len(seat["chats"]) >= seat["max_chats"]:
        return False
    await documents.chats.update_one({"_id": chat.id}, {"$set": {"status": "open", "agent_id": agent_id}})
    await documents.seats.update_one({"_id": agent_id}, {"$push": {"chats": chat.id}})
    return True


CLAIMS: dict[str, Claim] = {"guarded": guarded, "read_then_write": read_then_write}


@dataclass(frozen=True)
class Field:
    """A database with a line of chats and agents who have half as many seats."""

    mongo_url: str
    folder: Path
    name: str
    agents: list[str]
    seats: int  # all of them together

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """One more composition over it; what the clock starts never comes, and a full machine is waited for."""
        quiet = {"TICK_SECONDS": "3600", "RECONCILE_SECONDS": "3600", "RATE_LIMITS": "off", "DATABASE_SECONDS": "30"}
        given = {**quiet, "DATA_DIR": str(self.folder), "MONGODB_DATABASE": self.name, "BASE_URL": "http://localhost"}
        desk = compose(load(given), self.mongo_url, is_alone=False)
        await desk.start(socket.create_server(("127.0.0.1", 0)))
        try:
            yield desk
        finally:
            await desk.stop()


@pytest.fixture
async def field(mongo_url: str, tmp_path: Path) -> AsyncIterator[NewField]:
    """`await field(chats, claimants)`."""
    databases = []

    async def make(chats: int, claimants: int) -> Field:
        database = Database(mongo_url, f"race_{secrets.token_hex(6)}", call_seconds=30)
        databases.append(database)
        people, clock = People(database), SystemClock()
        count = claimants // 2  # each agent claims twice at once
        per_agent = max(1, chats // 2 // count)
        agents = [f"g{n}" for n in range(1, count + 1)]
        field = Field(mongo_url, tmp_path, database.collections.name, agents, per_agent * count)
        async with field.desk():  # makes the indexes
            pass
        for agent_id in agents:
            await people.insert(agent_id, "agent", agent_id, clock.now())
            await Seats(database).open(agent_id, per_agent, [])
            await Seats(database).choose_if_allowed(agent_id, "online", None)
            await SeatLeases(database).connect(agent_id, "elsewhere/1")

        async def queue_up(n: int) -> None:
            await people.insert(f"c{n}", "customer", f"Customer {n}", clock.now())
            await Chats(database).queue_up(f"c{n}", clock.now())

        for start in range(0, chats, 50):
            await asyncio.gather(*(queue_up(n) for n in range(start, min(chats, start + 50))))
        return field

    yield make
    for database in databases:
        await database.drop()
        await database.close()


async def sweep(
    desks: Sequence[Desk],
    claimants: Sequence[tuple[int, str]],
    claim: Claim,
    next_wave: Callable[[], Awaitable[object]],
) -> Winners:
    """Every claimant (number, agent) wants every waiting chat, in waves; number n stands at desk n modulo the desks."""
    random, winners = Random(1), Winners()
    line = await desks[0].rules.queue.assigner.queue.all()

    async def attempt(number: int, agent_id: str, chat: Chat) -> None:
        if await claim(desks[number % len(desks)], chat, agent_id):
            winners.append((chat.id, agent_id))

    for start in range(0, len(line), WAVE):
        wave = [(number, agent, chat) for number, agent in claimants for chat in line[start : start + WAVE]]
        random.shuffle(wave)
        await next_wave()
        await asyncio.gather(*(attempt(*wish) for wish in wave))
    return winners


async def in_one_process(field: Field, claimants: int, claim: str) -> Winners:
    """Two compositions; the desks serve the line themselves meanwhile."""
    wishes = [(n, field.agents[n % len(field.agents)]) for n in range(claimants)]
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(field.desk()) for _ in range(2)]
        fills = [desk.rules.queue.assignment.fill() for desk in desks] if claim == "guarded" else []
        winners, *_ = await asyncio.gather(sweep(desks, wishes, CLAIMS[claim], lambda: asyncio.sleep(0)), *fills)
    return winners


async def in_two_processes(field: Field, claimants: int, claim: str) -> Winners:
    """The same with a process for each composition; each wave begins in both at once."""
    given = [field.mongo_url, field.folder, field.name, field.seats, claim]
    racers = []
    for index in range(2):
        own = [(n, field.agents[n % len(field.agents)]) for n in range(claimants) if n % 2 == index]
        racer = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.test_races", *map(str, given), json.dumps(own),
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**24,
        )  # fmt: skip
        racers.append(racer)
    won: list[Any] = []
    racing = racers
    while racing:  # the one that saw fewer chats wait, because the other one serves them already, is done sooner
        answers = await asyncio.gather(*(racer.stdout.readline() for racer in racing))
        won += [json.loads(answer) for answer in answers if answer != READY]
        racing = [racer for racer, answer in zip(racing, answers, strict=True) if answer == READY]
        for racer in racing:
            racer.stdin.write(b"go\n")
    assert [await racer.wait() for racer in racers] == [0, 0]
    return [(chat_id, agent_id) for winners in won for chat_id, agent_id in winners]


async def race_in_a_process(field: Field, claim: str, claimants: list[tuple[int, str]]) -> None:
    """What a racer does: says `ready` before each wave and waits for a line, and says in the end what it has won."""

    async def next_wave() -> None:
        print(READY.decode(), end="", flush=True)  # noqa: T201  heard by in_two_processes
        assert await asyncio.to_thread(sys.stdin.readline)

    async with field.desk() as desk:
        fills = [desk.rules.queue.assignment.fill()] if claim == "guarded" else []
        winners, *_ = await asyncio.gather(sweep([desk], claimants, CLAIMS[claim], next_wave), *fills)
    print(json.dumps(winners), flush=True)  # noqa: T201


async def broken(field: Field, winners: Winners) -> Counter[str]:
    """What is not as it should be, and how often."""
    database = Database(field.mongo_url, field.name)
    documents = database.collections
    open_ones = {chat["_id"]: chat["agent_id"] async for chat in documents.chats.find({"status": "open"})}
    seats = [seat async for seat in documents.seats.find()]
    opened = Counter([line["chat_id"] async for line in documents.messages.find({"system.event": "opened"})])
    await database.close()
    held = [(chat_id, seat["_id"]) for seat in seats for chat_id in seat["chats"]]
    won = Counter(chat_id for chat_id, _ in winners)
    return +Counter(
        {
            "chats won twice": sum(count > 1 for count in won.values()),
            "chats in two seats": sum(count > 1 for count in Counter(chat_id for chat_id, _ in held).values()),
            "agents over their seats": sum(len(seat["chats"]) > seat["max_chats"] for seat in seats),
            "won and not held": sum(open_ones.get(chat_id) != agent_id for chat_id, agent_id in winners),
            "seats that do not agree with chats": len(set(held) ^ set(open_ones.items())),
            "chats not told once": sum(opened[chat_id] != 1 for chat_id in open_ones) + len(opened.keys() - open_ones),
            "seats left free beside those who wait": field.seats - len(held),
        }
    )


NewField = Callable[[int, int], Awaitable[Field]]
Run = Callable[[Field, int, str], Awaitable[Winners]]
ways = pytest.mark.parametrize("run", [in_one_process, in_two_processes])


@pytest.mark.slow
@ways
async def test_each_chat_has_one_agent(field: NewField, run: Run) -> None:
    raced = await field(100, 10)
    assert await broken(raced, await run(raced, 10, "guarded")) == {}


@pytest.mark.slow
@ways
async def test_the_race_is_one(field: NewField, run: Run) -> None:
    """The same race by looking first and writing then: if this found nothing wrong, the race would prove nothing."""
    raced = await field(100, 10)
    found = await broken(raced, await run(raced, 10, "read_then_write"))
    assert found["chats won twice"] > 2, found
    assert found["agents over their seats"] > 0, found


@pytest.mark.slow
@pytest.mark.timeout(1200)
@ways
async def test_fifty_claimants_for_many_chats(field: NewField, run: Run) -> None:
    """RACE_CHATS says how many."""
    chats = int(os.environ.get("RACE_CHATS", "2000"))
    raced = await field(chats, 50)
    began = time.perf_counter()
    winners = await run(raced, 50, "guarded")
    took = time.perf_counter() - began
    print(f"50 claimants x {chats:,} chats {run.__name__}: {took:.0f} s, {len(winners)} won by hand")  # noqa: T201
    assert await broken(raced, winners) == {}


if __name__ == "__main__":
    url, folder, name, seats, claim, claimants = sys.argv[1:]
    asyncio.run(race_in_a_process(Field(url, Path(folder), name, [], int(seats)), claim, json.loads(claimants)))
