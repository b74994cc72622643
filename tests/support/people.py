"""People with names: they connect as any client would, ask, and hear."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import socketio

from tests.support import shapes

PATIENCE = 20.0  # seconds an event may take before the test gives up on it: two cores, and others at work


class Refused(Exception):
    """The server refused a command; `error` is what it said."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['detail']}")
        self.error = error
        self.code = error["code"]


class Someone:
    """One connection of a person. Everything it hears is kept, in order, and held against the catalogue."""

    def __init__(self, base_url: str, namespace: str, token: str, user: dict[str, Any]) -> None:
        self.base_url = base_url
        self.namespace = namespace
        self.token = token
        self.user = user
        self.events: list[tuple[str, Any]] = []
        self.misfits: list[AssertionError] = []
        self._news = asyncio.Condition()
        self._client_ids = itertools.count(1)
        self._socket = self._new_socket()

    @property
    def id(self) -> str:
        return str(self.user["id"])

    @property
    def is_connected(self) -> bool:
        return bool(self._socket.connected)

    async def connect(self, transports: tuple[str, ...] = ("websocket",)) -> Someone:
        await self._socket.connect(
            self.base_url,
            auth={"token": self.token},
            namespaces=[self.namespace],
            transports=list(transports),
            wait_timeout=PATIENCE,
        )
        await self.hears("welcome")
        return self

    async def disconnect(self) -> None:
        await self._socket.disconnect()

    async def reconnect(self) -> Someone:
        """A new connection of the same person; what the old one heard is forgotten."""
        self._socket = self._new_socket()
        self.events.clear()
        return await self.connect()

    async def another(self, transports: tuple[str, ...] = ("websocket",)) -> Someone:
        """A second window of the same person."""
        twin = Someone(self.base_url, self.namespace, self.token, self.user)
        twin.misfits = self.misfits
        return await twin.connect(transports)

    async def cut(self) -> None:
        """The cable is pulled: the transport dies without a goodbye."""
        websocket = self._socket.eio.ws
        self._socket.eio.state = "disconnected"  # so that the client does not say goodbye or come back by itself
        websocket._response.connection.transport.abort()

    async def raw_ack(self, command: Any, *payload: Any) -> dict[str, Any]:
        data = tuple(payload) if len(payload) != 1 else payload[0]
        ack = await self._socket.call(command, data if payload else None, namespace=self.namespace, timeout=PATIENCE)
        assert isinstance(ack, dict), ack
        return ack

    async def ask(self, command: str, **payload: Any) -> Any:
        """The ack's data. Raises Refused with the server's error."""
        ack = await self.raw_ack(command, payload)
        shapes.check_ack(self.namespace, command, ack)
        if not ack["ok"]:
            raise Refused(ack["error"])
        return ack["data"]

    async def refused(self, command: str, **payload: Any) -> dict[str, Any]:
        """The error of a command that must be refused."""
        try:
            data = await self.ask(command, **payload)
        except Refused as refusal:
            return refusal.error
        raise AssertionError(f"{command} was not refused: {data}")

    async def say(self, chat_id: str, body: str, client_id: str | None = None) -> dict[str, Any]:
        """Sends a text; the ack's message."""
        client_id = client_id or f"{self.id}-{next(self._client_ids)}"
        data = await self.ask("send_message", chat_id=chat_id, client_id=client_id, body=body)
        message: dict[str, Any] = data["message"]
        return message

    async def hears(
        self, event: str, where: Callable[[Any], bool] = lambda body: True, within: float = PATIENCE
    ) -> Any:
        """The first such event so far, or the next one; fails after `within` seconds."""

        def found() -> list[Any]:
            return [body for name, body in self.events if name == event and where(body)]

        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(found)
        except TimeoutError:
            raise AssertionError(
                f"{self.user['name']} did not hear {event} in {within} s, but {[name for name, _ in self.events]}"
            ) from None
        return found()[0]

    def heard(self, event: str) -> list[Any]:
        """All such events so far."""
        return [body for name, body in self.events if name == event]

    def _new_socket(self) -> socketio.AsyncClient:
        socket = socketio.AsyncClient(reconnection=False)

        async def on_fact(name: str, *bodies: Any) -> None:
            try:
                shapes.check_fact(self.namespace, name, bodies[0])
            except AssertionError as misfit:
                self.misfits.append(misfit)
            async with self._news:
                self.events.append((name, bodies[0]))
                self._news.notify_all()

        socket.on("*", on_fact, namespace=self.namespace)
        return socket
