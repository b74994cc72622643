"""What a customer hears while nobody answers, and what becomes of a chat that has gone quiet."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.windows import Windows

CLOSED: dict[str, Any] = {"time_zone": "Asia/Tokyo", "hours": {}, "special_days": {}}


@pytest.mark.slow
async def test_a_quiet_chat_is_counted_down_until_its_customer_is_still_there(chromium: Browser, new_desk: Any) -> None:
    desk = await new_desk(idle_warning_seconds=5, idle_end_seconds=14)
    windows = Windows(chromium, desk)
    gus = await windows.agent("gus")
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    await gus.opens_the_chat_of("Ann")
    chat = await desk.documents.chats.find_one({})
    # Not typed in the window: somebody who types holds the clock for ten seconds.
    await (await desk.log_in("gus", "/agent")).say(chat["_id"], "Is there anything else?")
    banner = ann.view.locator(".banner.idle")
    await expect(banner).to_contain_text("Are you still there? This conversation ends in 0:0")
    await expect(gus.page.locator(".banner.idle")).to_contain_text("The customer has gone quiet")
    await expect(gus.page.locator(".is-ending .row-words")).to_contain_text("ends in 0:0")
    await ann.view.get_by_role("button", name="I'm still here").click()
    await expect(banner).to_be_hidden()
    await expect(gus.page.locator(".is-ending")).to_have_count(0)
    assert (await desk.documents.chats.find_one({}))["status"] == "open"
    await expect(banner).to_be_visible()  # once more, and nobody says a word
    desk.clock.advance(seconds=9)
    await expect(ann.view.locator(".ended-why")).to_have_text("The conversation ended because it had gone quiet.")
    await windows.close()


@pytest.mark.slow
async def test_a_closed_department_takes_a_message_that_is_answered_later(windows: Windows) -> None:
    ada = await windows.desk.admin("ada")
    for name in ("Repairs", "Sales"):
        await ada.ask("save_department", name=name, **CLOSED)
    gus = await windows.agent("gus", online=False)
    ann = await windows.customer()
    await ann.launcher.click()
    await ann.view.locator("#name").fill("Ann")
    await ann.view.locator(".department", has_text="Repairs").click()
    await ann.view.locator("#topic").fill("My kettle has a dent.")
    await ann.view.get_by_role("button", name="Leave a message").click()
    card = ann.view.locator(".left-card")
    await expect(card).to_contain_text("Your message is waiting for us")
    await ann.sees("My kettle has a dent.")
    row = gus.page.locator(".queue .row")
    await expect(row).to_contain_text("My kettle has a dent.")
    await row.get_by_role("button").click()  # picked by hand, though Gus is not online
    await expect(gus.page.locator(".pane-name")).to_have_text("Ann")
    await expect(gus.page.locator(".why")).to_have_text("You picked this chat from the queue.")
    await expect(card).to_contain_text("Gus has your message")
    await gus.says("We mend it for nothing.")
    await ann.sees("My kettle has a dent.", "We mend it for nothing.")
    await expect(card).to_contain_text("Gus has answered your message")
