"""Many connections that say little: they come, stay, are dropped, come back, and hear what one of them says."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from bench.load.person import Person, Place, in_groups

FIRST_DELAY, LONGEST_DELAY, SPREAD = 0.4, 8.0, 0.6  # seconds; as our own pages do: static/client/connection.js
BODY = "x" * 200
GIVEN_UP = 60.0  # seconds

Found = TypeVar("Found")


class Connections:
    """A connection for each customer's token (the same one may be there more than once), and their agents beside them."""

    def __init__(self, place: Place, tokens: list[str], agents: list[str] | None = None) -> None:
        self._people = [Person(place, place.customers, token) for token in tokens]
        self._agents = [Person(place, place.agents, token) for token in agents or ()]
        self._random = random.Random(1)
        self._chat_id = ""

    async def connect(self, at_once: int) -> dict[str, float]:
        """Everybody is there; the agents, who are not counted, before the others."""
        await in_groups([agent.connect() for agent in self._agents], at_once)
        began = time.perf_counter()
        await in_groups([person.connect() for person in self._people], at_once)
        return {"seconds": time.perf_counter() - began}

    async def storm(self, jitter: float) -> dict[str, Any]:
        """All are dropped in one moment; each comes back within `jitter` seconds and takes what it missed."""
        for person in self._people:
            person.hang_up()
        await asyncio.gather(*(person.lost for person in self._people if person.lost))
        began = time.perf_counter()

        async def one(person: Person) -> tuple[float, int]:
            await asyncio.sleep(self._random.uniform(0, jitter))
            dialled = time.perf_counter()
            knocks = await self._knock(person)
            return time.perf_counter() - dialled, knocks

        back = await _in_time([one(person) for person in self._people])
        again = sum(knocks - 1 for _, knocks in back)
        return {"seconds": time.perf_counter() - began, "took": [took for took, _ in back], "again": again}

    async def lost(self) -> list[float]:
        """When each connection ended (`time.perf_counter`, which all processes of a machine share)."""
        return list(await asyncio.gather(*(person.lost for person in self._people if person.lost)))

    async def come_back(self) -> list[float]:
        """When each was whole again after the server had closed it, of those who made it in time."""
        agents = asyncio.create_task(_in_time([self._come_back(agent) for agent in self._agents]))
        whole = await _in_time([self._come_back(person) for person in self._people])
        await agents
        return whole

    async def gather(self) -> None:
        """All are in the chat of the first one."""
        for group in (self._people[:1], self._people[1:]):
            answers = await in_groups([person.ask("request_chat") for person in group], 50)
            self._chat_id = answers[0]["chat"]["id"]

    async def fan_out(self, messages: int) -> dict[str, Any]:
        """The first one says so many things, one after the other: seconds until the last connection has each."""
        took, heard = [], Countdown(len(self._people))
        for person in self._people:
            person.on_event = heard.event
        for number in range(messages):
            arrived = heard.again()
            began = time.perf_counter()
            said = self._people[0].ask("send_message", chat_id=self._chat_id, client_id=f"f{number}", body=BODY)
            await asyncio.gather(said, arrived)
            took.append(arrived.result() - began)
        return {"took": took}

    def close(self) -> None:
        for person in (*self._people, *self._agents):
            person.hang_up()

    async def _come_back(self, person: Person) -> float:
        assert person.lost
        await person.lost
        await self._pause(FIRST_DELAY)
        await self._knock(person)
        return time.perf_counter()

    async def _knock(self, person: Person) -> int:
        """Returns once it is connected and whole: how often it had to try."""
        delay, knocks = FIRST_DELAY, 1
        while True:
            try:
                await person.connect()
                if person not in self._agents:
                    await _sync(person)
            except (OSError, TimeoutError):  # nobody listens yet, or the server closed it again
                person.hang_up()
                await self._pause(delay)
                delay, knocks = min(LONGEST_DELAY, delay * 2), knocks + 1
                continue
            return knocks

    async def _pause(self, delay: float) -> None:
        await asyncio.sleep(delay * self._random.uniform(1 - SPREAD, 1 + SPREAD))


async def _in_time(work: list[Coroutine[Any, Any, Found]]) -> list[Found]:
    """What was found within GIVEN_UP seconds: some may never come back while all of them knock."""
    tasks = [asyncio.create_task(coroutine) for coroutine in work]
    if not tasks:
        return []
    done, late = await asyncio.wait(tasks, timeout=GIVEN_UP)
    for task in late:
        task.cancel()
    return [task.result() for task in done]


class Countdown:
    """Resolves with the moment in which so many connections have heard a `message`."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._left = 0
        self._done: asyncio.Future[float] | None = None

    def again(self) -> asyncio.Future[float]:
        self._left, self._done = self._count, asyncio.get_running_loop().create_future()
        return self._done

    def event(self, text: bytes) -> None:
        if text.startswith(b'["message"'):
            self._left -= 1
            if not self._left and self._done:
                self._done.set_result(time.perf_counter())


async def _sync(person: Person) -> None:
    """It holds the first line of its chat and misses the rest: it is whole when it has every line up to the last one."""
    chat = json.loads(person.welcome)[1]["chats"][0]
    answer = await person.ask("sync_chat", chat_id=chat["id"], after=1)
    found = [line["seq"] for line in answer["messages"]]
    assert found == list(range(2, answer["chat"]["last_seq"] + 1)), answer
    assert found, answer
