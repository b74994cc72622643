"""The servers that are compared, each in its own process with its own database: how to start one, reach it and people it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bench.load.person import Place
from bench.support.server import Server
from bench.support.starting import ROOT, START_SECONDS
from store.embedded.mongod import Mongod
from store.embedded.supervisor import Supervisor


@dataclass(frozen=True)
class People:
    """Tokens; no two customers share a chat."""

    customers: list[str]
    agents: list[str]
    admins: list[str]


class Deskwire:
    """run.py with everything on; an admin watches the desk."""

    name = "Deskwire"

    def __init__(self, folder: Path | None = None, **settings: Any) -> None:
        unhurried: dict[str, Any] = {
            "idle_warning_seconds": 86400,
            "idle_end_seconds": 90000,
            "greeting": "off",
            "first_answer_seconds": 0,
        }  # chats rest while the others are measured
        self.server = Server(folder, **unhurried | settings)

    async def __aenter__(self) -> Deskwire:
        await self.server.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.__aexit__()

    @property
    def place(self) -> Place:
        return Place(self.server.base_url, "/customer", "/agent", "/admin", welcomes=True)

    @property
    def pids(self) -> dict[str, int]:
        return {"server": self.server.pid, "mongod": self.server.mongod_pid}

    async def people(self, customers: int, agents: int) -> People:
        hired = await self.server.hire(agents, max_chats=50 if not agents else -(-customers // agents))
        guests = await self.server.invite("customer", customers)
        return People(guests, [token for _, token in hired], await self.server.invite("admin", 1))


class Peer:
    """A program that prints `ready PORT`."""

    name = ""

    def __init__(self, folder: Path | None = None) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="deskwire-peer-", dir=folder))
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self._begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
        shutil.rmtree(self.home)

    @property
    def place(self) -> Place:
        return Place(f"http://127.0.0.1:{self._port}", "", "")

    @property
    def pids(self) -> dict[str, int]:
        assert self._process
        return {"server": self._process.pid}

    async def people(self, customers: int, agents: int) -> People:
        return People([f"customer {n}" for n in range(customers)], [f"agent {n}" for n in range(agents)], [])

    async def _begin(self) -> None:
        raise NotImplementedError

    async def _start(self, command: list[str | Path], **environment: str) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=dict(os.environ) | environment, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout
        async with asyncio.timeout(START_SECONDS):
            line = (await self._process.stdout.readline()).decode()
        assert line.startswith("ready "), f"{self.name} did not start"
        self._port = int(line.split()[1])


class Bare(Peer):
    """python-socketio that stores nothing: the ceiling."""

    name = "bare python-socketio"

    async def _begin(self) -> None:
        await self._start([sys.executable, "-m", "bench.peers.bare"])


class Plain(Peer):
    """Node's Socket.IO with MongoDB's driver, one insert and one update a message."""

    name = "plain Node + MongoDB"

    async def _begin(self) -> None:
        self._mongod = Mongod(self.home)
        self._mongod.start()
        self._supervisor = Supervisor(self._mongod)
        await self._supervisor.ready()
        await self._start([node() or "node", ROOT / "bench/peers/plain.mjs"], MONGODB_URL=self._mongod.url)

    async def __aexit__(self, *_: object) -> None:
        await self._supervisor.stop(within=0)
        await super().__aexit__()

    @property
    def pids(self) -> dict[str, int]:
        assert self._mongod.process
        return super().pids | {"mongod": self._mongod.process.pid}


Subject = Deskwire | Peer


def node() -> str | None:
    """The machine's Node.js, or the one beside this Python; None where there is none, or not the packages it needs."""
    found = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
    needed = ROOT / "node_modules"
    return found if (needed / "mongodb").exists() and (needed / "socket.io").exists() else None
