"""Behind nginx when processes are killed or cannot be reached: clients come back, and no POST is sent twice."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import socketio

from tests.support.proxy import Proxy, free_port
from tests.support.street import Street, one_and_two

NewStreet = Callable[..., Awaitable[Street]]


@one_and_two
async def test_clients_of_a_killed_process_come_back(new_street: NewStreet, count: int) -> None:
    street = await new_street(count)
    clients = []
    for transport in ("websocket", "polling"):
        ann, welcomes = await street.customer(f"ann {transport}"), asyncio.Queue[Any]()
        client = socketio.AsyncClient(reconnection_delay=0.2, reconnection_delay_max=0.5, http_session=street.http)
        client.on("welcome", welcomes.put, namespace="/customer")
        await client.connect(
            street.proxy.base_url, auth={"token": ann.token}, namespaces=["/customer"], transports=[transport]
        )
        async with asyncio.timeout(20):
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
