"""Agents: they go through their chats in any order, answer, take, hand over, note, end, step away, reload."""

from __future__ import annotations

import asyncio

from tests.browser import windows
from tests.busy.person import OwnWindows, Person
from tests.busy.shown import SECRET, Shown, key_of, mark
from tests.busy.tally import Tally
from tests.busy.visitors import pause

ACTIONS = {
    "opens a chat": 40.0,
    "answers": 40.0,
    "takes a chat": 8.0,
    "hands over": 3.0,
    "adds a note": 6.0,
    "adds a tag": 2.0,
    "ends a chat": 3.0,
    "puts a chat away": 6.0,
    "reads an ended chat": 2.0,
    "steps away": 2.0,
    "reloads": 2.0,
    "loses the line": 1.0,
}


class Agent(Person):
    kind = "agent"

    def __init__(self, name: str, seed: str, tally: Tally, windows: OwnWindows, departments: list[str] | None) -> None:
        super().__init__(name, seed, tally, windows)
        self._departments = departments

    async def begin(self) -> None:
        self.window = await self.windows.agent(self.name.lower(), departments=self._departments)
        self.page = self.window.page

    async def live(self, over: asyncio.Event) -> None:
        while not over.is_set():
            await pause(over, self.random.uniform(1.5, 4.5))
            shown = await self.shown()
            if shown and not over.is_set():
                await self._act(shown, over)

    async def _act(self, shown: Shown, over: asyncio.Event) -> None:
        can = dict(ACTIONS)
        chats = shown.rows("chats")
        for action, is_possible in {
            "opens a chat": bool(chats),
            "answers": shown["hasComposer"] and shown["isTalking"],
            "takes a chat": shown.has_button("Take the chat of"),
            "hands over": shown.has_button("Hand over"),
            "adds a note": shown["isTalking"],
            "adds a tag": shown["isTalking"],
            "ends a chat": shown.has_button("End chat") and len(shown.lines) > 5,
            "puts a chat away": shown["isTalking"] and shown["isEnded"],
        }.items():
            if not is_possible:
                can.pop(action)
        action = self.choose(can)
        if action == "steps away":
            await self._step_away(over)
        elif action == "loses the line":
            await self._lose_the_line(over)
        else:
            async with self.action(action):
                await getattr(self, f"_{action.replace(' ', '_')}")()

    async def _opens_a_chat(self) -> None:
        rows = self.window.page.locator(".list:not(.queue):not(.ended-chats) .row-main")
        await rows.nth(self.random.randrange(max(1, await rows.count()))).click()

    async def _answers(self) -> None:
        await self.window.says(f"{await self._mark('answer')} {self.some_words()}")

    async def _takes_a_chat(self) -> None:
        await self.window.page.locator(".queue .row button:enabled").first.click()

    async def _hands_over(self) -> None:
        note = await self._mark("note")
        page, dialog = self.window.page, self.window.dialog
        await page.locator(".pane-head").get_by_role("button", name="Hand over").click()
        try:
            choices = dialog.locator("input[type=radio]:enabled")
            await choices.nth(self.random.randrange(max(1, await choices.count()))).check(force=True)
            await dialog.get_by_label("Note").fill(f"{note} {SECRET}")
            await dialog.get_by_role("button", name="Hand over").click()
            await windows.expect(dialog).to_have_count(0, timeout=5000)
        finally:
            await page.keyboard.press("Escape")

    async def _adds_a_note(self) -> None:
        await self.window.page.locator("#note").fill(f"{await self._mark('note')} {SECRET}")
        await self.window.page.get_by_role("button", name="Add note").click()

    async def _adds_a_tag(self) -> None:
        await self.window.page.locator("#tag").fill(await self._mark("tag"))
        await self.window.page.locator("#tag").press("Enter")

    async def _ends_a_chat(self) -> None:
        await self.window.page.get_by_role("button", name="End chat").click()
        await self.window.dialog.get_by_role("button", name="End it").click()

    async def _puts_a_chat_away(self) -> None:
        await self.window.page.locator(".pane-head").get_by_role("button", name="Close", exact=True).click()

    async def _reads_an_ended_chat(self) -> None:
        fold = self.window.page.locator(".ended-chats summary")
        await fold.click()
        try:
            rows = self.window.page.locator(".ended-chats .row-main")
            await rows.first.click(timeout=2000)
        finally:
            await fold.click()

    async def _reloads(self) -> None:
        await self.window.page.reload(wait_until="domcontentloaded")

    async def _step_away(self, over: asyncio.Event) -> None:
        for status in (self.random.choice(["away", "offline"]), "online"):
            async with self.action(f"goes {status}"):
                await self.window.goes(status)
            if status != "online":
                await pause(over, self.random.uniform(5, 25))

    async def _lose_the_line(self, over: asyncio.Event) -> None:
        for is_offline in (True, False):
            async with self.action("loses the line" if is_offline else "finds the line"):
                await self.window.page.context.set_offline(is_offline)
                self.is_offline = is_offline
            if is_offline:
                await pause(over, self.random.choice([3, 10, 25]))

    async def _mark(self, kind: str) -> str:
        """Of the customer whose name stands over the chat: it is to them that the agent believes to write."""
        return mark(key_of(await self.window.page.locator(".pane-name").inner_text()), kind, self.number())


class Admin(Person):
    """Watches, and follows one chat after the other."""

    kind = "admin"

    async def begin(self) -> None:
        self.window = await self.windows.admin(self.name.lower())
        self.page = self.window.page

    async def live(self, over: asyncio.Event) -> None:
        while not over.is_set():
            await pause(over, self.random.uniform(4, 10))
            async with self.action("follows a chat"):
                rows = self.window.page.locator(".chats .row-main")
                if count := await rows.count():
                    await rows.nth(self.random.randrange(count)).click()
            if self.random.random() < 0.05:
                async with self.action("reloads"):
                    await self.window.page.reload(wait_until="domcontentloaded")
