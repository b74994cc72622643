"""A real server, `run.py` in a process of its own with its own embedded mongod, and what it costs."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from bench.support.clients import Client
from bench.support.processes import child_named, processor_seconds
from bench.support.sessions import let_in
from bench.support.starting import RUN, ready_port, started
from server.core.clock import SystemClock
from store.client import Database
from store.embedded.mongod import Mongod
from store.people import People
from store.seats import Seats

NO_BOUNDS = {"sockets_per_person": 100_000, "sockets_per_address": 100_000}  # everybody comes from this machine


class Server:
    """`async with Server(tick_seconds=0.1) as server:` serves until it ends; everything it stored goes with it.

    Settings are those of the environment in small letters. `folder`: where its data lie (a new temporary folder unless given).
    `beside`: a mongod that is not its own, and `data_dir` the folder that it shares with other servers of the same desk.
    """

    def __init__(
        self, folder: Path | None = None, *, beside: Mongod | None = None, data_dir: Path | None = None, **settings: Any
    ) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="deskwire-", dir=folder))
        self.data_dir = data_dir or self.home / "data"
        self._beside = beside
        if beside:
            settings["mongodb_url"] = beside.url
        self.log = self.home / "server.log"
        self.port = 0
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._clients: list[Client] = []

    async def __aenter__(self) -> Server:
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(client.hang_up() for client in self._clients))
        await self.http.close()
        if self._process and self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            await self._process.wait()
        shutil.rmtree(self.home)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def mongod_pid(self) -> int:
        if self._beside and self._beside.process:
            return self._beside.process.pid
        return child_named(self.pid, "mongod")

    async def start(self) -> None:
        """Returns when it says that it is ready; on the same port and data as before."""
        given = {"port": self.port, "data_dir": self.data_dir, "rate_limits": "off", "log_level": "warning"} | NO_BOUNDS
        with self.log.open("ab") as log:
            self._process = await started(RUN, cwd=self.home, settings=given | self._settings, stderr=log)
        self.port = await ready_port(self._process, self.log)

    async def terminate(self) -> float:
        """SIGTERM; when it had ended (`time.perf_counter`)."""
        assert self._process
        self._process.terminate()
        await self._process.wait()
        return time.perf_counter()

    async def kill(self) -> None:
        """kill -9 of the server and its mongod."""
        mongod = self.mongod_pid
        for pid in (self.pid, mongod):
            os.kill(pid, signal.SIGKILL)
        assert self._process
        await self._process.wait()

    def pause(self) -> None:
        """SIGSTOP of both: the machine sleeps, as they see it."""
        for pid in (self.pid, self.mongod_pid):
            os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        for pid in (self.mongod_pid, self.pid):
            os.kill(pid, signal.SIGCONT)

    def database(self) -> Database:
        """Its database, for what no client can do. The caller closes it."""
        return Database((self._beside or Mongod(self.data_dir)).url, "deskwire", call_seconds=60)

    def processor_seconds(self) -> dict[str, float]:
        """What the server and its mongod have used so far, user and system."""
        return processor_seconds({"server": self.pid, "mongod": self.mongod_pid})

    async def healed(self) -> float:
        """How much its reconciler has healed so far."""
        return await self.figure("deskwire_healed_total{")

    async def connections(self) -> int:
        """How many connections to all namespaces it has."""
        return int(await self.figure("deskwire_connections "))

    async def transports(self) -> int:
        """How many connections it has, whether they joined a namespace or not."""
        return int(await self.figure("deskwire_transports "))

    async def figure(self, name: str) -> float:
        """The sum of what /metrics says in rows that begin so."""
        async with self.http.get(f"{self.base_url}/metrics") as response:
            rows = [row for row in (await response.text()).splitlines() if row.startswith(name)]
        return sum(float(row.rsplit(" ", 1)[1]) for row in rows)

    async def hire(self, count: int, max_chats: int) -> list[tuple[str, str]]:
        """So many new agents: their ids and tokens."""
        database, clock = self.database(), SystemClock()
        people, seats = People(database), Seats(database)
        hired = []
        for n in range(1, count + 1):  # a password takes 20 ms to hash: theirs is never used
            agent = await people.insert(f"g{1000 + n}", "agent", f"Agent {n}", clock.now(), username=f"bench{n}")
            await seats.open(agent.id, max_chats, [])
            hired.append(agent.id)
        tokens = await let_in(database, self.data_dir, hired)
        await database.close()
        return list(zip(hired, tokens, strict=True))

    async def invite(self, role: str, count: int) -> list[str]:
        """So many new people of this role, and no agents: their tokens."""
        database, now = self.database(), SystemClock().now()
        ids = [f"{role[0]}{2_000_000 + n}" for n in range(count)]
        people = [{"_id": one, "role": role, "name": role.title(), "locale": None, "created_at": now} for one in ids]
        await database.collections.people.insert_many(people)
        tokens = await let_in(database, self.data_dir, ids)
        await database.close()
        return tokens

    async def agents(self, count: int, max_chats: int) -> list[Client]:
        """So many new agents, connected and online."""
        clients = [await self.connect("/agent", *hired) for hired in await self.hire(count, max_chats)]
        for client in clients:
            await client.ask("set_status", status="online")
        return clients

    async def customers(self, count: int) -> list[Client]:
        """So many visitors, connected."""
        return await _in_batches([self._customer(n) for n in range(count)], 50)

    async def connect(self, namespace: str, person_id: str, token: str) -> Client:
        client = Client(self.http, self.base_url, namespace, person_id, token)
        self._clients.append(client)
        return await client.connect()

    async def _customer(self, n: int) -> Client:
        async with self.http.post(f"{self.base_url}/api/auth/guest", json={"name": f"Customer {n}"}) as response:
            body = await response.json()
        return await self.connect("/customer", body["user"]["id"], body["token"])


async def _in_batches(work: list[Any], size: int) -> list[Any]:
    found: list[Any] = []
    for start in range(0, len(work), size):
        found += await asyncio.gather(*work[start : start + size])
    return found
