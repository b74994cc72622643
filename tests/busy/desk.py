"""The desk of the busy hour: run.py in a process of its own, its departments, its staff."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.support.server import Server
from server.core.clock import SystemClock
from server.people.accounts import Accounts
from store.credentials import Credentials
from store.people import People
from store.seats import Seats
from tests.support.desk import PASSWORD

SETTINGS = {  # as they are by default, but for these
    "rate_limits": "on",
    "log_level": "info",
    "away_end_seconds": 90,  # 600: an hour would see few who stay away that long while an agent owes them
}
GRACE_SECONDS = {"away_end": 90.0, "queue_grace": 60.0}
SLACK_SECONDS = 45.0  # a lost line is noticed after 15 s, a job looks once a second, and two cores do everything here
DEPARTMENTS = ("Sales", "Repairs")
CLOSED_DEPARTMENT = "Returns"  # takes left messages only
ALL_DAY = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
TROUBLE = re.compile(r" (ERROR|CRITICAL) |^Traceback|^\w+(Error|Exception)\b")
WARNING = re.compile(r" WARNING ")


class BusyDesk:
    """`async with BusyDesk(folder) as desk:`; it looks to Windows as a scene does."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        self.settings = SETTINGS | changed
        self._server = Server(folder, **self.settings)
        self._numbers = itertools.count(200)

    async def __aenter__(self) -> BusyDesk:
        await self._server.__aenter__()
        self.database = self._server.database()
        token = (await self._server.invite("admin", 1))[0]
        client = await self._server.connect("/admin", "a2000000", token)
        for name, hours in [*((name, ALL_DAY) for name in DEPARTMENTS), (CLOSED_DEPARTMENT, {})]:
            await client.ask("save_department", name=name, time_zone="UTC", hours=hours, special_days={})
        await client.hang_up()
        return self

    async def __aexit__(self, *trouble: object) -> None:
        await self.database.close()
        await self._server.__aexit__(*trouble)

    @property
    def base_url(self) -> str:
        return self._server.base_url

    async def agent(self, name: str, *, connected: bool, departments: list[str] | None) -> SimpleNamespace:
        await self._accounts().create_agent(
            str(number := next(self._numbers)),
            name,
            PASSWORD,
            name=name.title(),
            departments=departments,
            max_chats=2 + number % 2,  # 15 of 6 agents: somebody waits, and everybody has chats to go between
        )
        return await self._log_in(name)

    async def admin(self, name: str, *, connected: bool) -> SimpleNamespace:
        await self._accounts().create_admin(f"{next(self._numbers)}", name, PASSWORD, name=name.title())
        return await self._log_in(name)

    def trouble(self) -> list[str]:
        """The lines of its log that tell of an error."""
        return [line for line in self._log() if TROUBLE.search(line)]

    def warnings(self) -> list[str]:
        return [line for line in self._log() if WARNING.search(line)]

    def _log(self) -> list[str]:
        return self._server.log.read_text().splitlines() if self._server.log.exists() else []

    def _accounts(self) -> Accounts:
        return Accounts(People(self.database), Credentials(self.database), Seats(self.database), SystemClock(), 5)

    async def _log_in(self, name: str) -> SimpleNamespace:
        given = {"username": name, "password": PASSWORD}
        async with self._server.http.post(f"{self.base_url}/api/auth/login", json=given) as answer:
            return SimpleNamespace(**await answer.json())
