"""The machine's own resolver, asked in threads: nobody waits for somebody else's slow name.

A thread that asks cannot be called back: it is taken until the resolver answers, however soon whoever wanted to know gave up.
So what strangers name is looked up in threads apart (server/push/endpoints.py).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from cachetools import TTLCache

THREADS = 8  # names that are slow to resolve hold up each other, and nobody else
KEPT = 1000  # names
KEPT_SECONDS = 10.0  # of an answer; a name that failed is asked for again at once

Lookup = Callable[[str, int], Awaitable[list[str]]]  # all addresses of a name, or OSError


class SystemLookup:
    """All A and AAAA records of a name. Who wants the same one at the same time shares one question."""

    def __init__(self, threads: int = THREADS, kept_seconds: float = KEPT_SECONDS) -> None:
        self._threads = ThreadPoolExecutor(threads, "lookup")
        self._asked: dict[tuple[str, int], asyncio.Future[list[str]]] = {}
        self._known: TTLCache[tuple[str, int], list[str]] = TTLCache(KEPT, kept_seconds)

    async def __call__(self, host: str, port: int) -> list[str]:
        return await asyncio.shield(self.begin(host, port))

    def begin(self, host: str, port: int) -> asyncio.Future[list[str]]:
        """The answer, done when the resolver has given it. It is not the caller's alone: it must not be cancelled."""
        name, loop = (host, port), asyncio.get_running_loop()
        if (known := self._known.get(name)) is not None:
            answer: asyncio.Future[list[str]] = loop.create_future()
            answer.set_result(known)
            return answer
        if name not in self._asked:
            asked = loop.run_in_executor(self._threads, _addresses, host, port)
            self._asked[name] = asked
            asked.add_done_callback(lambda _: self._note(name, asked))
        return self._asked[name]

    def stop(self) -> None:
        """Asks nothing more, and waits for no answer."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for asked in list(self._asked.values()):
            asked.cancel()

    def _note(self, name: tuple[str, int], asked: asyncio.Future[list[str]]) -> None:
        del self._asked[name]
        if not asked.cancelled() and not asked.exception():
            self._known[name] = asked.result()


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))
