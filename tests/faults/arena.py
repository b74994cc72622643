"""A desk, its people, and the questions of every fault: how much was acked, is everybody whole, did everything hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from time import perf_counter

import aiohttp

from tests.faults.checker import Verdict, check
from tests.faults.client import Client
from tests.faults.door import Door
from tests.faults.figures import MEMORY_SLACK, Figures
from tests.faults.journal import Journal
from tests.faults.people import Agent, Customer
from tests.faults.proxy import Proxy
from tests.faults.server import Server, Setup
from tests.faults.several import Several
from tests.faults.stored import Stored

POLL = 0.005  # seconds
WHOLE_SECONDS, QUIET_SECONDS, HEALED_SECONDS = 60.0, 90.0, 30.0
WARM = 200  # acked lines before anything is measured


@dataclass(frozen=True)
class Crowd:
    """Who is there: more customers than seats, so that somebody always waits. `pace`: seconds between two lines of a person.

    `apart`: of several processes, agents are at the first and customers at the last, so that every line crosses. Taken in
    turn, they may happen to be paired within their processes.
    """

    customers: int = 20
    agents: int = 4
    seats: int = 4
    pace: float = 0.0
    apart: bool = False


class Arena:
    """`async with Arena(setup, seed) as arena:` people talk; it ends them and the desk, not the folder."""

    def __init__(
        self, setup: Setup, seed: int, *, proxied: bool = False, body_size: int = 40, crowd: Crowd = Crowd()
    ) -> None:
        self.server = Several(setup) if setup.processes > 1 else Server(setup)
        self.journal, self.random = Journal(), Random(seed)
        self.folder = setup.folder
        self.proxy = Proxy(self.server.next_port)
        self._crowd = crowd
        self.memory_slack = MEMORY_SLACK * setup.processes  # it is one process's, and figures are of all together
        self.people: list[Client] = []
        self.agents: list[tuple[str, str]] = []  # ids and tokens
        self._proxied = proxied or (setup.processes > 1 and not crowd.apart)
        self._body_size = body_size
        self._visits: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Arena:
        try:
            await self._begin()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _begin(self) -> None:
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True))
        await self.server.start_own_mongod()
        await self.server.open_up()
        await self.proxy.open()
        self.agents = await self.server.hire(self._crowd.agents, self._crowd.seats)
        port = self.proxy.port if self._proxied else self.server.port
        self.door = Door(self.http, port, self.journal, self._body_size, pace=self._crowd.pace)
        await self._let_in()
        await self.until_acked(WARM)
        self._before = await self.server.figures(self.http)

    async def __aexit__(self, *_: object) -> None:
        for visit in self._visits:
            visit.cancel()
        try:
            await asyncio.gather(*(person.leave() for person in self.people))
            await self.proxy.close()
            await self.http.close()
        finally:
            await self.server.stop()

    async def until(self, holds: Callable[[], bool], within: float) -> bool:
        """Whether it held, at the latest after `within` seconds."""
        end = perf_counter() + within
        while not holds() and perf_counter() < end:
            await asyncio.sleep(POLL)
        return holds()

    async def until_acked(self, more: int, within: float = 30.0) -> bool:
        """Returns when so many more lines were acked, or the time is up."""
        goal = self.journal.acked + more
        return await self.until(lambda: self.journal.acked >= goal, within)

    async def everybody_whole(self, since: float) -> None:
        """Returns when everybody came back whole after `since`, and notes how long each took."""
        if not await self.until(lambda: all(person.whole_at > since for person in self.people), WHOLE_SECONDS):
            late = [person.id for person in self.people if person.whole_at <= since]
            self.journal.complaints.append(f"not whole {WHOLE_SECONDS:g} s after the ready line: {late}")
        self.journal.whole_after += [person.whole_at - since for person in self.people if person.whole_at > since]

    async def everybody_acked(self, since: float, within: float = 30.0) -> None:
        """Returns when every line that was written before `since` has been acked, or refused, or the time is up."""
        waiting = [each for each in self.journal.operations if each.state == "open" and each.invoked_at < since]
        await self.until(lambda: all(each.state != "open" for each in waiting), within)

    async def verdict(self, patience: float = HEALED_SECONDS) -> Verdict:
        """Stops the talk, waits for quiet, and proves. What the reconciler heals has so many seconds to be healed."""
        for person in self.people:
            person.talking = False
        quiet = await self.until(lambda: all(person.is_settled for person in self.people), QUIET_SECONDS)
        if not quiet:
            late = [person.id for person in self.people if not person.is_settled]
            self.journal.complaints.append(f"no quiet after {QUIET_SECONDS:g} s: {late}")
        skipped = sum(log.skipped for person in self.people for log in person.book.logs.values())
        if skipped:
            self.journal.complaints.append(f"{skipped} pages of sync_chat left lines out")
        end = perf_counter() + patience
        while (found := await self._look()).may_heal and perf_counter() < end:
            await asyncio.sleep(1)
        return found

    async def _look(self) -> Verdict:
        lists = {person.id: {each: log.lines for each, log in person.book.logs.items()} for person in self.people}
        database = self.server.database()
        try:
            found = check(self.journal, await Stored.read(database), lists)
        finally:
            await database.close()
        beyond = (await self._figures()).beyond(self._before, self.memory_slack)
        return replace(found, figures=[*self.journal.dear, *beyond])

    async def _figures(self) -> Figures:
        return await self.server.figures(self.http)

    async def _let_in(self) -> None:
        for person_id, token in self.agents:
            agent = Agent(self.door, "agent", person_id, token, self.random.getrandbits(32))
            self.people.append(agent)
            self._visits.append(asyncio.create_task(agent.begin()))
        door = replace(self.door, port=self.server.last_port) if self._crowd.apart else self.door
        for n in range(self._crowd.customers):
            url = f"http://127.0.0.1:{self.server.port}/api/auth/guest"
            async with self.http.post(url, json={"name": f"Customer {n}"}) as response:
                body = await response.json()
            customer = Customer(door, "customer", body["user"]["id"], body["token"], self.random.getrandbits(32))
            self.people.append(customer)
            self._visits.append(asyncio.create_task(customer.visit()))
