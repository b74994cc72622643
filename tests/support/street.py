"""One desk in several processes, one database, nginx in front: `async with Street(...) as street:`."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import secrets
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bench.support.redis_server import RedisServer
from bench.support.server import Server
from server.core.clock import SystemClock
from server.people.accounts import Accounts
from store.client import Database
from store.credentials import Credentials
from store.people import People
from store.seats import Seats
from tests.support.people import Someone
from tests.support.proxy import Proxy, secret

PASSWORD = "correct horse"


# With one process everything is simpler: `make test` has the harder case.
one_and_two = pytest.mark.parametrize("count", [pytest.param(1, marks=pytest.mark.slow), 2])


class Street:
    """`count` processes; two of them have a Redis between them."""

    def __init__(self, mongo_url: str, folder: Path, count: int = 1, *, tls: bool = False, **settings: Any) -> None:
        self.database = Database(mongo_url, f"street_{secrets.token_hex(6)}", call_seconds=10)
        self._folder = folder
        self._shared = {
            "mongodb_url": mongo_url,
            "mongodb_database": self.database.collections.name,
            "jwt_secret_key": secret(),
            "media_dir": folder / "media",
            "trusted_proxies": "127.0.0.1",
            "database_seconds": 10,
            "greeting": "off",
            "first_answer_seconds": 0,
            "ping_interval_seconds": 1,  # python-socketio's client leaves by polling only once its last poll is answered
            **settings,
        }
        self._count = count
        self._tls = tls
        self._people: list[Someone] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Street:
        enter = self._stack.enter_async_context
        self._stack.push_async_callback(self._sweep)
        if self._count > 1:
            self._shared["redis_url"] = (await enter(RedisServer())).url
        self.servers = [await enter(Server(**self._shared)) for _ in range(self._count)]
        self.proxy = await enter(Proxy(self._folder, [server.port for server in self.servers], tls=self._tls))
        self.http = await enter(aiohttp.ClientSession())
        self._stack.push_async_callback(self._send_home)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def customer(self, name: str) -> Someone:
        """Known to the desk, not connected."""
        async with asyncio.timeout(20):
            while True:
                async with self.http.post(
                    f"{self.proxy.base_url}/api/auth/guest", json={"name": name.title()}
                ) as answer:
                    if answer.status != 503:
                        return self._person("/customer", await answer.json())
                await asyncio.sleep(
                    0.1
                )  # its process was killed at this moment: a POST that was sent is not sent again

    async def agent(self, name: str) -> Someone:
        """Known to the desk and logged in, not connected."""
        accounts = Accounts(People(self.database), Credentials(self.database), Seats(self.database), SystemClock(), 5)
        await accounts.create_agent(f"{100 + len(self._people)}", name, PASSWORD, name=name.title())
        given = {"username": name, "password": PASSWORD}
        async with self.http.post(f"{self.proxy.base_url}/api/auth/login", json=given) as answer:
            return self._person("/agent", await answer.json())

    async def kill(self, server: Server) -> None:
        """kill -9; returns when nobody listens at its port any more. `server.start()` brings it back."""
        os.kill(server.pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            while await _listens(server.port):
                await asyncio.sleep(0.02)

    async def keep_apart(self, *people: Someone) -> None:
        """Each connects to a process of its own, as far as there are enough."""
        for someone, server in zip(people, itertools.cycle(self.servers), strict=False):
            someone.base_url = f"{self.proxy.base_url}?tab={await self._tab(server.port)}"

    async def _tab(self, port: int) -> str:
        """A tab whose requests nginx takes to this port."""
        for tab in map(str, range(1000)):
            async with self.http.get(f"{self.proxy.base_url}/{port}/{tab}?tab={tab}"):
                pass
            async with asyncio.timeout(5):
                while not (line := re.search(rf"GET /{port}/{tab}\" .*:(\d+)\n", self.proxy.requests())):
                    await asyncio.sleep(0.01)
            if line[1] == str(port):
                return tab
        raise AssertionError("nginx takes everybody to the same process")

    def _person(self, namespace: str, body: dict[str, Any]) -> Someone:
        someone = Someone(self.proxy.base_url, namespace, body["token"], body["user"])
        self._people.append(someone)
        return someone

    async def _send_home(self) -> None:
        await asyncio.gather(*(someone.disconnect() for someone in self._people))

    async def _sweep(self) -> None:
        await self.database.drop()
        await self.database.close()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
