"""What webhooks cost: messages during a storm of events for programs that do not answer; an outbox full of old deliveries."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.messages import talk
from bench.support.figures import Row, latency, percentile
from bench.support.processes import processor_seconds
from bench.support.server import Server
from bench.support.sessions import let_in
from bench.support.subjects import Deskwire
from server.core.clock import SystemClock
from store.client import Database
from store.outbox.deliveries import NewDelivery

EVENTS = 2000
STORM_RATE = 40.0  # messages a second: 2,000 events in fifty seconds, each for three programs
AIM_TIMES = 1.2  # p99 of messages meanwhile, times that without webhooks
AIM_IDLE_PERCENT = 2.0  # of a core
SAID = 200  # messages whose way to a webhook is measured, ten a second
DEAD = "http://127.0.0.1:1/hook"  # nobody listens there
ALLOWED: dict[str, Any] = {"webhook_allow": "127.0.0.1"}


class Receiver:
    """A program that answers after `wait` seconds, and 500 to this share of calls."""

    def __init__(self, wait: float = 0.0, fails: float = 0.0) -> None:
        self.took: list[float] = []  # seconds from each deed until it was here
        self._wait, self._fails = wait, fails
        self._random = random.Random(1)

    async def answer(self, request: web.Request) -> web.Response:
        event = await request.json()
        self.took.append(time.time() - datetime.fromisoformat(event["timestamp"]).timestamp())
        await asyncio.sleep(self._wait)
        return web.Response(status=500 if self._random.random() < self._fails else 200)


@asynccontextmanager
async def listening(receiver: Receiver) -> AsyncIterator[str]:
    """Its address."""
    app = web.Application()
    app.router.add_post("/hook", receiver.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def make_webhooks(server: Server, urls: list[str]) -> None:
    database = server.database()
    first = "a1"  # the admin of the first start
    [token] = await let_in(database, server.data_dir, [first])
    await database.close()
    admin = await server.connect("/admin", first, token)
    for url in urls:
        await admin.ask("save_webhook", url=url, events=["message_posted"])


async def storm(rounds: int, events: int, folder: Path | None) -> list[Row]:
    """Two desks in turn, at the same rate: one without webhooks, one with a dead, a slow and a failing program."""
    seconds = events / STORM_RATE
    async with AsyncExitStack() as stack:
        receivers = [Receiver(wait=0.2), Receiver(fails=0.3)]
        urls = [DEAD, *[await stack.enter_async_context(listening(receiver)) for receiver in receivers]]
        desks = [await stack.enter_async_context(Deskwire(folder, **ALLOWED)) for _ in range(2)]
        loads = [await talk(stack, desk) for desk in desks]
        await make_webhooks(desks[1].server, urls)
        found: list[list[tuple[float, float]]] = [[], []]
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr)
            for place, (desk, load) in enumerate(zip(desks, loads, strict=True)):
                result = await load.ask("steady", rate=STORM_RATE, seconds=seconds, pids=desk.pids)
                assert not result["lost"], "messages were lost"
                took = result["latencies"]
                found[place].append((percentile(took, 0.5) * 1000, percentile(took, 0.99) * 1000))
                await _quiet(receivers)  # the next desk has the machine for itself
        return _storm_rows(found, receivers[1], events)


async def _quiet(receivers: list[Receiver]) -> None:
    """Returns when nothing has come for two seconds."""
    calls = -1
    while calls != (calls := sum(len(receiver.took) for receiver in receivers)):
        await asyncio.sleep(2)


def _storm_rows(found: list[list[tuple[float, float]]], receiver: Receiver, events: int) -> list[Row]:
    without, meanwhile = ([sorted(each)[len(each) // 2] for each in zip(*rounds, strict=True)] for rounds in found)
    title = f"{STORM_RATE:.0f} messages/s"
    times = sorted(storm[1] / calm[1] for calm, storm in zip(*found, strict=True))[len(found[0]) // 2]
    return [
        Row(f"{title}, no webhooks", f"p50 {without[0]:.2f}, p99 {without[1]:.2f} ms"),
        Row(
            f"{title}, {events:,} events to three programs (dead, slow, failing)",
            f"p50 {meanwhile[0]:.2f}, p99 {meanwhile[1]:.2f} ms; {len(receiver.took):,} calls to the failing one",
        ),
        Row("messages' p99 in that storm ÷ without webhooks", f"{times:.2f}", times, AIM_TIMES),
    ]


async def settled(count: int, seconds: float, started: float, folder: Path | None) -> list[Row]:
    """So many deliveries that have gone: what the idle outbox costs, and how long a deed takes to a webhook."""
    receiver = Receiver()
    async with Server(folder, **ALLOWED) as server, listening(receiver) as url:
        await make_webhooks(server, [url])
        await asyncio.sleep(started)
        empty = await _cost(server, seconds)
        database = server.database()
        await _fill(database, count)
        await database.close()
        await asyncio.sleep(started)
        full = await _cost(server, seconds)
        customer = (await server.customers(1))[0]
        chat = (await customer.ask("request_chat"))["chat"]["id"]
        for number in range(SAID):
            await customer.ask("send_message", chat_id=chat, client_id=f"{number}", body="Where is my parcel?")
            await asyncio.sleep(0.1)
        async with asyncio.timeout(30):
            while len(receiver.took) < SAID:
                await asyncio.sleep(0.1)
        title = f"{count:,} settled deliveries, nothing due"
        return [
            Row(
                f"{title}: the server's share of a core",
                f"{full['server']:.2f} % (without them {empty['server']:.2f} %)",
                full["server"],
                AIM_IDLE_PERCENT,
                "%",
            ),
            Row(f"{title}: mongod's", f"{full['mongod']:.2f} % (without them {empty['mongod']:.2f} %)"),
            latency(f"{count:,} settled deliveries: from a message to its webhook", receiver.took),
        ]


async def _fill(database: Database, count: int) -> None:
    now = SystemClock().now() - timedelta(hours=1)
    for first in range(0, count, 5000):
        documents = []
        for n in range(first, min(first + 5000, count)):
            chat = f"{n // 20:024x}"
            new = NewDelivery(
                f"old:{n}", "message_posted", "webhook", "old", "old", {"chat_id": chat}, order=f"old:{chat}"
            )
            document = new.document(now).document() | {
                "state": "sent",
                "attempts": 1,
                "sent_at": now,
                "settled_at": now,
            }
            del document["unsettled"]
            documents.append(document)
        await database.collections.deliveries.insert_many(documents, ordered=False)


async def _cost(server: Server, seconds: float) -> dict[str, float]:
    """Per cent of a core."""
    pids = {"server": server.pid, "mongod": server.mongod_pid}
    before, began = processor_seconds(pids), time.perf_counter()
    await asyncio.sleep(seconds)
    after, took = processor_seconds(pids), time.perf_counter() - began
    return {name: (after[name] - before[name]) / took * 100 for name in pids}
