"""What a visitor has of a chat that is over: the rating it gave, a way to go on, a word when its session is no more."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.windows import Windows


@pytest.mark.slow
async def test_a_rating_and_its_comment_stay_on_the_ended_chat(windows: Windows) -> None:
    await windows.agent("gus")
    ann, bob = await windows.customer(), await windows.customer()
    for who, name in ((ann, "Ann"), (bob, "Bob")):
        await who.asks_for_a_chat(name)
        await expect(who.view.locator(".widget-head h1")).to_have_text("Gus")
        await who.ends()
    given = ann.view.locator(".given")
    await expect(given).to_be_hidden()
    await ann.view.get_by_text("4", exact=True).click()
    await ann.view.locator("#rating-comment").fill("Quick and kind")
    await ann.view.get_by_role("button", name="Send rating").click()
    for _ in range(2):
        await expect(given.locator(".given-score")).to_have_text("Your rating: 4 of 5: good")
        await expect(given.locator(".given-comment")).to_have_text("Quick and kind")
        await ann.page.reload()
        await ann.launcher.click()
    await expect(bob.view.locator(".given")).to_be_hidden()


@pytest.mark.slow
async def test_a_chat_that_ended_by_itself_is_gone_on_with(chromium: Browser, new_desk: Any) -> None:
    desk = await new_desk(idle_warning_seconds=1000, idle_end_seconds=2000)
    windows = Windows(chromium, desk)
    gus, bea = await windows.agent("gus"), await windows.agent("bea", online=False)
    ann = await windows.customer()
    await ann.asks_for_a_chat("Ann", "A dented kettle")
    await ann.says("It came today.")
    await gus.opens_the_chat_of("Ann")
    await gus.sees("It came today.")
    await gus.says("Which one is it?")
    await ann.sees("It came today.", "Which one is it?")
    await bea.goes("online")
    old = (await desk.documents.chats.find_one({}))["_id"]
    said = ["It came today.", "Which one is it?"]
    for number in range(2):
        await ann.view.locator("#composer").fill(f"unsent {number}")
        desk.clock.advance(seconds=1001)
        await expect(ann.view.locator(".banner.idle")).to_be_visible()
        desk.clock.advance(seconds=4000)
        await expect(ann.view.locator(".ended-why")).to_have_text("The conversation ended because it had gone quiet.")
        await ann.view.get_by_role("button", name="Continue").click()
        await expect(ann.view.locator(".ending")).to_be_hidden()
        await expect(ann.view.locator("#composer")).to_have_value(f"unsent {number}")
        await ann.view.locator("#composer").press("Enter")
        said.append(f"unsent {number}")
        await ann.sees(*said)
        await expect(ann.topic_line).to_have_text("A dented kettle")
        await expect(ann.view.locator(".widget-head h1")).to_have_text("Gus")  # who knows it, though Bea has more seats
        new = await desk.documents.chats.find_one({"continues": old})
        old = new["_id"]
        await gus.page.locator(".list:not(.queue) .row", has_text=f"unsent {number}").locator(".row-main").click()
        await gus.says(f"answer {number}")
        said.append(f"answer {number}")
        await ann.sees(*said)
        await ann.page.reload()
        await ann.sees(*said)
    await gus.sees(*said)
    await windows.close()


@pytest.mark.slow
async def test_a_session_that_is_no_more_says_so_and_keeps_what_was_written(windows: Windows) -> None:
    await windows.agent("gus")
    ann, bob = await windows.customer(), await windows.customer()
    for who, name in ((ann, "Ann"), (bob, "Bob")):
        await who.asks_for_a_chat(name)
        await who.says(f"{name} was here")
        await who.sees_status("delivered")
    await ann.view.locator("#composer").fill("And one more thing")
    token = "Object.entries(localStorage).find(([key]) => key.endsWith('session/customer'))"
    await ann.page.evaluate(
        f"() => {{ const [key, value] = {token};"
        "const session = JSON.parse(value); session.token = 'expired';"
        "localStorage.setItem(key, JSON.stringify(session)); }"
    )
    await ann.page.reload()
    notice = ann.view.locator(".start-notice")
    await expect(notice).to_contain_text("Your session on this browser has ended.")
    await expect(notice).to_contain_text("Your earlier conversation is kept by our team")
    await expect(ann.view.locator("#topic")).to_have_value("And one more thing")
    await ann.page.reload()
    await ann.launcher.click()
    await expect(ann.view.locator("#topic")).to_have_value("And one more thing")
    await ann.view.locator(".start-form .primary").click()
    await expect(ann.topic_line).to_have_text("And one more thing")
    await ann.sees()
    await bob.sees("Bob was here")
