"""The widget on other people's pages: strict policies, forbidden storage, strangers."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.host_site import free_port, host_site
from tests.browser.windows import EXPECTED, Windows

# What Chromium does in a frame when third-party storage is blocked.
STORAGE_THROWS = """if (window !== window.top) {
  for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
    Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
  }
  LockManager.prototype.request = () => Promise.reject(new DOMException("denied", "SecurityError"));
}"""


@pytest.mark.slow
async def test_a_chat_on_a_host_site_survives_a_reload(chromium: Browser, new_desk: Callable[..., Any]) -> None:
    await _chat_over_a_reload(chromium, new_desk)


@pytest.mark.slow
async def test_a_chat_survives_a_reload_where_the_frame_may_store_nothing(
    chromium: Browser, new_desk: Callable[..., Any]
) -> None:
    await _chat_over_a_reload(chromium, new_desk, init=STORAGE_THROWS)


async def _chat_over_a_reload(chromium: Browser, new_desk: Callable[..., Any], **options: Any) -> None:
    port = free_port()
    desk = await new_desk(cors_origins=f"http://127.0.0.1:{port}")
    windows = Windows(chromium, desk)
    async with host_site(port, desk.base_url) as site:
        gus = await windows.agent("gus")
        ann = await windows.customer(site, **options)
        await ann.asks_for_a_chat()
        await ann.says("Hello from another site")
        await gus.opens_the_chat_of("Ann")
        await gus.says("Hello!")
        await ann.sees("Hello from another site", "Hello!")
        await ann.page.reload()
        await ann.sees("Hello from another site", "Hello!")
        await ann.says("Still here")
        await gus.sees("Hello from another site", "Hello!", "Still here")
        await windows.close()


async def test_a_stranger_may_not_frame_the_widget(chromium: Browser, new_desk: Callable[..., Any]) -> None:
    port = free_port()
    desk = await new_desk(cors_origins=f"http://127.0.0.1:{free_port()}")
    windows = Windows(chromium, desk)
    async with host_site(port, desk.base_url) as site:
        stranger = await windows.customer(site)
        windows.expected = re.compile(f"{EXPECTED.pattern}|frame-ancestors|does not answer in its frame")
        async with stranger.page.expect_console_message(lambda told: "frame-ancestors" in told.text):
            await stranger.launcher.click()
        assert not await stranger.view.locator(".widget").count()
        await windows.close()


async def test_the_frame_hears_nobody_but_its_host(windows: Windows) -> None:
    ann = await windows.customer()
    await ann.launcher.click()
    frame = ann.page.frames[1]
    await expect(ann.view.locator("#topic")).to_be_visible()
    # From the frame itself: the right words, the right origin, the wrong window.
    await frame.evaluate("window.postMessage({ deskwire: 'topic', topic: 'forged' }, location.origin)")
    await ann.page.evaluate("Deskwire.open({ topic: 'real' })")
    await expect(ann.view.locator("#topic")).to_have_value("real")
    # And the loader takes nothing from the page around it.
    await ann.page.evaluate("window.postMessage({ deskwire: 'unread', count: 7 }, location.origin)")
    await ann.page.evaluate("Deskwire.close()")
    await expect(ann.page.locator("deskwire-launcher .badge")).to_be_hidden()


async def test_nothing_but_the_loader_is_fetched_until_it_is_wanted(windows: Windows) -> None:
    ann = await windows.customer()
    await expect(ann.launcher).to_be_visible()
    assert len(ann.page.frames) == 1
    await ann.launcher.focus()
    await expect(ann.page.locator("deskwire-launcher iframe")).to_have_count(1)
