"""Readers that stop reading: the page is open, the TCP connection stands, and nobody takes anything off it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import orjson

from tests.faults.arena import Arena
from tests.faults.figures import MIB

READERS = 4  # one of each agent: of several, the frames that wait are shared, and cost less than they are
WORDS = 3900  # characters a line
LINES = 6000  # acked lines: a reader without a bound is owed a quarter of them, some 6 MB
NOISE = 8 * MIB  # what the lines themselves leave behind in the server
PONG_SECONDS = 4.0  # the page is alive and says so: no patience with pings ends it
CLOSED_SECONDS = 10.0  # the bound must have ended them by then
SMALL = 4096  # bytes of the kernel's buffer for what we do not read
BOUND = "connection_buffer_bytes"  # the setting
HEADERS = "Host: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
KEY = "Sec-WebSocket-Key: ZmF1bHRzLWZhdWx0cy1mYQ==\r\n\r\n"


async def stalled(arena: Arena, count: int = READERS) -> None:
    """So many second tabs of agents that never read again. Their cost is held against a MiB each, at its highest."""
    sockets = [await _open(arena, arena.agents[n % len(arena.agents)][1]) for n in range(count)]
    ponging = asyncio.create_task(_pong(sockets))
    arena.journal.fault("stalled")
    owed = await _highest(arena) - (count * MIB + NOISE)
    if owed > 0:
        arena.journal.dear.append(f"{count} stalled readers cost {owed // MIB + 1} MiB more than they may")
    if not await _until_gone(arena, lambda left: left <= len(arena.people)):
        arena.journal.dear.append(f"stalled readers are still there {CLOSED_SECONDS:g} s after")
    ponging.cancel()
    for each in sockets:
        each.close()


async def _highest(arena: Arena) -> int:
    """By how many bytes the server grew at most while the lines came."""
    before = (await arena.server.figures(arena.http)).memory
    highest, goal = before, arena.journal.acked + LINES
    while arena.journal.acked < goal and await arena.until_acked(100):
        highest = max(highest, (await arena.server.figures(arena.http)).memory)
    return highest - before


async def _pong(sockets: list[socket.socket]) -> None:
    while True:
        await asyncio.sleep(PONG_SECONDS)
        for each in sockets:
            with suppress(OSError):  # closed by the desk, as it should be
                each.send(_masked(b"3"))


async def _until_gone(arena: Arena, holds: Callable[[int], bool]) -> bool:
    try:
        async with asyncio.timeout(CLOSED_SECONDS):
            while not holds((await arena.server.figures(arena.http)).transports):
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return True


async def _open(arena: Arena, token: str) -> socket.socket:
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
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0x80 | 126]) + len(payload).to_bytes(2, "big")
    return bytes([0x81]) + size + bytes(4) + payload
