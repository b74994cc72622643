"""A desk of several processes: servers that share one mongod and one Redis; connections go to each of them in turn."""

from __future__ import annotations

import itertools
from dataclasses import replace

import aiohttp

from bench.support.redis_server import RedisServer
from tests.faults.figures import Figures
from tests.faults.server import Server, Setup


class Several(Server):
    """As a Server, whose faults are those of the first process; `branches` are all of them."""

    def __init__(self, setup: Setup) -> None:
        self.redis = RedisServer()
        setup = replace(setup, settings=(*setup.settings, ("redis_url", self.redis.url)))
        super().__init__(setup)
        self.branches: list[Server] = [self, *(Branch(setup, self, n) for n in range(1, setup.processes))]
        self._turns = itertools.cycle(self.branches)

    def next_port(self) -> int:
        """Those that serve are taken in turn; as a balancer does, it notices one that is gone."""
        for branch in itertools.islice(self._turns, len(self.branches)):
            if branch.serves:
                return branch.port
        return self.port

    @property
    def last_port(self) -> int:
        return self.branches[-1].port

    async def open_up(self) -> None:
        await self.redis.start()
        for branch in self.branches:
            await branch.start()

    async def stop(self) -> None:
        for branch in self.branches[1:]:
            await branch.stop()
        await super().stop()
        self.redis.kill()

    async def figures(self, http: aiohttp.ClientSession) -> Figures:
        """Of all processes together."""
        return sum([await Server.figures(branch, http) for branch in self.branches], Figures(0, 0, 0, 0))


class Branch(Server):
    """One of several processes, on the data of the first one."""

    def __init__(self, setup: Setup, first: Server, number: int) -> None:
        super().__init__(replace(setup, processes=1))
        self.own_mongod = first.own_mongod
        self._log = setup.folder / f"server-{number}.log"

    async def stop(self) -> None:
        if self.serves:
            await self.terminate()
