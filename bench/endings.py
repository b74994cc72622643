"""The ends: SIGTERM with everybody connected, everybody back after it, and readers who do not read."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from math import inf
from pathlib import Path

from bench.connections import filled
from bench.support.figures import Row
from bench.support.generator import Generator
from bench.support.processes import resident_kib
from bench.support.subjects import Deskwire

AIM_CLOSED, AIM_ENDED, AIM_BACK = 1.0, 2.5, 10.0  # seconds
AIM_ONE, AIM_MANY = 1.25, 50.0  # MiB: for one reader a queue of 1 MiB, and a quarter for its socket
AIM_GONE = 10.0  # seconds after the reading has stopped
GIVEN_UP = 30.0  # seconds after which stalled readers are taken to stay
SAMPLE = 0.1  # seconds between two looks at the memory
READ_FIRST = 3.0  # seconds of the same traffic first: what fills up once is not the stalled ones'


async def stop(sockets: int, folder: Path | None) -> list[Row]:
    """SIGTERM: when the last socket was closed, and when the process had ended, its mongod too."""
    async with AsyncExitStack() as stack:
        server, load = await filled(stack, sockets, folder)
        began = time.perf_counter()
        ended = asyncio.create_task(server.terminate())
        closed = max(await load.ask("lost")) - began
        took = await ended - began
    title = f"SIGTERM with {sockets:,} sockets"
    return [
        Row(f"{title}: all closed after", f"{closed:.2f} s", closed, AIM_CLOSED, "s"),
        Row(f"{title}: process and mongod ended after", f"{took:.2f} s", took, AIM_ENDED, "s"),
    ]


async def restart(clients: int, folder: Path | None) -> list[Row]:
    """A new server takes the old one's place; its clients knock as our own pages do."""
    async with AsyncExitStack() as stack:
        server, load = await filled(stack, clients, folder)
        back = asyncio.create_task(load.ask("come_back"))
        await asyncio.sleep(0.5)  # until the generator waits for the end
        began = time.perf_counter()
        await server.terminate()
        await server.start()
        ready = time.perf_counter()
        whole = sorted(await back)
        await load.ask("close")
    assert whole, "nobody came back"
    last, middle = whole[-1] - ready, whole[len(whole) // 2] - ready
    figure = f"{len(whole):,} of them {last:.2f} s after its ready line (half of them {middle:.2f} s)"
    figure += f"; it was away for {ready - began:.2f} s"
    took = last if len(whole) == clients else inf  # the generator has given the others up
    return [Row(f"restart, {clients:,} clients back and whole", figure, took, AIM_BACK, "s")]


async def stalled(customers: int, each: int, seconds: float, folder: Path | None) -> list[Row]:
    """Agents write to customers who do not read: the server's memory at its most, and when their connections are gone."""
    readers, aim = customers * each, AIM_ONE if customers * each == 1 else AIM_MANY
    async with AsyncExitStack() as stack:
        subject = await stack.enter_async_context(Deskwire(folder))
        people = await subject.people(customers, min(4, customers))
        load = await stack.enter_async_context(
            Generator("readers", subject.place, customers=people.customers, agents=people.agents, each=each)
        )
        await load.ask("open")
        in_flight = 8 if customers == 1 else 2
        await load.ask("write", seconds=READ_FIRST, in_flight=in_flight)
        first = resident_kib(subject.server.pid)
        usual = await _most_kib(
            subject, asyncio.create_task(load.ask("write", seconds=seconds, in_flight=in_flight))
        ) - first  # fmt: skip
        before, there = resident_kib(subject.server.pid), await subject.server.connections()
        await load.ask("stall")
        gone = asyncio.create_task(_gone(subject, there - readers))
        writing = asyncio.create_task(load.ask("write", seconds=seconds, in_flight=in_flight))
        most = await _most_kib(subject, writing)
        took, sent = await gone, (await writing)["bytes_each"] / 2**20
        await load.ask("close")
    mib, title = (
        (most - before - usual) / 1024,
        f"{readers} stalled reader{'s' if readers > 1 else ''}, {sent:.1f} MiB sent to each",
    )
    grew = f"{mib:.2f} MiB more than the {usual / 1024:.2f} of the same traffic with everybody reading"
    shown = f"{took:.1f} s" if took < GIVEN_UP else f"still there after {took:.0f} s"
    return [
        Row(f"{title}: the server's memory grew by", grew, mib, aim, "MiB"),
        Row(f"{title}: gone after", shown, took, AIM_GONE, "s"),
    ]


async def _most_kib(subject: Deskwire, writing: asyncio.Task[dict[str, float]]) -> float:
    """The server's memory at its most until the writing is done."""
    most = 0.0
    while not writing.done():
        most = max(most, resident_kib(subject.server.pid))
        await asyncio.sleep(SAMPLE)
    return most


async def _gone(subject: Deskwire, left: int) -> float:
    """Seconds until the server has no more than `left` connections."""
    began = time.perf_counter()
    while await subject.server.connections() > left and time.perf_counter() - began < GIVEN_UP:
        await asyncio.sleep(SAMPLE)
    return time.perf_counter() - began
