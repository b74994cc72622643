"""The desk under test: `run.py` in a process of its own, with the embedded mongod or one that outlives it; to be killed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp

from bench.support.sessions import let_in
from bench.support.starting import ROOT, RUN, START_SECONDS, ready_port, started
from server.core.clock import SystemClock
from store.client import Database
from store.embedded.mongod import Mongod
from store.embedded.replica_set import wait_writable
from store.people import People
from store.seats import Seats
from tests.faults.figures import Figures

WEAKENED = (str(ROOT / "tests/support/weakened.py"),)  # an `entry`: run.py without what the setting `without` names
SETTINGS = {
    "rate_limits": "off",
    "log_level": "warning",
    "reconcile_seconds": 1,  # what a crash left behind is healed within the time that a row waits for quiet
    "idle_warning_seconds": 3600,
    "idle_end_seconds": 7200,
    "demo": "false",
    "greeting": "off",  # the checker knows every line that somebody said
    "first_answer_seconds": 0,
}


@dataclass(frozen=True)
class Setup:
    """How a desk is built. `entry`: what is run instead of run.py. `separate`: its mongod is not its child.

    `processes`: how many serve it; more than one have a mongod and a Redis beside them (several.py).
    """

    folder: Path
    entry: tuple[str, ...] = (str(RUN),)
    separate: bool = False
    settings: tuple[tuple[str, Any], ...] = ()
    processes: int = 1


class Server:
    """`spawn`, `ready`, `kill` and again. Its port and data stay."""

    def __init__(self, setup: Setup) -> None:
        self.port = 0
        self.ready_at = 0.0  # perf_counter of the last ready line
        self._setup = setup
        self._data_dir = setup.folder / "data"
        self._log = setup.folder / "server.log"
        self.own_mongod = Mongod(setup.folder / "own") if setup.separate or setup.processes > 1 else None
        self._process: asyncio.subprocess.Process | None = None
        self._is_ready = False

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def mongod_pid(self) -> int | None:
        """None while there is none."""
        if self.own_mongod:
            return (
                self.own_mongod.process.pid
                if self.own_mongod.process and self.own_mongod.process.poll() is None
                else None
            )
        with suppress(FileNotFoundError):  # the server, or its mongod, has just died of another fault
            for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
                if Path(f"/proc/{pid}/comm").read_text().strip() == "mongod":
                    return int(pid)
        return None

    @property
    def serves(self) -> bool:
        """Whether its process lives and has said that it is ready."""
        return self._is_ready and self._process is not None and self._process.returncode is None

    @property
    def has_own_mongod(self) -> bool:
        """Whether its mongod outlives it."""
        return self.own_mongod is not None

    @property
    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    async def start_own_mongod(self) -> None:
        """The one beside the server, if it has one: returns when it takes writes."""
        if self.own_mongod:
            self.own_mongod.start()
            await wait_writable(self.own_mongod, START_SECONDS)

    async def spawn(self) -> None:
        url = {"mongodb_url": self.own_mongod.url} if self.own_mongod else {}
        given = SETTINGS | dict(self._setup.settings) | {"port": self.port, "data_dir": self._data_dir} | url
        with self._log.open("ab") as log:
            self._process = await started(*self._setup.entry, cwd=self._setup.folder, settings=given, stderr=log)

    async def ready(self) -> None:
        """Returns with the ready line. AssertionError with its log: it ended instead."""
        assert self._process
        self.port = await ready_port(self._process, self._log)
        self.ready_at = perf_counter()
        self._is_ready = True

    async def open_up(self) -> None:
        """Begins to serve; with whatever else a desk needs."""
        await self.start()

    async def start(self) -> None:
        """Returns with the ready line."""
        await self.spawn()
        await self.ready()

    def next_port(self) -> int:
        """Where the next connection goes."""
        return self.port

    async def terminate(self) -> None:
        """SIGTERM; returns when it has ended."""
        assert self._process
        self._is_ready = False
        self._process.terminate()
        await self._process.wait()

    async def kill(self) -> None:
        """kill -9 of the server; an embedded mongod dies with it."""
        assert self._process
        self._is_ready = False
        self._process.kill()
        await self._process.wait()

    def kill_mongod(self) -> None:
        pid = self.mongod_pid
        if pid:
            os.kill(pid, signal.SIGKILL)
        if self.own_mongod and self.own_mongod.process:
            self.own_mongod.process.wait()
            self.own_mongod.start()

    @contextmanager
    def mongod_stopped(self) -> Iterator[None]:
        """SIGSTOP for as long as the block lasts; it may die meanwhile."""
        pid = self.mongod_pid
        if pid:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:  # a stopped mongod would hold up the end of everything
            if pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    async def stop(self) -> None:
        """In order."""
        if self._process and self._process.returncode is None:
            await self.terminate()
        if self.own_mongod and self.own_mongod.process:
            self.own_mongod.process.kill()
            self.own_mongod.process.wait()
            self.own_mongod.close()

    def database(self) -> Database:
        """For what no client can see. The caller closes it."""
        return Database((self.own_mongod or Mongod(self._data_dir)).url, "deskwire", call_seconds=60)

    async def figures(self, http: aiohttp.ClientSession) -> Figures:
        async with http.get(f"http://127.0.0.1:{self.port}/metrics") as response:
            return Figures.of(self.pid, await response.text())

    async def hire(self, count: int, seats: int) -> list[tuple[str, str]]:
        """So many new agents: their ids and tokens. A password takes 20 ms to hash, and theirs is never used."""
        database, now = self.database(), SystemClock().now()
        people, seats_of_agents = People(database), Seats(database)
        hired = []
        for n in range(count):
            agent = await people.insert(f"g{1000 + n}", "agent", f"Agent {n}", now, username=f"faults{n}")
            await seats_of_agents.open(agent.id, seats, [])
            hired.append(agent.id)
        tokens = await let_in(database, self._data_dir, hired)
        await database.close()
        return list(zip(hired, tokens, strict=True))
