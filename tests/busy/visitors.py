"""Visitors: they ask, write, reload, lose the line, leave messages, rate, close the tab, and come back as themselves."""

from __future__ import annotations

import asyncio
import io
from contextlib import suppress
from functools import partial
from time import monotonic

from PIL import Image
from playwright.async_api import Frame, Locator, StorageState, expect

from tests.browser.windows import Customer, Talker
from tests.busy.person import OwnWindows, Person
from tests.busy.shown import Shown, key_of, mark
from tests.busy.tally import Tally

PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True}
LAPTOP = {"viewport": {"width": 1024, "height": 720}}
IN_CHAT = {
    "writes": 50.0,
    "sends a picture": 3.0,
    "waits": 25.0,
    "reloads": 5.0,
    "loses the line": 5.0,
    "minimises and opens": 3.0,
    "ends": 2.0,
    "leaves a message": 10.0,
    "leaves the queue": 1.0,
    "wants to talk now": 10.0,
    "withdraws the message": 1.0,
    "is still there": 20.0,
    "rates": 30.0,
    "goes on": 15.0,
    "starts anew": 15.0,
}
BUTTONS = {  # what the page must offer for it
    "ends": "End",
    "leaves a message": "Leave a message",
    "leaves the queue": "Leave the queue",
    "wants to talk now": "Talk to somebody now",
    "withdraws the message": "Withdraw the message",
    "is still there": "I'm still here",
    "rates": "Send rating",
    "goes on": "Continue",
    "starts anew": "Start a new conversation",
}


def _picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (120, 80), "peru").save(written, "PNG")
    return written.getvalue()


PICTURE = _picture()


class Visitor(Person):
    kind = "visitor"

    def __init__(self, name: str, seed: str, tally: Tally, windows: OwnWindows, pace: float = 1.0) -> None:
        super().__init__(name, seed, tally, windows)
        self.key = key_of(name)
        self.gone_at: float | None = monotonic()
        self.is_phone = self.random.random() < 0.25
        self._kept: StorageState | None = None
        self._is_framed = self.is_phone or self.random.random() < 0.6
        self._pace = pace

    @property
    def seconds_gone(self) -> float:
        """For how long it has had no connection, at least."""
        return monotonic() - self.gone_at if self.gone_at is not None else 0.0

    def frame(self) -> Frame | None:
        frames = self.page.frames if self.page else []
        return next((each for each in frames if each.url.split("?")[0].endswith("/widget")), None)

    async def live(self, slots: asyncio.Semaphore, over: asyncio.Event) -> None:
        """Comes and goes until it is over; then it stays where it is, so that its page can be looked at."""
        await pause(over, self.random.uniform(0, 90 * self._pace))
        while not over.is_set():
            async with slots:
                if over.is_set():
                    return
                await self._come()
                await self._stay(over)
                if over.is_set():
                    return
                await self._go()
            await pause(over, self.random.expovariate(1 / (120 * self._pace)))

    async def _come(self) -> None:
        async with self.action("comes back" if self._kept else "comes"):
            options = (PHONE if self.is_phone else LAPTOP) | ({"storage_state": self._kept} if self._kept else {})
            self.gone_at = None
            self.page = await self.windows.open("/" if self._is_framed else "/widget", **options)

    async def _stay(self, over: asyncio.Event) -> None:
        leaves_at = monotonic() + self.random.uniform(30, 200) * self._pace
        while monotonic() < leaves_at and not over.is_set():
            await pause(over, self.random.uniform(1, 6))
            shown = await self._open()
            if shown is None:
                continue
            if shown["hasStartForm"] or shown["departments"]:
                await self._ask()
            elif shown["isTalking"]:
                await self._act(shown, over)

    async def _go(self) -> None:
        async with self.action("closes the tab"):
            page, self.page, self.is_offline = self.page, None, False
            try:
                if page:
                    self._kept = await page.context.storage_state()
            finally:
                await self.windows.leave()
                self.gone_at = monotonic()

    async def _open(self) -> Shown | None:
        """The widget's frame is open from here on."""
        if self._is_framed and self.page:
            async with self.action("opens the widget"):
                customer = Customer(self.page)
                if await customer.launcher.first.get_attribute("aria-expanded") != "true":
                    await customer.launcher.first.click()
        return await self.shown()

    async def _ask(self) -> None:
        view = self._view().view
        async with self.action("asks"):
            await expect(view.locator(".start-form .primary, button.department").first).to_be_visible()
            is_any = self.random.random() < 0.15  # most want one that is open
            await self._choose(view.locator(f".start-form label.department{'' if is_any else ':not(.is-closed)'}"))
            go = view.locator(".start-form .primary")
            if await go.is_visible():
                if await view.locator("#name").is_visible():
                    await view.locator("#name").fill(self.name)
                is_message = (await go.inner_text()) == BUTTONS["leaves a message"]
                if is_message or self.random.random() < 0.7:
                    about = mark(self.key, "topic", self.number())
                    await view.locator("#topic").fill(f"{about} {self.some_words()}")
                await go.click()
            answer = "#composer:visible, button.department:visible, .start-form .problem:not(:empty)"
            await expect(view.locator(answer).first).to_be_visible(timeout=10_000)
            if await self._choose(view.locator("button.department, button.department-any")):
                await expect(view.locator("#composer")).to_be_visible(timeout=10_000)

    async def _choose(self, departments: Locator) -> bool:
        """One of them, or "I am not sure"; whether there is a choice."""
        count = await departments.count()
        if not count or not await departments.first.is_visible():
            return False
        await departments.nth(self.random.randrange(count)).click()
        return True

    def _view(self) -> Talker:
        assert self.page
        return Talker(self.page, Customer(self.page).view if self._is_framed else self.page)

    async def _act(self, shown: Shown, over: asyncio.Event) -> None:
        can = {
            action: weight
            for action, weight in IN_CHAT.items()
            if action not in BUTTONS or shown.has_button(BUTTONS[action])
        }
        if not shown["hasComposer"]:
            can.pop("writes"), can.pop("sends a picture")
        if not self._is_framed or self.is_phone:
            can.pop("minimises and opens")
        action = self.choose(can)
        view = self._view()
        if action == "loses the line":
            await self._lose_the_line(over)
        elif action != "waits":
            async with self.action(action):
                await getattr(self, f"_{action.replace(' ', '_')}", partial(self._presses, action))(view)

    async def _lose_the_line(self, over: asyncio.Event) -> None:
        async with self.action("loses the line"):
            assert self.page
            await self.page.context.set_offline(True)
            self.is_offline, self.gone_at = True, monotonic()
        await pause(over, self.random.choice([2, 8, 20, 40]) * self.random.uniform(0.5, 1.5))
        if self.random.random() < 0.5:
            async with self.action("writes offline"):
                await self._writes(self._view())
        async with self.action("finds the line"):
            await self.page.context.set_offline(False)
            self.is_offline, self.gone_at = False, None

    async def _writes(self, view: Talker) -> None:
        await view.says(f"{mark(self.key, 'line', self.number())} {self.some_words()}")

    async def _sends_a_picture(self, view: Talker) -> None:
        picture = {"name": f"{mark(self.key, 'line', self.number())}.png", "mimeType": "image/png", "buffer": PICTURE}
        await view.view.locator("form.composer input[type=file]").set_input_files(picture)

    async def _reloads(self, view: Talker) -> None:
        assert self.page
        await self.page.reload(wait_until="domcontentloaded")

    async def _minimises_and_opens(self, view: Talker) -> None:
        assert self.page
        await Customer(self.page).launcher.first.click()

    async def _ends(self, view: Talker) -> None:
        await view.view.locator(".widget-head").get_by_role("button", name="End", exact=True).click()
        await view.view.locator("dialog .danger").click()

    async def _presses(self, action: str, view: Talker) -> None:
        await view.view.get_by_role("button", name=BUTTONS[action]).first.click()

    async def _rates(self, view: Talker) -> None:
        await view.view.locator(f"label[for=score-{self.random.randint(1, 5)}]").click()
        if self.random.random() < 0.5:
            await view.view.locator("#rating-comment").fill(mark(self.key, "comment", self.number()))
        await view.view.get_by_role("button", name="Send rating").click()


async def pause(over: asyncio.Event, seconds: float) -> None:
    """Ends early when it is all over."""
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), seconds)
