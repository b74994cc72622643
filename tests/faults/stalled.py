"""Readers that stop reading: the page is open, the TCP connection stands, and nobody takes anything off it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import orjson

from tests.faults.arena import Arena
from tests.faults.figures import MIB

READERS = 20
WORDS = 3000  # characters a line: a stalled agent of four busy chats is soon owed more than its bound
LINES = 4000  # acked lines: what a reader without a bound would be owed is about half of them
CLOSED_SECONDS = 25.0  # the bound, or else the ping's patience, must have ended them by then
SMALL = 4096  # bytes of the kernel's buffer for what we do not read
BOUND = "connection_buffer_bytes"  # the setting
HEADERS = "Host: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
KEY = "Sec-WebSocket-Key: ZmF1bHRzLWZhdWx0cy1mYQ==\r\n\r\n"


async def stalled(arena: Arena, count: int = READERS) -> None:
    """So many second tabs of agents that never read again. Their cost is held against a MiB each while they stand."""
    arena.memory_slack = (count + 24) * MIB
    sockets = [await _open(arena, *arena.agents[n % len(arena.agents)]) for n in range(count)]
    arena.journal.fault("stalled")
    before = await arena.server.figures(arena.http)
    await arena.until_acked(LINES, 60)
    owed = (await arena.server.figures(arena.http)).memory - before.memory
    if owed > arena.memory_slack:
        arena.journal.dear.append(f"{count} stalled readers cost {owed // MIB} MiB")
    if not await _until_gone(arena, lambda left: left <= len(arena.people)):
        arena.journal.dear.append(f"stalled readers are still there {CLOSED_SECONDS:g} s after")
    for each in sockets:
        each.close()


async def _until_gone(arena: Arena, holds: Callable[[int], bool]) -> bool:
    try:
        async with asyncio.timeout(CLOSED_SECONDS):
            while not holds((await arena.server.figures(arena.http)).transports):
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return True


async def _open(arena: Arena, _person_id: str, token: str) -> socket.socket:
    """A WebSocket in the agents' namespace, by hand: nothing reads ahead of us."""
    loop = asyncio.get_running_loop()
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    opened.setblocking(False)
    await loop.sock_connect(opened, ("127.0.0.1", arena.server.port))
    host = f"127.0.0.1:{arena.server.port}"
    request = f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n{HEADERS.format(host=host)}{KEY}"
    await loop.sock_sendall(opened, request.encode())
    answer = b""
    while b"pingInterval" not in answer:
        answer += await loop.sock_recv(opened, SMALL)
    await loop.sock_sendall(opened, _masked(f"40/agent,{orjson.dumps({'token': token}).decode()}".encode()))
    return opened


def _masked(payload: bytes) -> bytes:
    """A text frame from a client, under a mask of zeros."""
    return bytes([0x81, 0x80 | 126]) + len(payload).to_bytes(2, "big") + bytes(4) + payload
