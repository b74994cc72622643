"""Who comes too often: silent sockets, floods, log-ins by the dozen; and the neighbours, who have to live with them."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import time
from collections import Counter
from typing import Any

import aiohttp

from bench.load.person import PATH, Person, Place, in_groups
from bench.load.wire import WebSocket
from bench.support.arrivals import arrivals

AT_ONCE = 100  # handshakes under way
LINE, LONG, HUGE = "x" * 200, "y" * 4000, "z" * 60_000
WINDOW = 32  # commands a flooding socket has on their way
MIX = ("list_chats", "sync_chat", "mark_read") * 3 + ("send_message",)  # what neighbours ask for


class Strangers:
    """`tokens` are customers'. A flood and its neighbours are two of these, in processes of their own."""

    def __init__(self, place: Place, tokens: list[str], niceness: int = 0) -> None:
        os.nice(
            niceness
        )  # a flood comes from somewhere else: it must not take this machine's processors from the others
        self._place = place
        self._people = [Person(place, place.customers, token) for token in tokens]
        self._chats: dict[Person, str] = {}
        self._silent: list[Any] = []
        self._numbers = itertools.count(1)
        self._random = random.Random(1)

    async def open(self) -> None:
        """Everybody is connected, and has a chat. Who is there more than once has one."""
        await in_groups([person.connect() for person in self._people], 20)
        for person in self._people:
            self._chats[person] = (await person.ask("request_chat"))["chat"]["id"]

    async def hold(self, count: int) -> float:
        """So many handshakes, half of them by polling, and not a word after them: when the last one was done."""
        await in_groups([self._handshake(n % 2 == 0) for n in range(count)], AT_ONCE)
        return time.perf_counter()

    async def log_in(self, in_flight: int, seconds: float, username: str = "", password: str = "") -> dict[str, Any]:
        """Always so many log-ins on their way, by unknown names unless one is given: how long each took, and its answer."""
        until, took, answers = time.perf_counter() + seconds, [], Counter[str]()
        url = f"{self._place.url}/api/auth/login"
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

            async def one() -> None:
                while (began := time.perf_counter()) < until:
                    given = {"username": username or f"nobody{next(self._numbers)}", "password": password or LINE[:20]}
                    async with http.post(url, json=given) as response:
                        await response.read()
                        answers[str(response.status)] += 1
                    took.append(time.perf_counter() - began)
                    await asyncio.sleep(0.25 if username else 0)

            await asyncio.gather(*(one() for _ in range(in_flight)))
        return {"took": took, "answers": answers}

    async def pulse(self, rate: float, seconds: float) -> list[float]:
        """The round trips of a command that does not exist: what is left of one when there is nothing to do but to wait."""
        return await self._paced(rate, seconds, lambda person: _code(person, "nonsense", {}))

    async def neighbours(self, rate: float, seconds: float) -> list[float]:
        """How long each of the usual commands took, sent at this rate by all of them together."""
        return await self._paced(rate, seconds, self._usual)

    async def flood(self, seconds: float) -> dict[str, int]:
        """Every connection sends whatever it can, as fast as it is answered: how often, by code."""
        until, codes = time.perf_counter() + seconds, Counter[str]()

        async def one(person: Person) -> None:
            while time.perf_counter() < until:
                command, payload = self._anything(self._chats[person])
                codes[await _code(person, command, payload)] += 1

        await asyncio.gather(*(one(person) for person in self._people for _ in range(WINDOW)))
        return codes

    def close(self) -> None:
        for person in self._people:
            person.hang_up()

    async def _handshake(self, by_polling: bool) -> None:
        host, port = self._place.address
        if not by_polling:
            self._silent.append(await WebSocket.connect(host, port, PATH, lambda _: None, lambda: None))
            return
        reader, writer = await asyncio.open_connection(host, port)
        path = PATH.replace("websocket", "polling")
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        await reader.readuntil(b"}")
        self._silent.append((reader, writer))

    async def _paced(self, rate: float, seconds: float, ask: Any) -> list[float]:
        took: list[float] = []

        async def one() -> None:
            began = time.perf_counter()
            await ask(self._random.choice(self._people))
            took.append(time.perf_counter() - began)

        asked = []
        async for _ in arrivals(rate, seconds, self._random):
            asked.append(asyncio.create_task(one()))
        await asyncio.gather(*asked)
        return took

    async def _usual(self, person: Person) -> None:
        command, chat_id = self._random.choice(MIX), self._chats[person]
        await _code(person, command, _payload(command, chat_id, LINE, next(self._numbers)))

    def _anything(self, chat_id: str) -> tuple[str, dict[str, Any]]:
        command = self._random.choice((*set(MIX), "send_message", "typing", "request_chat", "nonsense", "huge"))
        if command == "huge":
            return "send_message", {"chat_id": chat_id, "client_id": "huge", "body": HUGE}
        return command, _payload(command, chat_id, LONG, next(self._numbers))


async def _code(person: Person, command: str, payload: dict[str, Any]) -> str:
    try:
        await person.ask(command, **payload)
    except ConnectionRefusedError as refused:
        return str(json.loads(str(refused))[0]["error"]["code"])
    return "ok"


def _payload(command: str, chat_id: str, body: str, number: int) -> dict[str, Any]:
    of_chat: dict[str, dict[str, Any]] = {
        "sync_chat": {"after": 0},
        "mark_read": {"seq": 1},
        "typing": {"on": number % 2 == 0},
        "send_message": {"client_id": f"s{number}", "body": body},
    }
    return {"chat_id": chat_id} | of_chat[command] if command in of_chat else {}
