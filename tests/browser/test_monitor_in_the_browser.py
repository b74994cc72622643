"""Ada watches: numbers, people, chats, and one chat followed live; she says nothing."""

import pytest
from playwright.async_api import expect

from tests.browser.windows import Windows


@pytest.mark.slow
async def test_ada_follows_a_chat_live_and_read_only(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ada = await windows.admin("ada")
    ann = await windows.customer()
    await ann.asks_for_a_chat("Ann")
    await ann.says("Is anybody there?")
    await expect(ada.page.locator(".figure-open dd")).to_have_text("1")
    await expect(ada.page.locator(".figure-free_seats dd")).to_have_text("4 / 5")
    await expect(ada.page.locator(".agents .row-title")).to_have_text(["Gus"])
    await expect(ada.page.locator(".agents .dot.taken")).to_have_count(1)
    await expect(ada.page.locator(".stream-line .stream-words").first).to_have_text("Is anybody there?")

    await ada.opens_the_chat_of("Ann")
    await ada.sees("Is anybody there?")
    await gus.opens_the_chat_of("Ann")
    await gus.says("I am.")
    await ada.sees("Is anybody there?", "I am.")
    await ada.sees_status("read")
    assert await ada.page.locator("textarea").count() == 0

    await ada.page.context.set_offline(True)
    await gus.says("said while Ada was away")
    await ada.page.context.set_offline(False)
    await ada.sees("Is anybody there?", "I am.", "said while Ada was away")

    await ada.page.get_by_role("button", name="End chat").click()
    await ada.page.locator("dialog").get_by_label("Remark").fill("she rang us")
    await ada.page.locator("dialog").get_by_role("button", name="End chat").click()
    await expect(ada.page.get_by_role("button", name="End chat")).to_have_count(0)
    await expect(ada.page.locator(".chats-ended .row-title")).to_have_text("Ann \u2013 Gus")
    await expect(ada.page.locator(".figure-open dd")).to_have_text("0")


@pytest.mark.slow
async def test_the_queue_is_seen_growing_and_shrinking(windows: Windows) -> None:
    gus = await windows.agent("gus", online=False)
    ada = await windows.admin("ada")
    ann = await windows.customer()
    await ann.asks_for_a_chat("Ann")
    await expect(ada.page.locator(".chats-queue .row-title")).to_have_text("Ann")
    await expect(ada.page.locator(".figure-waiting dd")).to_have_text("1")
    await gus.goes("online")
    await expect(ada.page.locator(".chats-queue .row-title")).to_have_count(0)
    await expect(ada.page.locator(".figure-waiting dd")).to_have_text("0")
