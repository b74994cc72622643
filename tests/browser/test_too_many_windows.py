"""One window too many says so, and connects by itself as soon as there is room."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.windows import Agent, Windows


@pytest.mark.slow
async def test_one_window_too_many_says_so_and_connects_when_another_is_closed(
    chromium: Browser, new_desk: Any
) -> None:
    windows = Windows(chromium, await new_desk(sockets_per_person=1))
    first = await windows.agent("gus")
    second = Agent(await windows.tab(first.page.context, "/agent"))
    bar = second.page.locator(".connection-bar")
    await expect(bar).to_have_text("Too many windows are open here. Close some; this one connects by itself.")
    await expect(first.page.locator(".connection-bar")).to_have_text("")
    await first.page.close()
    await expect(bar).to_have_text("")
    await second.goes("online")
    await windows.close()
