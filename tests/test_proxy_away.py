"""Behind nginx when processes are killed or cannot be reached: clients come back, and no POST is sent twice."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio

from tests.support.people import PATIENCE, Someone
from tests.support.proxy import Proxy, free_port
from tests.support.street import Street, one_and_two

NewStreet = Callable[..., Awaitable[Street]]


@pytest.mark.slow
@one_and_two
async def test_clients_of_a_killed_process_come_back(new_street: NewStreet, count: int) -> None:
    street = await new_street(count)
    clients = []
    for transport in ("websocket", "polling"):
        ann, welcomes = await street.customer(f"ann {transport}"), asyncio.Queue[Any]()
        client = socketio.AsyncClient(reconnection_delay=0.2, reconnection_delay_max=0.5, http_session=street.http)
        client.on("welcome", welcomes.put, namespace="/customer")
        await client.connect(
            street.proxy.base_url,
            auth={"token": ann.token},
            namespaces=["/customer"],
            transports=[transport],
            wait_timeout=PATIENCE,
        )
        async with asyncio.timeout(PATIENCE):
            await welcomes.get()
        clients.append((client, welcomes))

    for server in street.servers:
        await street.kill(server)
        if count == 1:
            async with street.http.post(f"{street.proxy.base_url}/api/auth/guest", json={}) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
                assert (await answer.json())["code"] == "unavailable"
        else:
            await street.customer("bob")  # the other process serves him
        await server.start()
    async with asyncio.timeout(40):
        for client, welcomes in clients:
            await welcomes.get()
            await client.disconnect()


class Persistent:
    """Somebody who comes back, and says everything again until it is acked.

    By itself python-socketio's client takes a server's goodbye for a farewell and stays away.
    """

    def __init__(self, someone: Someone, http: aiohttp.ClientSession) -> None:
        self.someone = someone
        self.socket = socketio.AsyncClient(reconnection=False, http_session=http)

    async def connect(self) -> None:
        space = self.someone.namespace
        await self.socket.connect(
            self.someone.base_url, auth={"token": self.someone.token}, namespaces=[space], transports=["websocket"]
        )

    async def ask(self, command: str, **payload: Any) -> Any:
        while True:
            with suppress(socketio.exceptions.SocketIOError):
                if not self.socket.connected:
                    await self.connect()
                ack = await self.socket.call(command, payload, namespace=self.someone.namespace, timeout=3)
                if ack["ok"]:
                    return ack["data"]
                assert ack["error"]["code"] == "unavailable", ack
            await asyncio.sleep(0.1)


@pytest.mark.slow
@one_and_two
async def test_a_rolling_restart_costs_nobody_a_word_or_a_chat(new_street: NewStreet, count: int) -> None:
    street = await new_street(count)
    people = await street.customer("ann"), await street.agent("gus")
    await street.keep_apart(*people)
    ann, gus = (Persistent(someone, street.http) for someone in people)
    for one in (ann, gus):
        await one.connect()
    await gus.ask("set_status", status="online")
    chat_id = (await ann.ask("request_chat"))["chat"]["id"]
    restarted = asyncio.Event()

    async def talk(one: Persistent) -> list[str]:
        said = []
        while not restarted.is_set():
            said.append(f"{one.someone.id} {len(said)}")
            await one.ask("send_message", chat_id=chat_id, client_id=said[-1], body=said[-1])
            await asyncio.sleep(0.02)
        return said

    talking = [asyncio.create_task(talk(one)) for one in (ann, gus)]
    for server in street.servers:
        await server.terminate()
        await server.start()
    restarted.set()
    async with asyncio.timeout(30):
        said = await asyncio.gather(*talking)
        held = await ann.ask("sync_chat", chat_id=chat_id, limit=500)
        lines = held["messages"]
        while lines[0]["seq"] > 1:  # a slow machine restarts slowly, and they go on talking
            before = {"before": lines[0]["seq"], "limit": 500}
            lines = (await ann.ask("sync_chat", chat_id=chat_id, **before))["messages"] + lines
    bodies = [line["body"] for line in lines if line["kind"] == "text"]
    for one, words in zip(people, said, strict=True):
        assert [body for body in bodies if body.startswith(f"{one.id} ")] == words
    assert held["chat"]["agent"]["id"] == gus.someone.id
    assert [line["system"]["event"] for line in lines if line["kind"] == "system"] == ["opened"]
    for one in (ann, gus):
        await one.socket.disconnect()


async def test_a_post_that_was_sent_is_not_sent_again(tmp_path: Path) -> None:
    taken = []

    async def take_and_die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(await reader.readuntil(b"hello"))
        writer.transport.abort()

    both = [await asyncio.start_server(take_and_die, "127.0.0.1", 0) for _ in range(2)]
    ports = [server.sockets[0].getsockname()[1] for server in both]
    async with Proxy(tmp_path, ports) as proxy, aiohttp.ClientSession() as http:
        for path in ("/api/uploads", "/socket.io/?EIO=4&transport=polling&sid=x"):
            taken.clear()
            async with http.post(proxy.base_url + path, data=b"hello") as answer:
                assert answer.status == 503
            assert len(taken) == 1, path
    for server in both:
        server.close()


async def test_one_that_cannot_be_reached_costs_nobody_anything(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"hello")
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    ports = [free_port(), server.sockets[0].getsockname()[1]]
    async with Proxy(tmp_path, ports) as proxy, aiohttp.ClientSession() as http:
        for tab in range(20):
            async with http.post(f"{proxy.base_url}/api/uploads?tab={tab}", data=b"hello") as answer:
                assert answer.status == 201
    server.close()
