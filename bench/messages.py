"""Messages there and back: how many a second get through, how fast at a steady rate, and what one costs the server."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median

from bench.support.arrivals import arrivals
from bench.support.figures import Row, percentile
from bench.support.found import BEST, IN_FLIGHT, PHASES, RATE, Found
from bench.support.generator import Generator
from bench.support.subjects import Bare, Deskwire, Plain, Subject, node
from store.client import Database

CUSTOMERS, AGENTS = 100, 20
AIM_PLAIN, AIM_BARE = 4.0, 0.8  # times their delivered messages/s (hoped for: 7 and 1.1)
AIM_P50, AIM_P99 = 2.0, 3.0  # times the sum of one journaled write and one bare echo
WRITES = 200


async def compare(rounds: int, seconds: float, free_marks: bool, folder: Path | None) -> list[Row]:
    """All servers in one run, one phase of each after the other, `rounds` times."""
    subjects: list[Subject] = [Bare(folder), Deskwire(folder)]
    if node():
        subjects.insert(1, Plain(folder))
    writes: list[float] = []
    spaced: list[float] = []
    async with AsyncExitStack() as stack:
        talks = [await _opened(stack, subject, free_marks) for subject in subjects]
        desk = subjects[-1]
        assert isinstance(desk, Deskwire)
        database = desk.server.database()
        stack.push_async_callback(database.close)
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            for name in PHASES:
                for found, load in talks:
                    await phase(found, load, name, seconds)
            writes.append(await write_seconds(database))
            spaced += await spaced_writes(database, seconds)
    return _rows([found for found, _ in talks], median(writes) * 1000, spaced)


async def talk(stack: AsyncExitStack, subject: Subject, free_marks: bool = False) -> Generator:
    """A generator at this server: 100 customers and 20 agents with their chats, about to talk."""
    people = await subject.people(CUSTOMERS, AGENTS)
    load = await stack.enter_async_context(Generator("talk", subject.place, **asdict(people), free_marks=free_marks))
    await load.ask("open")
    stack.push_async_callback(load.ask, "close")
    return load


async def write_seconds(database: Database) -> float:
    """The median of single inserts, one after the other, by the majority and journaled."""
    took = []
    collection = database.collections.bench_writes
    for n in range(WRITES):
        began = time.perf_counter()
        await collection.insert_one({"n": n, "body": "x" * 70})
        took.append(time.perf_counter() - began)
    return median(took)


async def spaced_writes(database: Database, seconds: float) -> list[float]:
    """Seconds of each of RATE such inserts a second, at the times of a Poisson process, with nothing else to do.

    The least that a message can take at that rate: these wait for each other in the journal, as messages do.
    """
    took: list[float] = []
    collection = database.commits.bench_writes

    async def write() -> None:
        began = time.perf_counter()
        await collection.insert_one({"n": 0, "body": "x" * 70})
        took.append(time.perf_counter() - began)

    async with asyncio.TaskGroup() as writing:
        async for _ in arrivals(RATE, seconds, random.Random(1)):
            writing.create_task(write())
    return took


async def _opened(stack: AsyncExitStack, subject: Subject, free_marks: bool) -> tuple[Found, Generator]:
    await stack.enter_async_context(subject)
    return Found(subject), await talk(stack, subject, free_marks)


async def phase(found: Found, load: Generator, name: str, seconds: float) -> None:
    """One more result of this phase."""
    pids = found.subject.pids | {"load": load.pid}
    if in_flight := PHASES[name]:
        result = await load.ask("closed", in_flight=in_flight, seconds=seconds, pids=pids)
    else:
        result = await load.ask("steady", rate=RATE, seconds=seconds, pids=pids)
    found.rounds[name].append(result)
    _say(found, name)
    if result["refused"]:
        print(f"{result['refused']} refused, such as {result['refusal']}", file=sys.stderr)
    if result["gone"]:
        raise AssertionError(
            f"{found.subject.name} lost {result['gone']} connections: it has {result['lost']} messages to deliver"
        )


def _say(found: Found, name: str) -> None:
    last = found.rounds[name][-1]
    cpu = ", ".join(f"{of} {used / max(1, last['delivered']) * 1e6:.0f}" for of, used in last["cpu"].items())
    p50, p99 = (percentile(last["latencies"], share) * 1000 for share in (0.5, 0.99))
    rate = last["delivered"] / last["seconds"]
    print(
        f"{name}, {found.subject.name}: {rate:,.0f}/s, p50 {p50:.1f}, p99 {p99:.1f} ms, µs a message: {cpu}",
        file=sys.stderr,
        flush=True,
    )


def _rows(found: list[Found], write_ms: float, spaced: list[float]) -> list[Row]:
    rows = []
    for phase in PHASES:
        for one in found:
            rows.append(Row(f"{_title(phase)}: {one.subject.name}", _figure(one, phase)))
    if len(found) == 2:
        rows.append(
            Row("plain Node + MongoDB", "skipped: there is no node, or not its packages (make bench installs them)")
        )
    desk, bare = found[-1], found[0]
    for phase in list(PHASES)[: len(IN_FLIGHT)]:
        for other, aim in zip(found[:-1], (AIM_BARE, AIM_PLAIN), strict=False):
            ratio = desk.times(other, phase)
            judged = aim if phase == BEST else None
            rows.append(
                Row(
                    f"{phase}: Deskwire's messages/s ÷ {other.subject.name}'s",
                    f"{ratio:.2f}",
                    ratio,
                    judged,
                    "",
                    atleast=True,
                )
            )
    costs = [one.cost(BEST, "server") or 0.0 for one in (desk, bare)]
    title = f"{BEST}: server CPU a message, Deskwire's ÷ bare's"
    rows.append(Row(title, f"{costs[0] / costs[1]:.2f} ({costs[0]:.0f} ÷ {costs[1]:.0f} µs)", costs[0] / costs[1], 1.0))
    return [*rows, *_latency_rows(desk, bare, write_ms, spaced), _loss(found)]


def _latency_rows(desk: Found, bare: Found, write_ms: float, spaced: list[float]) -> list[Row]:
    echo = bare.milliseconds("steady", 0.5)
    total = write_ms + echo
    alone = [percentile(spaced, share) * 1000 for share in (0.5, 0.99)]
    rows = [
        Row("one journaled majority write + one bare echo (medians)", f"{write_ms:.2f} + {echo:.2f} = {total:.2f} ms"),
        Row(
            f"{RATE:.0f} such writes/s (Poisson) and nothing else, ÷ that sum",
            f"p50 {alone[0] / total:.2f} ({alone[0]:.2f} ms), p99 {alone[1] / total:.2f} ({alone[1]:.2f} ms)",
        ),
    ]
    cold = alone[0] + echo
    for share, aim in ((0.5, AIM_P50), (0.99, AIM_P99)):
        took = desk.milliseconds("steady", share)
        title = f"{RATE:.0f} messages/s: Deskwire's p{share * 100:g} ÷ that sum"
        rows.append(Row(title, f"{took / total:.2f} ({took:.2f} ms)", took / total, aim))
        rows.append(Row(f"{title}, the write at that rate as well", f"{took / cold:.2f} (÷ {cold:.2f} ms)"))
    return rows


def _loss(found: list[Found]) -> Row:
    lost = ", ".join(f"{one.subject.name} {one.lost}" for one in found)
    receipts = ", ".join(f"{one.subject.name} {one.receipts:.2f}" for one in found)
    return Row("messages lost or refused; receipts a message", f"{lost}; {receipts}", found[-1].lost, 0)


def _title(phase: str) -> str:
    return phase if PHASES[phase] else f"{RATE:.0f} messages/s (Poisson)"


def _figure(found: Found, phase: str) -> str:
    costs = {name: found.cost(phase, name) for name in ("server", "mongod")}
    cpu = ", ".join(f"{name} {cost:.0f}" for name, cost in costs.items() if cost is not None)
    others = f"; others used {found.elsewhere(phase):.1f} cores"
    p50, p99 = found.milliseconds(phase, 0.5), found.milliseconds(phase, 0.99)
    return f"{found.rate(phase):,.0f}/s, p50 {p50:.2f}, p99 {p99:.2f} ms; CPU µs a message: {cpu}{others}"
