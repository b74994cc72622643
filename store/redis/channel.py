"""One channel of Redis' publish and subscribe, with our own connections: made when needed, closed when they fail.

The library's defaults are not for an event loop that must not wait (docs/FACTS.md): an exhausted pool raises, a stalled
server is waited for up to a minute, and a reconnecting subscriber leaks its old connection.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

CONNECT_SECONDS = 1.0
PUBLISH_SECONDS = 1.0  # a Redis that takes longer is away
GOODBYE_SECONDS = 0.2
AWAY = (RedisError, OSError, TimeoutError)


class RedisAway(Exception):
    """Redis cannot be reached, refused us, or took too long; the message says which."""


class Channel:
    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._speaker: Redis | None = None

    async def publish(self, data: bytes) -> None:
        """Whoever listens just now gets it. Raises RedisAway: then it may or may not have gone out."""
        if self._speaker is None:
            self._speaker = self._connection()
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._speaker.publish(self._name, data)
        except AWAY as error:
            await self.close()
            raise RedisAway(_sentence(error)) from error
        except asyncio.CancelledError:
            await self.close()
            raise

    async def listen(self, silence: float) -> AsyncIterator[bytes]:
        """What is published from now on. The first item is empty: from then on nothing is missed.

        Raises RedisAway when the connection ends, or nothing came for `silence` seconds.
        """
        listener = self._connection()
        try:
            pubsub = listener.pubsub(ignore_subscribe_messages=True)
            async with asyncio.timeout(CONNECT_SECONDS):
                await pubsub.subscribe(self._name)
                await pubsub.get_message(ignore_subscribe_messages=True, timeout=CONNECT_SECONDS)  # its confirmation
            yield b""
            while True:
                async with asyncio.timeout(silence):
                    message = await pubsub.get_message(timeout=silence)
                if message is None:
                    raise RedisAway("it is silent")
                yield message["data"]
        except AWAY as error:
            raise RedisAway(_sentence(error)) from error
        finally:
            await _close(listener)

    async def version(self) -> str:
        """The server's. Raises RedisAway."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                async with self._connection() as connection:
                    return str((await connection.info("server"))["redis_version"])
        except AWAY as error:
            raise RedisAway(_sentence(error)) from error

    async def close(self) -> None:
        speaker, self._speaker = self._speaker, None
        if speaker:
            await _close(speaker)

    def _connection(self) -> Redis:
        return Redis.from_url(
            self._url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=None,  # every wait has its own limit here; a listener waits as long as it likes
            retry=Retry(NoBackoff(), 0),
        )


async def _close(connection: Redis) -> None:
    """A server that does not answer is not waited for."""
    with suppress(*AWAY):
        async with asyncio.timeout(GOODBYE_SECONDS):
            await connection.aclose()


def _sentence(error: BaseException) -> str:
    return str(error) or type(error).__name__
