"""What silent sockets, log-ins by the dozen and one who floods cost everybody else: `python -m bench --only doors`."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from math import inf
from pathlib import Path

from bench.support.figures import Row, latency, milliseconds, percentile
from bench.support.generator import Generator
from bench.support.subjects import Deskwire
from server.core.clock import SystemClock
from server.people import passwords
from store.people import People

AIM_GONE = 10.0  # seconds after the last handshake
AIM_LAG_MS = 20.0
AIM_TIMES = 2.0
GIVEN_UP = 30.0
NEIGHBOURS, NEIGHBOURS_RATE = 20, 40.0  # commands a second, by all of them
FLOODING = 8  # sockets of one customer
PULSE_RATE = 200.0
PASSWORD = "correct horse battery"
ELSEWHERE = {"niceness": 10}
LIMITS = {"rate_limits": "on", "rate_limit_login": "1000000/60"}  # as they are by default, but for who logs in here


async def silent(count: int, folder: Path | None) -> list[Row]:
    """Handshakes without a word after them, and an agent that logs in meanwhile."""
    async with AsyncExitStack() as stack:
        subject = await stack.enter_async_context(Deskwire(folder, **LIMITS))
        await _agent_with_password(subject, "gus")
        at = [await stack.enter_async_context(Generator("strangers", subject.place, tokens=[])) for _ in range(2)]
        holding = asyncio.create_task(at[0].ask("hold", count=count))
        log_in = at[1].ask("log_in", in_flight=1, seconds=AIM_GONE, username="gus", password=PASSWORD)
        logging_in = asyncio.create_task(log_in)
        done = await holding
        while await subject.server.transports() and time.perf_counter() - done < GIVEN_UP:
            await asyncio.sleep(0.05)
        gone = time.perf_counter() - done
        log_ins = await logging_in
    title = f"{count:,} silent sockets, half of them by polling"
    refused = sum(count for status, count in log_ins["answers"].items() if status != "200")
    return [
        Row(f"{title}: all gone after the last handshake", f"{gone:.1f} s", gone, AIM_GONE, "s"),
        Row(f"{title}: log-ins meanwhile", f"{milliseconds(log_ins['took'])}; {refused} failed", refused, 0),
    ]


async def log_ins(at_once: int, seconds: float, folder: Path | None) -> list[Row]:
    """Always so many log-ins on their way: how long a command waits that needs nothing but the loop's turn."""
    async with AsyncExitStack() as stack:
        subject = await stack.enter_async_context(Deskwire(folder, **LIMITS, rate_limit_command="1000000/60"))
        people = await subject.people(1, 1)
        near = await stack.enter_async_context(Generator("strangers", subject.place, tokens=people.customers))
        far = await stack.enter_async_context(Generator("strangers", subject.place, tokens=[], **ELSEWHERE))
        await near.ask("open")
        alone = await near.ask("pulse", rate=PULSE_RATE, seconds=seconds)
        hashing = asyncio.create_task(far.ask("log_in", in_flight=at_once, seconds=seconds))
        beside = await near.ask("pulse", rate=PULSE_RATE, seconds=seconds)
        found = await hashing
    title = f"{at_once} log-ins at once"
    answers = ", ".join(f"{count:,} answered {status}" for status, count in sorted(found["answers"].items()))
    return [
        Row("a command that needs the loop's turn only: round trip", milliseconds(alone)),
        latency(f"{title}: the same round trip", beside, AIM_LAG_MS),
        Row(f"{title}: each", f"{milliseconds(found['took'])}; {answers}"),
    ]


async def flood(seconds: float, folder: Path | None) -> list[Row]:
    """One customer sends whatever it can over several sockets; its neighbours go on as always."""
    async with AsyncExitStack() as stack:
        subject = await stack.enter_async_context(Deskwire(folder, **LIMITS))
        people = await subject.people(NEIGHBOURS + 1, 3)
        agents = [await subject.server.connect("/agent", "", token) for token in people.agents]
        for agent in agents:
            await agent.ask("set_status", status="online")
        *neighbours, flooder = people.customers
        near = await stack.enter_async_context(Generator("strangers", subject.place, tokens=neighbours))
        far = await stack.enter_async_context(
            Generator("strangers", subject.place, tokens=[flooder] * FLOODING, **ELSEWHERE)
        )
        for load in (near, far):
            await load.ask("open")
        alone = await near.ask("neighbours", rate=NEIGHBOURS_RATE, seconds=seconds)
        flooding = asyncio.create_task(far.ask("flood", seconds=seconds))
        beside = await near.ask("neighbours", rate=NEIGHBOURS_RATE, seconds=seconds)
        codes = await flooding
        told = sum(agent.counts.get("typing", 0) for agent in agents)
    title = f"one customer floods with {FLOODING} sockets"
    times = percentile(beside, 0.99) / percentile(alone, 0.99) if alone else inf
    sent = ", ".join(f"{count:,} {code}" for code, count in sorted(codes.items()))
    return [
        Row(f"{NEIGHBOURS} neighbours, {NEIGHBOURS_RATE:g} commands/s", milliseconds(alone)),
        Row(f"{title}: the neighbours", f"{milliseconds(beside)}; it was answered {sent}"),
        Row(f"{title}: neighbours' p99 ÷ without", f"{times:.2f}", times, AIM_TIMES),
        Row(f"{title}: `typing` told to its agent in {seconds:g} s", f"{told}", told, seconds + 2),
    ]


async def _agent_with_password(subject: Deskwire, username: str) -> None:
    database = subject.server.database()
    hashed = await passwords.hash_password(PASSWORD)
    await People(database).insert("g900", "agent", "Gus", SystemClock().now(), username=username, password_hash=hashed)
    await database.close()
