"""Connections in themselves: what one costs while it is idle, what many hear of one, what it takes when all come back."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from bench.support.figures import Row, milliseconds, percentile
from bench.support.generator import Generator
from bench.support.processes import processor_seconds, resident_kib
from bench.support.server import Server
from bench.support.sessions import let_in
from bench.support.standing import customer_ids, fill_with_open
from bench.support.subjects import Bare, Deskwire, Plain, Subject, node

AT_ONCE = 50  # connections that are being made at the same time
SETTLED = 2.0  # seconds after the last one
JITTER = 2.0  # seconds over which the clients of a storm come back; our own pages spread their first knock like that
CHATS_AN_AGENT = 50


def subjects(folder: Path | None) -> list[Subject]:
    """All of them, none started."""
    return [Bare(folder), *([Plain(folder)] if node() else []), Deskwire(folder)]


async def idle(count: int, folder: Path | None) -> list[Row]:
    """Memory of a connection and connections a second, for each server."""
    rows = []
    for subject in subjects(folder):
        async with subject:
            people = await subject.people(count, 0)
            async with Generator("connections", subject.place, tokens=people.customers) as load:
                pid = subject.pids["server"]
                before, cpu = resident_kib(pid), processor_seconds(subject.pids)["server"]
                took = (await load.ask("connect", at_once=AT_ONCE))["seconds"]
                cpu = processor_seconds(subject.pids)["server"] - cpu
                await asyncio.sleep(SETTLED)
                each = (resident_kib(pid) - before) / count
                figure = f"{each:.1f} KiB each; {count / took:,.0f}/s, server CPU {cpu / count * 1e6:.0f} µs each"
                rows.append(Row(f"{count:,} idle connections: {subject.name}", figure))
                _say(rows[-1])
                await load.ask("close")
    return rows


async def fan_out(count: int, messages: int, folder: Path | None) -> list[Row]:
    """One person's message to all of that person's connections."""
    rows = []
    for subject in subjects(folder):
        async with subject:
            people = await subject.people(1, 1)
            tokens = people.customers * count
            async with Generator("connections", subject.place, tokens=tokens) as load:
                await load.ask("connect", at_once=AT_ONCE)
                await load.ask("gather")
                cpu = processor_seconds(subject.pids)["server"]
                took = (await load.ask("fan_out", messages=messages))["took"]
                cpu = processor_seconds(subject.pids)["server"] - cpu
                each = cpu / messages / count * 1e6
                figure = f"{milliseconds(took)}; server CPU {each:.1f} µs a delivery"
                rows.append(Row(f"fan-out to {count:,} connections, until the last: {subject.name}", figure))
                _say(rows[-1])
                await load.ask("close")
    return rows


async def storm(count: int, folder: Path | None) -> list[Row]:
    """All drop in one moment and come back: welcome, then sync_chat brings the line that was missed."""
    async with AsyncExitStack() as stack:
        server, load = await filled(stack, count, folder)
        before = server.processor_seconds()
        found = await load.ask("storm", jitter=JITTER)
        after = server.processor_seconds()
        cpu = {name: (after[name] - before[name]) / count * 1e6 for name in after}
        title = f"{count:,} clients drop and come back within {JITTER:g} s (uniform)"
        costs = f"CPU a reconnect: server {cpu['server']:.0f}, mongod {cpu['mongod']:.0f} µs"
        whole = len(found["took"])
        late = int(whole < count)  # the generator has given the others up: that aim is missed widely or met
        assert whole, "nobody came back"
        rows = [
            Row(f"{title}: whole in time", f"{whole:,} of {count:,}", late, 0),
            Row(
                f"{title}: all whole after",
                f"{found['seconds']:.2f} s; {found['again']} had to try again; {costs}",
                found["seconds"],
            ),
            Row(
                f"{title}: from dialling to whole", milliseconds(found["took"]), percentile(found["took"], 0.95) * 1000
            ),
        ]
        await load.ask("close")
        return rows


async def filled(stack: AsyncExitStack, count: int, folder: Path | None) -> tuple[Server, Generator]:
    """A desk of so many open chats, two lines in each, and all their customers connected."""
    subject = await stack.enter_async_context(Deskwire(folder))
    server = subject.server
    agents = await server.hire(-(-count // CHATS_AN_AGENT), max_chats=CHATS_AN_AGENT)
    await fill_with_open(server, [agent_id for agent_id, _ in agents], count)
    database = server.database()
    tokens = await let_in(database, server.data_dir, customer_ids(count))
    await database.close()
    desks = [token for _, token in agents]
    load = await stack.enter_async_context(Generator("connections", subject.place, tokens=tokens, agents=desks))
    await load.ask("connect", at_once=AT_ONCE)
    return server, load


def _say(row: Row) -> None:
    print(f"{row.what}: {row.figure}", file=sys.stderr, flush=True)
