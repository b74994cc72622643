"""The hour: a desk, its staff, its visitors, and the checker beside them."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.browser.conftest import NAMES, QUIET
from tests.busy.agents import Admin, Agent
from tests.busy.checker import Checker
from tests.busy.desk import DEPARTMENTS, BusyDesk
from tests.busy.person import OwnWindows, Person
from tests.busy.tally import Tally
from tests.busy.visitors import Visitor
from tests.busy.weakened import WEAKNESSES

STAFF = ("Gus", "Bea", "Cleo", "Dan", "Eve", "Finn")
VISITORS = ("Ann", "Bob", "Cara", "Dora", "Emil", "Fay", "Gil", "Hana", "Ines", "Jon", "Kai", "Lea")
SWEEP_SECONDS = 4.0


@dataclass(frozen=True)
class Plan:
    """`windows`: how many visitors are there at once, at most. `pace`: 1 for an hour, less where all must happen sooner."""

    minutes: float = 60.0
    seed: int = 1
    agents: int = 6
    visitors: int = 60
    windows: int = 14
    pace: float = 1.0
    breaks: str = ""  # a weakness; it is over when that is found
    stops_at: int = 0  # failures; 0: never

    def is_over(self, tally: Tally) -> bool:
        """Before the time is."""
        if self.breaks:
            return tally.found(WEAKNESSES[self.breaks].sign)
        return 0 < self.stops_at <= len(tally.failures)


async def busy_hour(plan: Plan, folder: Path, browser: Browser) -> Tally:
    weakness = WEAKNESSES[plan.breaks] if plan.breaks else None
    tally = Tally()
    async with BusyDesk(folder, **dict(weakness.settings if weakness else ())) as desk:

        def windows() -> OwnWindows:
            return OwnWindows(browser, desk, weakness)

        wanted = [None, [DEPARTMENTS[0]], [DEPARTMENTS[1]]]
        agents = [
            Agent(name, str(plan.seed), tally, windows(), wanted[n % len(wanted)])
            for n, name in enumerate(STAFF[: plan.agents])
        ]
        ada = Admin("Ada", str(plan.seed), tally, windows())
        names = [f"{VISITORS[n % len(VISITORS)]} {n:02d}" for n in range(1, plan.visitors + 1)]
        visitors = [Visitor(name, str(plan.seed), tally, windows(), plan.pace) for name in names]
        for each in (*agents, ada):
            await each.begin()
        people: list[Person] = [*agents, ada, *visitors]
        checker = Checker(desk, tally, people, folder / "pictures")
        await _live(plan, tally, checker, agents, ada, visitors)
        await asyncio.gather(*(person.windows.leave() for person in people))
    return tally


async def _live(
    plan: Plan, tally: Tally, checker: Checker, agents: list[Agent], ada: Admin, visitors: list[Visitor]
) -> None:
    over, slots = asyncio.Event(), asyncio.Semaphore(plan.windows)
    lives = [
        asyncio.ensure_future(each)
        for each in (
            *(agent.live(over) for agent in agents),
            ada.live(over),
            *(visitor.live(slots, over) for visitor in visitors),
        )
    ]
    try:
        await _watch(plan, tally, checker, visitors, lives)
    finally:
        over.set()
        await asyncio.gather(*lives)
    await checker.sweep()  # nobody does anything any more: whatever is different now stays different


async def _watch(
    plan: Plan, tally: Tally, checker: Checker, visitors: list[Visitor], lives: list[asyncio.Future[None]]
) -> None:
    """Until the time is up, or somebody's life ended in an error."""
    told = 0
    while tally.minutes < plan.minutes and not plan.is_over(tally):
        await checker.sweep()
        if tally.minutes > told + 1:
            told = int(tally.minutes)
            print(progress(tally, visitors, checker.standing), flush=True)
        done, _ = await asyncio.wait(lives, timeout=SWEEP_SECONDS, return_when=asyncio.FIRST_EXCEPTION)
        for life in done:
            life.result()


def progress(tally: Tally, visitors: list[Visitor], standing: str) -> str:
    here = Counter("offline" if visitor.is_offline else "here" for visitor in visitors if visitor.page)
    return (
        f"{tally.minutes:4.0f} min: {here['here']} visitors here, {here['offline']} offline; {standing}; "
        f"{sum(tally.actions.values()):,} actions, {sum(tally.pages.values()):,} pages looked at, "
        f"{tally.lines:,} lines compared, {len(tally.failures)} failures"
    )


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise SystemExit("no Chromium here: apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        await browser.close()
