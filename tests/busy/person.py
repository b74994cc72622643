"""Somebody in front of a page: does one thing at a time, and nothing while the checker reads it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any

from playwright.async_api import Browser, BrowserContext, Frame, Page
from playwright.async_api import Error as PlaywrightError

from tests.browser.windows import Windows
from tests.busy.desk import BusyDesk
from tests.busy.shown import SCRIPT, Shown
from tests.busy.tally import Tally
from tests.busy.weakened import Weakness

ACTION_MS = 5000  # a button that cannot be pressed by then has gone
WORDS = (
    "the lamp flickers",
    "my kettle sings too early",
    "where is my order",
    "谢谢您的耐心",
    "is it glazed 🙂",
    "two of them, please",
)


class OwnWindows(Windows):
    """The windows of one person, so that it is known whose console complained; with a page script weakened, if so wished."""

    def __init__(self, browser: Browser, desk: BusyDesk, weakness: Weakness | None) -> None:
        super().__init__(browser, desk)  # type: ignore[arg-type]  # of a scene it uses what a BusyDesk has
        self._weakness = weakness

    async def tab(self, context: BrowserContext, address: str) -> Page:
        context.set_default_timeout(ACTION_MS)
        context.set_default_navigation_timeout(30_000)
        if self._weakness:
            await self._weakness.lay(context)
        return await super().tab(context, address)

    async def leave(self) -> None:
        """Shuts them all; what the consoles said stays."""
        contexts, self._contexts = self._contexts, []
        await asyncio.gather(*(context.close() for context in contexts))


class Person:
    kind = "person"

    def __init__(self, name: str, seed: str, tally: Tally, windows: OwnWindows) -> None:
        self.name = name
        self.random = Random(f"{seed} {name}")
        self.tally = tally
        self.windows = windows
        self.hands = asyncio.Lock()  # whoever holds it may use the page
        self.page: Page | None = None
        self.is_offline = False
        self.recent: deque[str] = deque(maxlen=40)  # actions with their times, for whoever looks into a failure
        self._counted = 0

    def frame(self) -> Frame | None:
        """Where its page is."""
        return self.page.main_frame if self.page else None

    async def shown(self) -> Shown | None:
        """None while the page is on its way."""
        frame = self.frame()
        if frame is None:
            return None
        try:
            raw: dict[str, Any] = await frame.evaluate(SCRIPT)
        except PlaywrightError:
            return None
        return Shown.of(raw) if raw["isReady"] else None

    @asynccontextmanager
    async def action(self, name: str) -> AsyncIterator[None]:
        """Counts it; what somebody else's action made impossible is given up."""
        async with self.hands:
            self.recent.append(f"{datetime.now(UTC):%H:%M:%S.%f} {name}")
            try:
                yield
                self.tally.actions[f"{self.kind} {name}"] += 1
            except (PlaywrightError, AssertionError):
                self.tally.given_up[f"{self.kind} {name}"] += 1

    def number(self) -> int:
        """Of this person's next line, note or topic."""
        self._counted += 1
        return self._counted

    def some_words(self) -> str:
        return " ".join(self.random.sample(WORDS, self.random.randint(1, 3)))

    def choose(self, weights: dict[str, float]) -> str:
        return self.random.choices(list(weights), list(weights.values()))[0]
