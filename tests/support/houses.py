"""Two houses for the same scene: our desk, and a server with the bare library's defaults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Protocol

import aiohttp
import socketio

from tests.support.desk import Scene
from tests.support.frames import Frames
from tests.support.people import PATIENCE, Someone

NAMESPACE = "/agent"


class House(Protocol):
    """A server, and how to make it stumble."""

    server: socketio.AsyncServer
    http: aiohttp.ClientSession
    base_url: str
    auth: dict[str, str]
    crashing: tuple[Any, ...]  # a command whose handler raises
    slow: tuple[Any, ...]  # a command whose handler waits for something
    quick: tuple[Any, ...]  # a command whose handler waits for nothing

    async def break_handler(self) -> None: ...
    async def break_arriving(self) -> None: ...
    async def break_leaving(self) -> None: ...
    def hold_the_door(self) -> AbstractAsyncContextManager[None]: ...  # nobody gets through the connect hook meanwhile
    async def visits(self) -> list[str]: ...  # what the hooks have done so far


class OurHouse:
    """Our desk. Gus's documents are damaged to make rules crash for real; Eve watches who comes and goes."""

    auth: dict[str, str]
    crashing: tuple[Any, ...] = ("list_agents", {})
    slow: tuple[Any, ...] = ("list_agents", {})
    quick: tuple[Any, ...] = ("nonsense", {})

    def __init__(self, desk: Scene, gus: Someone, eve: Someone) -> None:
        self.desk, self.gus, self.eve = desk, gus, eve
        self.http, self.base_url, self.auth = desk.http, desk.base_url, {"token": gus.token}
        self.server = desk.desk.web_server.sockets

    async def break_handler(self) -> None:
        await self._damage("seats", chats=5)  # len(5)

    async def break_arriving(self) -> None:
        await self._damage("seats", connections=5)  # a number where a name is added to a list

    async def break_leaving(self) -> None:
        seat = await self.desk.documents.seats.find_one({"_id": self.gus.id})
        await self._damage("seats", connections=seat["connections"][0])  # a text where a list is filtered

    @asynccontextmanager
    async def hold_the_door(self) -> AsyncIterator[None]:
        """An open transaction holds Gus's seat: arriving waits for it."""
        async with await self.desk.documents.client.start_session() as session, session.start_transaction():
            await self.desk.documents.seats.update_one({"_id": self.gus.id}, {"$set": {"held": True}}, session=session)
            yield

    async def visits(self) -> list[str]:
        await self.eve.ask("list_chats")  # what was told before has come then
        return [told["status"] for told in self.eve.heard("presence") if told["user_id"] == self.gus.id]

    async def _damage(self, collection: str, **values: Any) -> None:
        await self.desk.documents[collection].update_one({"_id": self.gus.id}, {"$set": values})


class BareHouse(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    """A server with the library's defaults, and handlers as anybody would write them at first."""

    crashing: tuple[Any, ...] = ("crash",)
    slow: tuple[Any, ...] = ("slow",)
    quick: tuple[Any, ...] = ("quick",)

    def __init__(self, http: aiohttp.ClientSession) -> None:
        super().__init__(NAMESPACE)
        self.http, self.base_url, self.auth = http, "", {"token": "gus"}
        self.server: Any = None  # set when it is registered
        self.hooks: list[str] = []
        self.arriving_breaks = self.leaving_breaks = False
        self.door, self.quick_ran = asyncio.Event(), asyncio.Event()
        self.door.set()

    async def on_connect(self, sid: str, environ: Any, auth: Any = None) -> None:
        self.hooks.append("connect")
        await self.door.wait()
        if self.arriving_breaks:
            raise TypeError("arriving crashed")
        await self.emit("welcome", {}, to=sid)

    async def on_disconnect(self, sid: str, reason: str) -> None:
        self.hooks.append("disconnect")
        if self.leaving_breaks:
            raise RuntimeError("leaving crashed")

    async def on_crash(self, sid: str) -> None:
        raise RuntimeError("the handler crashed")

    async def on_slow(self, sid: str) -> dict[str, Any]:
        await self.quick_ran.wait()
        return {}

    async def on_quick(self, sid: str) -> dict[str, Any]:
        self.quick_ran.set()
        return {}

    async def break_handler(self) -> None:
        """`crash` does not need to be broken."""

    async def break_arriving(self) -> None:
        self.arriving_breaks = True

    async def break_leaving(self) -> None:
        self.leaving_breaks = True

    @asynccontextmanager
    async def hold_the_door(self) -> AsyncIterator[None]:
        self.door.clear()
        yield
        self.door.set()

    async def visits(self) -> list[str]:
        return list(self.hooks)


async def enter(house: House) -> tuple[Frames, str]:
    """A client in the namespace, welcomed, and its sid."""
    client = await Frames.open(house.http, house.base_url, NAMESPACE)
    await client.connect(house.auth)
    connected = f"0{NAMESPACE},"
    if not client.seen[0].startswith(connected):
        await client.next(connected)
    (packet,) = [packet for packet in client.seen if packet.startswith(connected)]
    return client, json.loads(packet.removeprefix(connected))["sid"]


async def until(holds: Callable[[], Any], within: float = PATIENCE) -> bool:
    """Whether it holds, at the latest after `within` seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while not holds():
                await asyncio.sleep(0.002)
    return bool(holds())
