"""The loader where the chat's frame cannot load: it says so, offers another try, and lets the visitor out."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from bench.support.server import Server
from tests.browser.host_site import STRICT, free_port, host_site
from tests.browser.windows import EXPECTED, Customer, Windows

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
UNREACHABLE = "We cannot be reached just now."
REFUSALS = re.compile(f"{EXPECTED.pattern}|frame-ancestors|frame-src|does not answer in its frame")
CAN_SCROLL = "getComputedStyle(document.documentElement).overflowY !== 'hidden'"
TALL = '<main style="height: 3000px"></main><script src="{desk}/widget.js" async></script>'


def notice(visitor: Customer) -> Locator:
    return visitor.page.locator("deskwire-launcher .notice [role=status]")


def close_button(visitor: Customer) -> Locator:
    return visitor.page.locator("deskwire-launcher .close")


async def is_let_out(visitor: Customer) -> None:
    """By the notice's own button, and by Escape from wherever the focus is."""
    await expect(close_button(visitor)).to_be_focused()
    await close_button(visitor).click()
    await expect(notice(visitor)).to_be_hidden()
    await expect(visitor.launcher).to_be_focused()
    assert await visitor.page.evaluate(CAN_SCROLL)
    await visitor.launcher.click()
    await visitor.page.keyboard.press("Escape")
    await expect(notice(visitor)).to_be_hidden()
    await expect(visitor.launcher).to_be_focused()


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("refused_by", ["the desk", "the page"])
async def test_a_refused_frame_shuts_nobody_in(
    chromium: Browser, new_desk: Callable[..., Any], refused_by: str, device: dict[str, Any]
) -> None:
    port = free_port()
    allowed = f"http://127.0.0.1:{free_port() if refused_by == 'the desk' else port}"
    policy = STRICT if refused_by == "the desk" else STRICT.replace("frame-src {desk}", "frame-src 'none'")
    desk = await new_desk(cors_origins=allowed)
    windows = Windows(chromium, desk)
    windows.expected = REFUSALS
    async with host_site(port, desk.base_url, policy=policy) as site:
        visitor = await windows.customer(site, **device)
        async with visitor.page.expect_console_message(lambda told: "named in CORS_ORIGINS" in told.text):
            await visitor.launcher.click()
        await expect(notice(visitor)).to_have_text(UNREACHABLE)
        await is_let_out(visitor)
        await windows.close()


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.slow
async def test_another_try_reaches_a_desk_that_is_back(
    chromium: Browser, new_desk: Callable[..., Any], device: dict[str, Any]
) -> None:
    port = free_port()
    desk = await new_desk(cors_origins=f"http://127.0.0.1:{port}")
    windows = Windows(chromium, desk)
    windows.expected = REFUSALS
    async with host_site(port, desk.base_url) as site:
        visitor = await windows.customer(site, locale="zh-CN", **device)
        await expect(visitor.launcher).to_be_visible()
        await desk.close()
        await visitor.launcher.click()
        await expect(notice(visitor)).to_have_text("暂时无法连接客服。")
        await desk.open()
        await visitor.page.locator("deskwire-launcher .again").click()
        await expect(visitor.view.locator("#topic")).to_be_visible()
        await expect(notice(visitor)).to_be_hidden()
        await windows.close()


@pytest.mark.slow
async def test_a_desk_that_hangs_is_waited_for_with_a_way_out(chromium: Browser, mongo_url: str, desk: Any) -> None:
    port = free_port()
    windows = Windows(chromium, desk)
    windows.expected = REFUSALS
    settings = {
        "mongodb_url": mongo_url,
        "mongodb_database": desk.database_name,
        "cors_origins": f"http://127.0.0.1:{port}",
    }
    async with Server(**settings) as server, host_site(port, server.base_url) as site:
        visitor = await windows.customer(site, **PHONE)
        await expect(visitor.launcher).to_be_visible()
        os.kill(server.pid, signal.SIGSTOP)
        await visitor.launcher.click()
        await expect(notice(visitor)).to_have_text("Opening the chat …")
        await expect(notice(visitor)).to_have_text(UNREACHABLE)
        await is_let_out(visitor)
        await visitor.launcher.click()
        await expect(notice(visitor)).to_have_text(UNREACHABLE)
        os.kill(server.pid, signal.SIGCONT)
        await expect(visitor.view.locator("#topic")).to_be_visible()  # what was given up comes by itself after all
        await windows.close()


async def test_a_frame_that_was_there_and_is_lost(windows: Windows) -> None:
    windows.expected = REFUSALS
    ann = await windows.customer(**PHONE)
    await ann.launcher.click()
    await expect(ann.view.locator("#topic")).to_be_visible()
    await ann.page.frames[1].evaluate("location.href = '/healthz'")  # a document that is not the widget
    await expect(notice(ann)).to_have_text(UNREACHABLE)
    await close_button(ann).click()
    await ann.launcher.click()
    await expect(ann.view.locator("#topic")).to_be_visible()


async def test_a_phone_page_stands_still_behind_the_chat_and_only_then(
    chromium: Browser, new_desk: Callable[..., Any]
) -> None:
    port = free_port()
    desk = await new_desk(cors_origins=f"http://127.0.0.1:{port}")
    windows = Windows(chromium, desk)
    async with host_site(port, desk.base_url, policy="", body=TALL) as site:
        ann = await windows.customer(site, **PHONE)
        await ann.page.evaluate("scrollTo(0, 500)")
        await ann.launcher.click()
        await expect(ann.view.locator("#name")).to_be_focused()
        assert not await ann.page.evaluate(CAN_SCROLL)
        await ann.page.keyboard.press("Escape")  # heard in the frame, told to the page around it
        await expect(ann.launcher).to_be_focused()
        assert await ann.page.evaluate(CAN_SCROLL)
        assert await ann.page.evaluate("scrollY") == 500
        await windows.close()
