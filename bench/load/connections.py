"""Many connections that say little: they come, stay, are dropped, come back, and hear what one of them says."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

from bench.load.person import Person, Place, in_groups

FIRST_DELAY, LONGEST_DELAY, SPREAD = 0.4, 8.0, 0.6  # seconds; as our own pages do: static/client/connection.js
BODY = "x" * 200


class Connections:
    """A connection for each token; the same one may be there more than once."""

    def __init__(self, place: Place, tokens: list[str]) -> None:
        self._people = [Person(place, place.customers, token) for token in tokens]
        self._random = random.Random(1)
        self._chat_id = ""

    async def connect(self, at_once: int) -> dict[str, float]:
        """Everybody is there."""
        began = time.perf_counter()
        await in_groups([person.connect() for person in self._people], at_once)
        return {"seconds": time.perf_counter() - began}

    async def storm(self, jitter: float) -> dict[str, Any]:
        """All are dropped in one moment; each comes back within `jitter` seconds and takes what it missed."""
        for person in self._people:
            person.hang_up()
        await asyncio.gather(*(person.lost for person in self._people if person.lost))
        began = time.perf_counter()

        async def one(person: Person) -> float:
            await asyncio.sleep(self._random.uniform(0, jitter))
            dialled = time.perf_counter()
            await person.connect()
            await _sync(person)
            return time.perf_counter() - dialled

        took = await asyncio.gather(*(one(person) for person in self._people))
        return {"seconds": time.perf_counter() - began, "took": took}

    async def lost(self) -> list[float]:
        """When each connection ended (`time.perf_counter`, which all processes of a machine share)."""
        return list(await asyncio.gather(*(person.lost for person in self._people if person.lost)))

    async def come_back(self) -> list[float]:
        """When each was whole again after the server had closed it, however often it had to knock."""
        return list(await asyncio.gather(*(self._come_back(person) for person in self._people)))

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
        for person in self._people:
            person.hang_up()

    async def _come_back(self, person: Person) -> float:
        assert person.lost
        await person.lost
        delay = FIRST_DELAY
        while True:
            await asyncio.sleep(delay * self._random.uniform(1 - SPREAD, 1 + SPREAD))
            delay = min(LONGEST_DELAY, delay * 2)
            try:
                await person.connect()
                await _sync(person)
            except (OSError, TimeoutError):  # nobody listens yet, or not any more
                person.hang_up()
                continue
            return time.perf_counter()


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
    """It holds the first line of its chat and misses the second: it is whole when it has that."""
    chat = json.loads(person.welcome)[1]["chats"][0]
    answer = await person.ask("sync_chat", chat_id=chat["id"], after=1)
    assert [line["seq"] for line in answer["messages"]] == [2], answer
