"""Whether a browser's push service is one that is ever called. Whoever says so may be anybody, and name what is slow to look
up: the threads for that are apart from those of deliveries, and each person has one question at a time.
"""

import asyncio

from server.channels.http import GuardedHttp
from server.channels.lookup import SystemLookup

THREADS = 4
KEPT_SECONDS = 600.0  # known push services stay known while somebody holds all threads; calls look for themselves


class EndpointCheck:
    def __init__(self, http: GuardedHttp) -> None:
        self._http = http
        self._lookup = SystemLookup(THREADS, KEPT_SECONDS)
        self._questions: dict[str, asyncio.Future[list[str]]] = {}  # by person, until the resolver has answered

    async def check(self, person_id: str, endpoint: str) -> None:
        """Raises TargetRefused, also where it is not known in time."""

        async def lookup(host: str, port: int) -> list[str]:
            while before := self._questions.get(person_id):
                await asyncio.wait([before])
            return await self._ask(person_id, host, port)

        await self._http.check(endpoint, lookup)

    async def stop(self) -> None:
        self._lookup.stop()

    async def _ask(self, person_id: str, host: str, port: int) -> list[str]:
        answer = self._lookup.begin(host, port)
        if not answer.done():
            self._questions[person_id] = answer
            answer.add_done_callback(lambda _: self._questions.pop(person_id, None))
        return await asyncio.shield(answer)
