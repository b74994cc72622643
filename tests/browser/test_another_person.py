"""Somebody else at the same computer: every tab is theirs at once, and what the one before wrote waits for that one alone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.test_each_their_own_page import identified, is_called
from tests.browser.windows import Customer, Windows
from tests.support.desk import Scene
from tests.test_people import SITE

KEPT = "() => Object.keys(localStorage).filter((key) => key.startsWith('deskwire/') && key !== 'deskwire/logged_out')"
STAFF = "() => localStorage.setItem('deskwire/session/agent', '{}')"


@pytest.fixture
async def shop(new_desk: Callable[..., Any]) -> Scene:
    scene: Scene = await new_desk(site_secret=SITE)
    return scene


async def two_tabs(windows: Windows, shop: Scene) -> tuple[Customer, Customer]:
    """Of Ann, who has a chat going on and has begun to write in the first one."""
    await shop.agent("gus")
    ann = await identified(shop, "Ann")
    await ann.say(await shop.chat(ann), "It leaks")
    await ann.disconnect()
    first = await windows.customer()
    await first.launcher.click()
    await is_called(first, shop, "Ann")
    await first.sees("It leaks")
    second = Customer(await windows.tab(first.page.context, "/"))
    await second.launcher.click()
    await second.sees("It leaks")
    await first.view.locator("#composer").fill("my secret draft")
    return first, second


@pytest.mark.slow
async def test_every_tab_turns_to_another_person_at_once(chromium: Browser, shop: Scene) -> None:
    windows = Windows(chromium, shop)
    first, second = await two_tabs(windows, shop)
    await is_called(second, shop, "Bob")
    for tab in (first, second):
        await expect(tab.view.locator(".whose")).to_contain_text("You write as Bob.")
        await expect(tab.view.locator(".whose")).to_contain_text("kept for whoever wrote it")
        await expect(tab.view.locator("#topic")).to_have_value("")
        assert "leaks" not in await tab.view.locator(".widget").inner_text()
        assert "Ann" not in await tab.view.locator(".widget").inner_text()
    await first.view.locator("#topic").fill("Bob's beginning")
    await is_called(second, shop, "Ann")
    await expect(first.view.locator(".whose")).to_contain_text("You write as Ann.")
    await first.sees("It leaks")
    await expect(first.view.locator("#composer")).to_have_value("my secret draft")
    await first.says("my secret draft, sent")
    await second.sees("It leaks", "my secret draft, sent")
    await is_called(first, shop, "Bob")
    await expect(first.view.locator("#topic")).to_have_value("Bob's beginning")
    await windows.close()


@pytest.mark.slow
async def test_who_leaves_leaves_nothing_behind(chromium: Browser, shop: Scene) -> None:
    windows = Windows(chromium, shop)
    first, second = await two_tabs(windows, shop)
    await first.page.evaluate(STAFF)
    await second.page.evaluate("() => window.Deskwire.logout()")
    for tab in (first, second):
        await expect(tab.launcher).to_have_attribute("aria-expanded", "false")
        await tab.launcher.click()
        await expect(tab.view.locator("#topic")).to_have_value("")
        words = await tab.view.locator(".widget").inner_text()
        assert not [word for word in ("leaks", "secret", "Ann", "session") if word in words], words

    async def is_over() -> bool:
        """Of Ann there were two log-ins: the one in this browser is over."""
        return bool(await shop.documents.sessions.count_documents({"ended_at": {"$type": "date"}}) == 1)

    await shop.until(is_over)
    assert await first.page.evaluate(KEPT) == ["deskwire/session/agent"], "staff keep what is theirs"
    await first.page.reload()
    await first.launcher.click()
    await expect(first.view.locator("#name")).to_be_visible()
    await expect(first.view.locator("#topic")).to_have_value("")
    await windows.close()


@pytest.mark.slow
async def test_a_guest_whom_the_site_names_takes_its_words_along(chromium: Browser, shop: Scene) -> None:
    windows = Windows(chromium, shop)
    await shop.agent("gus")
    first = await windows.customer()
    await first.asks_for_a_chat("Visitor", "A kettle")
    second = Customer(await windows.tab(first.page.context, "/"))
    await expect(second.view.locator("#composer")).to_be_visible()
    await second.view.locator("#composer").fill("half a sentence")
    await is_called(first, shop, "Ann")
    for tab in (first, second):
        await expect(tab.view.locator(".whose")).to_have_text("You write as Ann.")
        await expect(tab.view.locator("#composer")).to_have_value("half a sentence")
        await expect(tab.view.locator(".start-notice")).to_have_count(0)
    await windows.close()
