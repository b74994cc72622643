"""One desk served by several processes: `run.py`, each on a port of its own, with one MongoDB and one Redis."""

from __future__ import annotations

import asyncio
import secrets
import signal
from pathlib import Path
from typing import Any

import aiohttp

from bench.support.redis_server import RedisServer
from bench.support.starting import RUN, START_SECONDS, ready_port, started
from server.core.clock import SystemClock
from server.people.accounts import Accounts
from store.client import Database
from store.credentials import Credentials
from store.people import People
from store.seats import Seats
from tests.support.desk import PASSWORD
from tests.support.people import Someone

SETTINGS = {
    "rate_limits": "off",
    "log_level": "warning",
    "demo": "false",
    "tick_seconds": 0.2,
    "port": 0,
    "database_seconds": 10,
    "greeting": "off",
    "first_answer_seconds": 0,
}


class Branch:
    """One process. Its port stays over every life."""

    def __init__(self, folder: Path, name: str, settings: dict[str, Any], entry: Path) -> None:
        self.port = 0
        self.log_file = folder / f"{name}.log"
        self.folder, self.settings, self.entry = folder, settings, entry
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    async def start(self) -> None:
        """Returns with the ready line. AssertionError with its log: it ended instead."""
        with self.log_file.open("ab") as log:
            self._process = await self._run(stderr=log)
        self.port = await ready_port(self._process, self.log_file)

    async def command(self, *words: str) -> tuple[int | None, str]:
        """Runs a command of run.py beside the server: its exit code, and what it said."""
        process = await self._run(*words, stderr=asyncio.subprocess.STDOUT)
        said, _ = await process.communicate()
        return process.returncode, said.decode()

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int | None:
        """The exit code."""
        if self._process and self._process.returncode is None:
            self._process.send_signal(number)
            await self._process.wait()
        return self._process.returncode if self._process else None

    async def _run(self, *words: str, stderr: Any) -> asyncio.subprocess.Process:
        given = self.settings | {"port": self.port}
        return await started(self.entry, *words, cwd=self.folder, settings=given, stderr=stderr)

    async def metric(self, name: str, http: aiohttp.ClientSession) -> float:
        async with http.get(f"{self.url}/metrics") as response:
            rows = (await response.text()).splitlines()
        return float(next(row.split()[-1] for row in rows if row.startswith(f"deskwire_{name} ")))


class Branches:
    """`async with Branches(mongo_url, folder, 2) as desk: ann = await desk.customer("ann", at=0)`"""

    def __init__(self, mongo_url: str, folder: Path, count: int, entry: Path = RUN, **settings: Any) -> None:
        self.redis = RedisServer()
        self.database_name = f"several_{secrets.token_hex(6)}"
        self.database = Database(mongo_url, self.database_name, call_seconds=10)
        given = SETTINGS | {
            "mongodb_url": mongo_url, "mongodb_database": self.database_name, "redis_url": self.redis.url,
            "data_dir": folder / "data", **settings,
        }  # fmt: skip
        self.branches = [Branch(folder, f"branch-{n}", given, entry) for n in range(count)]
        self._people: list[Someone] = []
        self._hired = 1

    async def __aenter__(self) -> Branches:
        self.http = aiohttp.ClientSession()
        try:
            await self.redis.start()
            await self.branches[0].start()  # makes the indexes and the first accounts
            await asyncio.gather(*(branch.start() for branch in self.branches[1:]))
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for someone in self._people:
            await someone.disconnect()
        codes = await asyncio.gather(*(branch.end() for branch in self.branches))
        self.redis.kill()
        await self.http.close()
        await self.database.drop()
        await self.database.close()
        misfits = [misfit for someone in self._people for misfit in someone.misfits]
        assert not misfits, misfits
        assert not [branch.log for branch in self.branches if "Traceback" in branch.log]
        assert set(codes) <= {0, -signal.SIGKILL}, codes

    async def another_branch(self) -> None:
        """One more process begins to serve."""
        first = self.branches[0]
        name = f"branch-{len(self.branches)}"
        self.branches.append(Branch(first.folder, name, first.settings, first.entry))
        await self.branches[-1].start()

    async def customer(self, name: str, at: int) -> Someone:
        body = await self.post("/api/auth/guest", at, name=name.title())
        return await self._person("/customer", body, at)

    async def agent(self, name: str, at: int, *, max_chats: int = 5) -> Someone:
        """Logged in and online."""
        self._hired += 1
        accounts = Accounts(People(self.database), Credentials(self.database), Seats(self.database), SystemClock(), 5)
        await accounts.create_agent(str(self._hired), name, PASSWORD, name=name.title(), max_chats=max_chats)
        agent = await self._person(
            "/agent", await self.post("/api/auth/login", at, username=name, password=PASSWORD), at
        )
        await agent.ask("set_status", status="online")
        return agent

    async def admin(self, name: str, at: int) -> Someone:
        self._hired += 1
        accounts = Accounts(People(self.database), Credentials(self.database), Seats(self.database), SystemClock(), 5)
        await accounts.create_admin(str(self._hired), name, PASSWORD, name=name.title())
        return await self._person(
            "/admin", await self.post("/api/auth/login", at, username=name, password=PASSWORD), at
        )

    async def all_heard(self) -> None:
        """Returns when no process reads from MongoDB what it may not have heard."""
        async with asyncio.timeout(START_SECONDS):
            while any([await branch.metric("bus_is_reading", self.http) for branch in self.branches]):
                await asyncio.sleep(0.05)

    async def window(self, someone: Someone, at: int) -> Someone:
        """One more connection of this person, at another process."""
        twin = Someone(self.branches[at].url, someone.namespace, someone.token, someone.user)
        self._people.append(twin)
        return await twin.connect()

    async def post(self, path: str, at: int, token: str | None = None, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.post(self.branches[at].url + path, json=body, headers=headers) as response:
            assert response.status < 300, await response.text()
            return await response.json() if response.status != 204 else None

    async def _person(self, namespace: str, body: dict[str, Any], at: int) -> Someone:
        someone = Someone(self.branches[at].url, namespace, body["token"], body["user"])
        self._people.append(someone)
        return await someone.connect()
