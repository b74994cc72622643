"""What a visitor is told before anything is typed: open or closed and until when, somebody there or not."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, expect

from tests.browser.windows import Windows

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
OPENS = (datetime.now(TOKYO) + timedelta(days=40)).replace(hour=18, minute=0)
IN_BERLIN = f"{OPENS.astimezone(BERLIN):%A {OPENS.day} %B at %H:%M}"
IN_SHANGHAI = f"{OPENS.month}月{OPENS.day}日星期{'一二三四五六日'[OPENS.weekday()]} 17:00开始服务"
CLOSED = {"time_zone": "Asia/Tokyo", "hours": {}, "special_days": {f"{OPENS:%Y-%m-%d}": [["18:00", "22:00"]]}}
ALWAYS = {
    "time_zone": "UTC",
    "hours": {day: [["00:00", "24:00"]] for day in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]},
}


async def _save(windows: Windows, **departments: Any) -> None:
    ada = await windows.desk.admin("ada")
    for name, more in departments.items():
        await ada.ask("save_department", name=name, **({"special_days": {}} | more))


@pytest.mark.slow
async def test_a_closed_desk_takes_messages_only_and_says_when_it_opens(windows: Windows) -> None:
    await _save(windows, Repairs=CLOSED)
    gus = await windows.agent("gus")  # online: the hours hold all the same
    ann, wei = (
        await windows.customer(),
        await windows.customer("/?lang=zh", timezone_id="Asia/Shanghai", locale="zh-CN"),
    )
    await ann.launcher.click()
    hours = ann.view.locator(".start-hours")
    await expect(hours).to_contain_text(f"We are closed just nowWe open {IN_BERLIN}")
    await wei.launcher.click()
    await expect(wei.view.locator(".start-hours")).to_contain_text(IN_SHANGHAI)
    await expect(wei.view.locator(".start-form .primary")).to_have_text("留言")
    await expect(ann.view.get_by_role("button", name="Start the conversation")).to_have_count(0)
    await ann.view.locator("#name").fill("Ann")
    leave = ann.view.get_by_role("button", name="Leave a message")
    await leave.click()
    await expect(ann.view.locator(".start-form .problem")).to_have_text("Please write your message first.")
    assert await windows.desk.documents.chats.count_documents({}) == 0
    await ann.view.locator("#topic").fill("My kettle has a dent.\nCan you mend it?")
    await leave.click()
    await ann.sees("My kettle has a dent.\nCan you mend it?")
    card = ann.view.locator(".left-card")
    await expect(card).to_contain_text("Your message is waiting for us")
    await expect(card).to_contain_text(f"We open {IN_BERLIN}")
    await expect(ann.view.locator(".queue-card")).to_be_hidden()
    await ann.page.reload()
    await expect(card).to_contain_text(f"We open {IN_BERLIN}")
    chat = await windows.desk.documents.chats.find_one({})
    assert (chat["status"], chat["offline"], chat["department"]) == ("queued", True, "Repairs")
    await expect(gus.page.locator(".queue .row")).to_have_count(1)


@pytest.mark.slow
async def test_each_department_says_how_it_stands_and_takes_what_it_can(windows: Windows) -> None:
    await _save(windows, Repairs=CLOSED, Sales=ALWAYS)
    await windows.agent("gus")
    ann, bob = await windows.customer(), await windows.customer()
    await ann.launcher.click()
    repairs, sales = (ann.view.locator(".department", has_text=name) for name in ("Repairs", "Sales"))
    await expect(repairs).to_contain_text(f"Closed · opens {IN_BERLIN}")
    await expect(sales).to_contain_text("Open")
    await ann.view.locator("#topic").fill("A dented kettle")
    await repairs.click()
    await expect(ann.view.locator(".start-form .primary")).to_have_text("Leave a message")
    await expect(ann.view.locator("#topic")).to_have_value("A dented kettle")
    await sales.click()
    await ann.view.get_by_role("button", name="Start the conversation").click()
    await expect(ann.view.locator(".widget-head h1")).to_have_text("Gus")
    await bob.launcher.click()
    await bob.view.locator(".department", has_text="Repairs").click()
    await bob.view.locator("#topic").fill("Two cups")
    await bob.view.get_by_role("button", name="Leave a message").click()
    await expect(bob.view.locator(".left-card")).to_contain_text("Your message is waiting for us")
    found = {each["department"]: each["offline"] async for each in windows.desk.documents.chats.find({})}
    assert found == {"Sales": False, "Repairs": True}


@pytest.mark.slow
async def test_while_nobody_is_there_leaving_a_message_is_offered_beside_waiting(windows: Windows) -> None:
    ann, bob = await windows.customer(), await windows.customer()
    await bob.leaves_a_message("Do you deliver to Lisbon?", "Bob")
    await expect(bob.view.locator(".left-card")).to_contain_text("We will answer as soon as somebody is there.")
    await ann.launcher.click()
    await expect(ann.view.locator(".start-hours")).to_contain_text("Nobody is at the desk just now")
    await ann.view.get_by_role("button", name="Start the conversation").click()
    await expect(ann.view.locator(".queue-place")).to_have_text("Nobody is at the desk just now")


@pytest.mark.slow
async def test_the_form_does_without_the_word_of_the_desk(windows: Windows) -> None:
    await _save(windows, Repairs=ALWAYS, Sales=ALWAYS)
    await windows.agent("gus")
    ann = await windows.customer()
    await ann.page.route("**/api/availability", lambda route: route.abort())
    await ann.launcher.click()
    await ann.view.locator("#topic").fill("A dented kettle")
    await ann.view.get_by_role("button", name="Start the conversation").click()
    await ann.view.locator(".department", has_text="Sales").click()  # asked for once the desk itself has named them
    await ann.view.get_by_role("button", name="Start the conversation").click()
    await expect(ann.view.locator(".widget-head h1")).to_have_text("Gus")
    await expect(ann.topic_line).to_have_text("A dented kettle")
    assert (await windows.desk.documents.chats.find_one({}))["department"] == "Sales"


@pytest.mark.slow
async def test_an_open_form_hears_that_the_desk_has_closed(chromium: Browser, new_desk: Any) -> None:
    windows = Windows(chromium, await new_desk())
    await windows.agent("gus")
    ann = await windows.customer()
    await ann.launcher.click()
    await expect(ann.view.get_by_role("button", name="Start the conversation")).to_be_visible()
    await ann.view.locator("#topic").fill("A dented kettle")
    await _save(windows, Repairs=CLOSED)
    await expect(ann.view.locator(".start-hours")).to_contain_text("We are closed just now", timeout=50_000)
    await expect(ann.view.locator("#topic")).to_have_value("A dented kettle")
    await windows.close()
