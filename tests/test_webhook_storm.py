"""A storm: 2,000 events for three programs (dead, slow, failing at random) while processes and mongod are killed."""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from server.core.clock import SystemClock
from server.people.accounts import Accounts
from server.webhooks.webhooks import new_secret
from store.client import Database
from store.credentials import Credentials
from store.outbox.webhooks import Webhooks
from store.people import People
from store.seats import Seats
from tests.faults.server import Setup
from tests.faults.several import Several
from tests.support.memory import IN_MEMORY
from tests.support.people import Someone
from tests.support.webhook_receiver import WebhookReceiver, slow

CHATS, LINES = 20, 100
PACE = 0.2  # seconds between two lines of a chat
PATIENCE = 240  # seconds until all must have come: a small machine has others to serve
EVENTS = ["chat_requested", "message_posted"]
DEAD = "http://127.0.0.1:1/hook"  # nobody listens there
SETTINGS = (
    ("webhook_allow", "127.0.0.1"),
    ("outbox_retry_seconds", 0.2),
    ("outbox_timeout_seconds", 2),
    ("outbox_lease_seconds", 4),
    ("queue_grace_seconds", 86400),
    ("away_end_seconds", 0),
    ("database_seconds", 5),
)

Event = tuple[str, str, int | None]  # what, of which chat, which line


@dataclass
class Storm:
    desk: Several
    database: Database
    http: aiohttp.ClientSession
    credential: str
    chat_ids: list[str]
    first: asyncio.Event = field(default_factory=asyncio.Event)  # the first lines are through
    over: asyncio.Event = field(default_factory=asyncio.Event)  # all lines are

    async def blow(self) -> None:
        """Every chat gets its lines, while processes die in turn, and mongod twice."""
        async with asyncio.TaskGroup() as storm:
            killing = storm.create_task(self._kill())
            await asyncio.gather(*(self._talk(chat_id) for chat_id in self.chat_ids))
            self.over.set()
            kills = await killing
        assert kills >= 4, "processes were killed meanwhile"

    async def _talk(self, chat_id: str) -> None:
        for number in range(LINES):
            line = {"client_id": f"line-{number}", "body": f"Zeile {number} 第{number}行"}
            while not await self._is_posted(chat_id, line):
                await asyncio.sleep(0.1)
            self.first.set()
            await asyncio.sleep(PACE)

    async def _is_posted(self, chat_id: str, line: dict[str, str]) -> bool:
        url = f"http://127.0.0.1:{self.desk.next_port()}/api/chats/{chat_id}/messages"
        try:
            async with self.http.post(url, json=line, headers={"Authorization": f"Bearer {self.credential}"}) as answer:
                assert answer.status in {200, 201, 503}, await answer.text()
                return answer.status != 503
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _kill(self) -> int:
        """How often. Each is back before the next one goes, for somebody has to serve."""
        await self.first.wait()
        turn = 0
        while not self.over.is_set():
            await asyncio.sleep(2)
            if turn in {1, 3}:
                self.desk.kill_mongod()
            branch = self.desk.branches[turn % 2]
            await branch.kill()
            await asyncio.sleep(1)
            await branch.start()
            turn += 1
        return turn

    async def happened(self) -> set[Event]:
        """What the database says has happened."""
        lines = self.database.collections.messages.find({"chat_id": {"$in": self.chat_ids}})
        said: set[Event] = {("message_posted", line["chat_id"], line["seq"]) async for line in lines}
        return said | {("chat_requested", chat_id, None) for chat_id in self.chat_ids}


@pytest.fixture
async def storm() -> AsyncIterator[Storm]:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="deskwire-", dir=IN_MEMORY))
        desk = Several(Setup(Path(folder), settings=SETTINGS, processes=2))
        stack.push_async_callback(desk.stop)
        await desk.start_own_mongod()
        await desk.open_up()
        database = desk.database()
        stack.push_async_callback(database.close)
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=8)))
        accounts = Accounts(People(database), Credentials(database), Seats(database), SystemClock(), 5)
        _, credential = await accounts.create_platform("7", "Shop", ["chats:read", "chats:write"])
        yield Storm(desk, database, http, credential, [])


async def ask_for_chats(storm: Storm) -> None:
    """Visitors who ask for a chat, and go."""
    for number in range(CHATS):
        base = f"http://127.0.0.1:{storm.desk.next_port()}"
        async with storm.http.post(f"{base}/api/auth/guest", json={"name": f"Ann {number}"}) as answer:
            body = await answer.json()
        ann = await Someone(base, "/customer", body["token"], body["user"]).connect()
        storm.chat_ids.append((await ann.ask("request_chat"))["chat"]["id"])
        await ann.disconnect()


def event_of(body: dict[str, Any]) -> Event:
    return body["type"], body["data"]["chat"]["id"], body["data"].get("message", {}).get("seq")


def check(receiver: WebhookReceiver, happened: set[Event]) -> None:
    """Each at least once, under one id, in order within a chat; and nothing that did not happen."""
    ids: dict[Event, set[str]] = defaultdict(set)
    order: dict[str, list[int]] = defaultdict(list)
    for call in receiver.ledger:
        ids[event_of(call.event)].add(call.id)
    arrived: set[Event] = set()
    for call in receiver.accepted:
        event = event_of(call.event)
        if event not in arrived:
            order[event[1]].append(event[2] or 0)
        arrived.add(event)
    assert set(ids) <= happened, "it was told of something that did not happen"
    assert arrived == happened, f"{len(happened - arrived)} did not arrive"
    assert {len(each) for each in ids.values()} == {1}, "an event has an id of its own"
    assert all(seqs == sorted(seqs) for seqs in order.values()), "later lines of a chat came first"


@pytest.mark.slow
@pytest.mark.timeout(560)
async def test_two_thousand_events_reach_the_living_whatever_is_killed(storm: Storm) -> None:
    async with WebhookReceiver(slow(0.2)) as tired, WebhookReceiver(fails=0.3) as moody:
        stored, now = Webhooks(storm.database), SystemClock().now()
        made = {"now": now, "events": EVENTS, "enabled": True}
        for url in (tired.url, moody.url):
            await stored.insert_once(None, secret=new_secret(), url=url, **made)
        dead, _ = await stored.insert_once(None, secret=new_secret(), url=DEAD, **made)
        for branch in storm.desk.branches:
            await branch.kill()
            await branch.start()
        await ask_for_chats(storm)
        await storm.blow()
        happened = await storm.happened()
        assert len(happened) == CHATS * LINES + CHATS
        for receiver in (tired, moody):
            await arrive(receiver, happened)
        deliveries = storm.database.collections.deliveries
        for receiver in (tired, moody):
            check(receiver, happened)
        assert len(tired.ledger) < 2 * len(happened), "what was killed on the way is repeated, and nothing else"
        assert await deliveries.count_documents({"state": "dead"}) == 0
        assert await deliveries.count_documents({"to": dead.id}) == len(happened)
        assert await deliveries.count_documents({"to": dead.id, "state": {"$in": ["sent", "dropped"]}}) == 0
        await give_up(storm, dead.id)
        given_up = {"to": dead.id, "state": "dead", "error": {"$regex": "not enabled"}}
        async with asyncio.timeout(60):
            while await deliveries.count_documents(given_up) < len(happened):
                await asyncio.sleep(0.2)
        assert await deliveries.count_documents({"state": "dead"}) == len(happened)


async def arrive(receiver: WebhookReceiver, happened: set[Event]) -> None:
    """Returns when all is there; a failure says how much is."""
    try:
        async with asyncio.timeout(PATIENCE):
            await receiver.gets(len(happened), within=PATIENCE)
            while missing := happened - {event_of(call.event) for call in receiver.accepted}:
                await receiver.gets(len(receiver.accepted) + len(missing), within=PATIENCE)
    except TimeoutError:
        there = {event_of(call.event) for call in receiver.accepted}
        raise AssertionError(f"{len(there)} of {len(happened)} have come, by {len(receiver.ledger)} calls") from None


async def give_up(storm: Storm, webhook_id: str) -> None:
    """The webhook is paused, and a week goes by."""
    await Webhooks(storm.database).change_if_there(webhook_id, enabled=False)
    for branch in storm.desk.branches:
        await branch.terminate()
    a_week_ago = SystemClock().now() - timedelta(days=7)
    await storm.database.collections.deliveries.update_many(
        {"to": webhook_id}, {"$set": {"created_at": a_week_ago, "next_at": a_week_ago}}
    )
    for branch in storm.desk.branches:
        await branch.start()
