"""What Redis costs a desk of one process, and what a desk of two does: the same talk at each, in turn."""

from __future__ import annotations

import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from shutil import rmtree
from typing import Any

from bench.load.person import Place
from bench.messages import phase, talk
from bench.support.figures import Row
from bench.support.found import BEST, RATE, Found
from bench.support.redis_server import RedisServer
from bench.support.server import Server
from bench.support.subjects import Deskwire
from store.embedded.mongod import Mongod
from store.embedded.supervisor import Supervisor

COSTS_AT_MOST = 0.15  # of the throughput of a process without Redis


class Branches(Deskwire):
    """So many processes on one mongod of their own. Of two, customers are at the first and agents at the second."""

    def __init__(self, folder: Path | None, count: int, *, redis: bool) -> None:
        self.name = f"{count} process{'es' * (count > 1)}{', Redis' if redis else ', no Redis'}"
        self._folder, self._count = folder, count
        self._redis = RedisServer() if redis else None
        self._stack = AsyncExitStack()
        self._servers: list[Server] = []

    async def __aenter__(self) -> Branches:
        # Under the system's own folder: a longer socket path is known to the process alone that opened it.
        home = Path(tempfile.mkdtemp(prefix="deskwire-"))
        self._stack.callback(rmtree, home)
        mongod = Mongod(home / "mongod")
        mongod.start()
        supervisor = Supervisor(mongod)
        self._stack.push_async_callback(supervisor.stop, within=0)
        await supervisor.ready()
        settings: dict[str, Any] = {"idle_warning_seconds": 86400, "idle_end_seconds": 90000}
        settings |= {"greeting": "off", "first_answer_seconds": 0}
        if self._redis:
            await self._stack.enter_async_context(self._redis)
            settings["redis_url"] = self._redis.url
        for _ in range(self._count):
            server = Server(self._folder, beside=mongod, data_dir=home / "data", **settings)
            self._servers.append(await self._stack.enter_async_context(server))
        self.server = self._servers[0]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def place(self) -> Place:
        first, last = self._servers[0].base_url, self._servers[-1].base_url
        return Place(first, "/customer", "/agent", "/admin", welcomes=True, agents_url=last)

    @property
    def pids(self) -> dict[str, int]:
        found = {"server": self.server.pid, "mongod": self.server.mongod_pid}
        if len(self._servers) > 1:
            found["second server"] = self._servers[-1].pid
        return found | ({"redis": self._redis.pid} if self._redis else {})


async def compare(rounds: int, seconds: float, folder: Path | None) -> list[Row]:
    """One process without Redis, one with it, and two: throughput, and latency at a steady rate."""
    desks = [Branches(folder, 1, redis=False), Branches(folder, 1, redis=True), Branches(folder, 2, redis=True)]
    async with AsyncExitStack() as stack:
        turns = []
        for desk in desks:
            await stack.enter_async_context(desk)
            turns.append((Found(desk), await talk(stack, desk)))
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            for name in (BEST, "steady"):
                for found, load in turns:
                    await phase(found, load, name, seconds)
        return _rows(*(found for found, _ in turns))


def _rows(plain: Found, redis: Found, two: Found) -> list[Row]:
    rows = []
    for found in (plain, redis, two):
        rows.append(Row(f"{BEST}: {found.subject.name}", f"{found.rate(BEST):,.0f}/s; {_costs(found)}"))
        took = [f"p{share * 100:g} {found.milliseconds('steady', share):.2f}" for share in (0.5, 0.99)]
        rows.append(Row(f"{RATE:.0f} messages/s: {found.subject.name}", f"{', '.join(took)} ms"))
    cost = 1 - redis.times(plain, BEST)
    rows.append(Row("what Redis costs one process, of its messages/s", f"{cost:.0%}", cost, COSTS_AT_MOST))
    times = two.times(redis, BEST)
    rows.append(
        Row("two processes ÷ one, both with Redis: messages/s (two cores, and every event crosses)", f"{times:.2f}")
    )
    more = [two.milliseconds("steady", share) - redis.milliseconds("steady", share) for share in (0.5, 0.99)]
    rows.append(
        Row("from one process to the other: p50 and p99 more than within one", f"{more[0]:.2f}, {more[1]:.2f} ms")
    )
    lost = sum(found.lost for found in (plain, redis, two))
    return [*rows, Row("messages lost or refused at any of them", f"{lost}", lost, 0)]


def _costs(found: Found) -> str:
    named = {name: found.cost(BEST, name) for name in ("server", "second server", "mongod", "redis")}
    return "CPU µs a message: " + ", ".join(f"{name} {cost:.0f}" for name, cost in named.items() if cost is not None)
