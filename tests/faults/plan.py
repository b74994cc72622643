"""Every step of `make faults`, in order: its name, its desk, its fault."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from zlib import crc32

from server.core.settings import Settings
from tests.faults import faults, neighbours
from tests.faults.arena import Arena, Crowd
from tests.faults.disk import NotAllowed, fill, small_disk
from tests.faults.proxy import DOWN, UP
from tests.faults.row import Row
from tests.faults.server import WEAKENED, Setup
from tests.faults.stalled import BOUND, READERS, WORDS, stalled

PROGRESS_SECONDS = 10.0
TOO_LONG = 20.0  # seconds of a black hole: longer than every patience but the customer's grace
APART = {"crowd": Crowd(apart=True)}
Fault = Callable[[Arena], Awaitable[Any]]


@dataclass(frozen=True)
class Plan:
    """How much of it: kill -9 of the server and of mongod, and lines acked between them."""

    kills: int
    mongod_kills: int
    acked: int


@dataclass(frozen=True)
class Step:
    """`run` gives its row. `control`: the promises that must break; `setup` and `arena` are for Setup and Arena."""

    name: str
    times: int
    fault: Fault
    control: tuple[str, ...] = ()
    setup: dict[str, Any] = field(default_factory=dict)
    arena: dict[str, Any] = field(default_factory=dict)
    small_disk: bool = False
    skipped: str = ""

    async def run(self, folder: Path, seed: int) -> Row:
        if self.skipped:
            return Row(self.name, skipped=self.skipped)
        if not self.small_disk:
            return await self._run(folder, seed)
        try:
            with small_disk(folder) as disk:
                return await self._run(disk, seed)
        except NotAllowed as reason:
            return Row(self.name, skipped=str(reason))

    async def _run(self, folder: Path, seed: int) -> Row:
        """A step's moments depend on the seed and its name, not on the steps before it."""
        own_seed = crc32(f"{seed} {self.name}".encode())
        async with Arena(Setup(folder, **self.setup), own_seed, **self.arena) as arena:
            telling = asyncio.create_task(self._tell(arena))
            try:
                await self.fault(arena)
                found = await (arena.verdict(0.0) if self.control else arena.verdict())
                return Row(self.name, self.times, arena.journal, found, self.control)
            finally:
                telling.cancel()

    async def _tell(self, arena: Arena) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            done, acked = len(arena.journal.faults), arena.journal.acked
            print(f"  {self.name}: {done} of {self.times}, {acked:,} lines acked", file=sys.stderr)


def steps(plan: Plan) -> list[Step]:
    return [*killing(plan), *breaking(), *several(plan), *controls()]


def killing(plan: Plan) -> list[Step]:
    """The lines are shared out by the number of kills."""
    alone, own = plan.kills // 2, plan.mongod_kills // 2
    a_kill = plan.acked // max(1, plan.kills + plan.mongod_kills)

    def server(times: int) -> Fault:
        return lambda arena: faults.kill_server(arena, times, times * a_kill)

    def mongod(times: int) -> Fault:
        return lambda arena: faults.kill_mongod(arena, times, times * a_kill)

    counted = [
        Step("kill -9 server and mongod", plan.kills - alone, server(plan.kills - alone)),
        Step("kill -9 server alone", alone, server(alone), setup={"separate": True}),
        Step("kill -9 mongod, supervised", plan.mongod_kills - own, mongod(plan.mongod_kills - own)),
        Step("kill -9 mongod, separate", own, mongod(own), setup={"separate": True}),
    ]
    return [step for step in counted if step.times]


def breaking() -> list[Step]:
    through = {"proxied": True}
    return [
        Step("SIGSTOP mongod 5 s", 1, lambda arena: faults.stop_mongod(arena, 5)),
        Step("SIGSTOP mongod 30 s", 1, lambda arena: faults.stop_mongod(arena, 30)),
        Step("cut", 10, lambda arena: faults.cut(arena, 10), arena=through),
        Step("reset", 10, lambda arena: faults.reset(arena, 10), arena=through),
        Step("black hole both ways", 2, lambda arena: faults.black_hole(arena, (UP, DOWN), TOO_LONG), arena=through),
        Step("black hole to the server", 2, lambda arena: faults.black_hole(arena, (UP,), TOO_LONG), arena=through),
        Step("black hole to the clients", 2, lambda arena: faults.black_hole(arena, (DOWN,), TOO_LONG), arena=through),
        Step("slow", 1, lambda arena: faults.slow(arena, 8), arena=through),
        Step("flapping clients", 1, lambda arena: faults.flap(arena, 8)),
        Step("stalled readers", READERS, stalled, arena={"body_size": WORDS}),
        Step("disk full", 1, fill, small_disk=True),
        Step("two at once", 5, lambda arena: faults.two_at_once(arena, 5), arena=through),
    ]


def several(plan: Plan) -> list[Step]:
    """The same desk in two processes."""
    two = {"processes": 2}
    # What is measured is how a line gets from one process to the other, not the load.
    pace = {"crowd": Crowd(pace=0.02, apart=True)}
    kills = max(1, plan.kills // 10)
    steps = [
        *(Step(f"two processes: Redis killed {seconds} s", 1, _killed(seconds), arena=pace) for seconds in (2, 10, 35)),
        Step("two processes: Redis stopped 15 s", 1, lambda arena: neighbours.stop_redis(arena, 15), arena=pace),
        Step("two processes: Redis gone for good", 1, lambda arena: neighbours.redis_gone(arena, 600),
             arena=APART),
        Step("two processes: kill -9 of one", kills, lambda arena: neighbours.kill_one(arena, kills, kills * 300)),
        Step("two processes: Redis and one killed", 5, lambda arena: neighbours.kill_redis_and_one(arena, 5)),
        Step("two processes: kill -9 mongod", 3, lambda arena: faults.kill_mongod(arena, 3, 1000)),
        Step("two processes: SIGSTOP mongod 5 s", 1, lambda arena: faults.stop_mongod(arena, 5)),
        Step("two processes: rolling restart, 500 people", 2, lambda arena: neighbours.roll(arena, 1),
             arena={"crowd": Crowd(customers=480, agents=20, seats=24, pace=1.0)}),
    ]  # fmt: skip
    return [replace(step, setup=two) for step in steps]


def _killed(seconds: float) -> Fault:
    return lambda arena: neighbours.kill_redis(arena, seconds)


def controls() -> list[Step]:
    def weakened(safety: str) -> dict[str, Any]:
        return {"entry": WEAKENED, "settings": (("without", safety),)}

    has_bound = BOUND in {each.name for each in fields(Settings)}
    unbounded = "" if has_bound else f"there is no setting {BOUND} to lift"
    return [
        Step("control: not journaled, kill -9 mongod", 3, lambda arena: faults.kill_mongod(arena, 3, 2000),
             control=("lost",), setup=weakened("journal")),
        Step("control: no index of client_id, kill -9 server", 5, lambda arena: faults.kill_server(arena, 5, 2000),
             control=("doubled",), setup=weakened("client_id") | {"separate": True}),
        # One process numbers its lines rightly without an index: it takes two that write to the same chats.
        Step("control: no index of seq, two processes", 1, lambda arena: arena.until_acked(2000),
             control=("gaps",), setup=weakened("seq") | {"processes": 2}),
        Step("control: no gap reader, Redis gone for good", 1, lambda arena: neighbours.redis_gone(arena, 600),
             control=("lists",), setup=weakened("gap_reader") | {"processes": 2}, arena=APART),
        Step("control: no bound for slow readers", READERS, stalled, control=("figures",), arena={"body_size": WORDS},
             setup={"settings": ((BOUND, 10**9),)}, skipped=unbounded),
    ]  # fmt: skip
