"""A desk that runs for one scene: its own database, clock and port; a real mongod behind it."""

from __future__ import annotations

import asyncio
import itertools
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from run import Desk, Parts, compose
from server.core.settings import load
from store.build import Stores
from store.client import Database
from tests.support import shapes
from tests.support.clock import MovableClock
from tests.support.people import PATIENCE, Someone

NewStores = Callable[[Database, str], Stores]
PASSWORD = "correct horse"
swept: list[str] = []  # empty databases of scenes that are over; each belongs to one scene at a time


class Scene:
    """`ann = await desk.customer("ann")`. Ends everything it began."""

    def __init__(self, mongo_url: str, folder: Path, stores: NewStores | None = None, **settings: Any) -> None:
        """`stores` makes what the desk has instead of Stores.of: what somebody does comes between two steps of its own."""
        self.clock = MovableClock()
        self._parts = Parts(clock=self.clock, stores=stores)
        self.database_name = swept.pop() if swept else f"test_{secrets.token_hex(6)}"
        self.mongo_url = mongo_url
        self.folder = folder
        self._given = settings
        self._people: list[Someone] = []
        self._numbers = itertools.count(2)
        self._stack = AsyncExitStack()
        self.http: aiohttp.ClientSession

    async def __aenter__(self) -> Scene:
        self.http = await self._stack.enter_async_context(aiohttp.ClientSession())
        self.database = Database(self.mongo_url, self.database_name, call_seconds=10)
        self.documents = self.database.collections
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        for someone in self._people:
            await someone.disconnect()
        await self.desk.stop()
        await self._sweep()
        await self.database.close()
        await self._stack.aclose()
        misfits = [misfit for someone in self._people for misfit in someone.misfits]
        assert not misfits, misfits

    async def _sweep(self) -> None:
        """Empties the database for a later scene: to drop one and make its indexes again costs ten times as much."""
        names = set(await self.documents.list_collection_names()) - {"meta"}
        await asyncio.gather(*(self.documents[name].delete_many({}) for name in names))
        await self.documents.meta.delete_many({"_id": {"$ne": "schema"}})
        swept.append(self.database_name)

    async def open(self, **changed: Any) -> None:
        """Builds and starts the desk; after `close` on the same database and port, perhaps with other settings."""
        self._given |= changed
        listener = socket.create_server(("127.0.0.1", getattr(self, "port", 0)))
        self.port = listener.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        environment = {
            "MONGODB_DATABASE": self.database_name,
            "DATA_DIR": str(self.folder),
            "BASE_URL": self.base_url,
            "RATE_LIMITS": "off",
            "RECONCILE_SECONDS": "3600",
            "TICK_SECONDS": "0.1",
            "DATABASE_SECONDS": "10",
            "MIN_FREE_DISK": "0",
            "GREETING": "off",
            "FIRST_ANSWER_SECONDS": "0",
        }
        environment |= {name.upper(): str(value) for name, value in self._given.items()}
        self.settings = load(environment)
        self.desk: Desk = compose(self.settings, self.mongo_url, parts=self._parts)
        await self.desk.start(listener)

    async def close(self) -> None:
        await self.desk.stop()

    async def customer(self, name: str, *, connected: bool = True, **more: Any) -> Someone:
        """A visitor of the website, with its widget open."""
        status, body = await self.post("/api/auth/guest", {"name": name.title(), **more})
        assert status == 201, body
        return await self._person("/customer", body, connected)

    async def agent(
        self, name: str, *, status: str | None = "online", max_chats: int = 5, departments: list[str] | None = None,
        connected: bool = True,
    ) -> Someone:  # fmt: skip
        """An agent who has logged in and, unless `status` is None, chosen it."""
        await self.desk.rules.people.accounts.create_agent(
            str(next(self._numbers)), name, PASSWORD, name=name.title(), max_chats=max_chats, departments=departments
        )
        agent = await self.log_in(name, "/agent", connected)
        if status and connected:
            await agent.ask("set_status", status=status)
        return agent

    async def admin(self, name: str, *, connected: bool = True) -> Someone:
        await self.desk.rules.people.accounts.create_admin(str(next(self._numbers)), name, PASSWORD, name=name.title())
        return await self.log_in(name, "/admin", connected)

    async def log_in(self, name: str, namespace: str, connected: bool = True) -> Someone:
        status, body = await self.post("/api/auth/login", {"username": name, "password": PASSWORD})
        assert status == 200, body
        return await self._person(namespace, body, connected)

    async def chat(self, customer: Someone, **wishes: Any) -> str:
        """The id of the chat the customer asks for."""
        return str((await customer.ask("request_chat", **wishes))["chat"]["id"])

    async def until(self, holds: Callable[[], Awaitable[Any]], within: float = PATIENCE) -> Any:
        """Waits for something that no person hears: asks again and again, and fails after `within` seconds."""
        async with asyncio.timeout(within):
            while not (found := await holds()):
                await asyncio.sleep(0.01)
        return found

    async def looked(self) -> None:
        """Every job that looks at what is due in each tick has begun to look after this, and is done."""
        now, every = time.monotonic(), self.settings.tick_seconds

        async def have_looked() -> bool:
            return self.desk.ticker.have_run_since(now, every)

        await self.until(have_looked)

    def at(self, address: str) -> str:
        """This desk's, whatever the address begins with."""
        found = urlsplit(address)
        return self.base_url + found.path + (f"?{found.query}" if found.query else "")

    async def post(self, path: str, json: Any = None, token: str | None = None, **more: Any) -> tuple[int, Any]:
        return await self.request("POST", path, token, json=json, **more)

    async def get(self, path: str, token: str | None = None, **more: Any) -> tuple[int, Any]:
        return await self.request("GET", path, token, **more)

    async def request(self, method: str, path: str, token: str | None = None, **more: Any) -> tuple[int, Any]:
        """Status and body (JSON as an object, else text); a refusal is held against docs/PROTOCOL.md."""
        headers = {**more.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        async with self.http.request(
            method, path if "://" in path else self.base_url + path, headers=headers, **more
        ) as response:
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json else await response.text()
        if response.status >= 400:
            shapes.check_refusal(body)
        return response.status, body

    async def _person(self, namespace: str, body: dict[str, Any], connected: bool) -> Someone:
        someone = Someone(self.base_url, namespace, body["token"], body["user"])
        self._people.append(someone)
        return await someone.connect() if connected else someone
