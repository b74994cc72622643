"""A left message as its visitor has it: waiting, answered in its absence, live again, and a chat that became one."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.windows import Windows


@pytest.mark.slow
async def test_an_answer_given_in_its_absence_is_found_with_a_composer(windows: Windows) -> None:
    gus = await windows.agent("gus", online=False)
    ann = await windows.customer()
    await ann.leaves_a_message("Do you deliver to Lisbon?")
    await ann.page.close()
    await gus.page.locator(".queue .row").get_by_role("button").click()
    await gus.says("Yes, within five days.")
    await gus.sees_status("sent")
    windows.desk.clock.advance(hours=20)
    await windows.desk.looked()
    ann = await ann.comes_back()
    card = ann.view.locator(".left-card")
    for _ in range(2):
        await ann.sees("Do you deliver to Lisbon?", "Yes, within five days.")
        await expect(card).to_contain_text("Gus has answered your message")
        await expect(ann.view.locator("#composer")).to_be_visible()
        await ann.page.reload()
    await ann.says("Thank you!")
    await gus.sees("Do you deliver to Lisbon?", "Yes, within five days.", "Thank you!")
    await expect(card).to_contain_text("Gus has your message")


@pytest.mark.slow
async def test_a_chat_that_became_a_message_in_its_absence_is_live_again(chromium: Browser, new_desk: Any) -> None:
    desk = await new_desk(away_end_seconds=600)
    windows = Windows(chromium, desk)
    gus = await windows.agent("gus")
    ann, bob = await windows.customer(), await windows.customer()
    await ann.asks_for_a_chat("Ann", "A dented kettle")
    await ann.says("It came today.")
    await ann.sees_status("delivered")
    await bob.asks_for_a_chat("Bob")
    await ann.page.close()
    await expect(gus.page.locator(".list:not(.queue) .row", has_text="Ann")).to_be_visible()
    await desk.until(lambda: desk.documents.chats.find_one({"here": [], "topic": "A dented kettle"}))
    desk.clock.advance(seconds=601)
    await desk.until(lambda: desk.documents.chats.find_one({"offline": True, "topic": "A dented kettle"}))
    ann = await ann.comes_back()
    card, line = ann.view.locator(".left-card"), ann.view.locator(".line-system").last
    for _ in range(2):
        await expect(line).to_contain_text("You were away; we kept your conversation as a message")
        await expect(card).to_contain_text("You are talking with Gus now")
        await expect(ann.view.locator("#composer")).to_be_visible()
        await ann.page.reload()
    await gus.opens_the_chat_of("Ann")
    await gus.says("Which one is it?")
    await ann.sees("It came today.", "Which one is it?")
    await expect(card).to_be_hidden()
    await expect(bob.view.locator(".left-card")).to_be_hidden()
    await windows.close()
