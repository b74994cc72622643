"""Blocking: who is blocked sees it in plain words and keeps what was said; nobody else notices."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.test_axe import findings
from tests.browser.windows import Windows

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PICTURES = os.environ.get("BLOCK_PICTURES")  # a folder: the scene is photographed there


async def photograph(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=f"{PICTURES}/{name}.png")


@pytest.mark.slow
async def test_a_visitor_is_blocked_and_unblocked(windows: Windows) -> None:
    gus, bea = await windows.agent("gus", viewport=WIDE), await windows.agent("bea", viewport=WIDE)
    ann = await windows.customer(viewport=PHONE)
    await ann.asks_for_a_chat("Ann")
    await ann.says("You again! Buy my kettles!")
    bob = await windows.customer()
    await bob.asks_for_a_chat("Bob")
    await bob.says("Can you mend it?")
    mine, hers = gus, bea
    await expect(gus.page.locator(".list:not(.queue) .row-main")).to_have_count(1)
    if not await gus.page.locator(".list:not(.queue) .row-main", has_text="Ann").count():
        mine, hers = bea, gus
    await mine.opens_the_chat_of("Ann")
    for read in (
        "Customers never see notes.",
        "This is the first one.",
    ):  # what stands above the button is there, and it moves no more
        await expect(mine.page.get_by_text(read)).to_be_visible()
    await mine.page.get_by_role("button", name="Block…").click()
    await expect(mine.dialog).to_contain_text("An open chat ends at once.")
    await photograph(mine.page, "dialog-1440")
    assert await findings(mine.page) == []
    await mine.dialog.get_by_label("For how long").select_option(label="A week")
    await mine.dialog.get_by_label("Why").fill("Sells kettles")
    await mine.dialog.get_by_role("button", name="Block", exact=True).click()
    await expect(mine.page.locator(".block-state")).to_contain_text("Blocked until")
    await photograph(mine.page, "card-1440")
    await mine.page.set_viewport_size(PHONE)
    await mine.page.get_by_role("button", name="About the customer").click()
    await expect(mine.page.locator(".block-state")).to_be_visible()
    await photograph(mine.page, "card-390")
    assert await findings(mine.page) == []
    notice = ann.view.locator(".blocked:visible")
    await expect(notice).to_contain_text("You have been blocked.")
    await expect(ann.view.locator("#composer")).to_be_hidden()
    await expect(ann.view.locator(".ending")).to_be_hidden()
    await ann.sees("You again! Buy my kettles!")
    await expect(ann.view.get_by_text("Sells kettles")).to_have_count(0)
    await photograph(ann.page, "widget-390")
    assert await findings(ann.page.frames[1]) == []
    await ann.page.reload()
    await ann.launcher.click()
    await expect(notice).to_contain_text("You have been blocked.")
    await hers.opens_the_chat_of("Bob")
    await hers.says("Of course.")
    await bob.sees("Can you mend it?", "Of course.")
    ada = await windows.admin("ada", viewport=WIDE)
    await ada.goes_to("blocks")
    row = ada.page.locator(".record.block")
    await expect(row).to_contain_text("Ann")
    await expect(row).to_contain_text("Sells kettles")
    await photograph(ada.page, "list-1440")
    assert await findings(ada.page) == []
    await ada.page.set_viewport_size(PHONE)
    await photograph(ada.page, "list-390")
    await ada.page.get_by_role("button", name="Unblock Ann").click()
    await expect(ada.page.get_by_text("Nobody is blocked.")).to_be_visible()
    await ann.page.reload()
    await ann.launcher.click()
    await expect(ann.view.locator(".ending")).to_be_visible()
    await expect(notice).to_have_count(0)
    await ann.view.get_by_role("button", name="Start a new conversation").click()
    await ann.view.locator(".start-form .primary").click()
    await expect(ann.view.locator("#composer")).to_be_visible()


@pytest.mark.slow
async def test_an_admin_blocks_whom_it_follows_and_a_chinese_visitor_reads_it(windows: Windows) -> None:
    await windows.agent("gus")
    ann = await windows.customer(locale="zh-CN", viewport=WIDE, color_scheme="dark")
    await ann.asks_for_a_chat("Ann")
    ada = await windows.admin("ada", viewport=WIDE, color_scheme="dark")
    await ada.opens_the_chat_of("Ann")
    await ada.page.get_by_role("button", name="Block…").click()
    await ada.dialog.get_by_label("For how long").select_option(label="Until somebody unblocks")
    await ada.dialog.get_by_role("button", name="Block", exact=True).click()
    await expect(ada.page.locator(".block-state")).to_have_text("Blocked until somebody unblocks")
    await photograph(ada.page, "follow-dark-1440")
    await expect(ann.view.locator(".blocked:visible")).to_contain_text("您已被屏蔽")
    await photograph(ann.page, "widget-zh-dark-1440")
    assert await findings(ann.page.frames[1], ada.page) == []
    await ada.page.get_by_role("button", name="Unblock").click()
    await expect(ada.page.locator(".block-state")).to_be_empty()
