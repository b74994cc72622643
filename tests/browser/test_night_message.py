"""A message left at night: where its answer may go is asked, and the answer is found, with and without an address."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.test_axe import findings
from tests.browser.test_deliveries import photograph
from tests.browser.windows import Windows
from tests.support.hours import department
from tests.support.smtp_server import SmtpDouble, smtp_server

PHONE = {"width": 390, "height": 844}


@pytest.mark.slow
async def test_who_leaves_a_message_at_night_says_where_the_answer_may_go(chromium: Browser, new_desk: Any) -> None:
    async with smtp_server() as post:
        windows = Windows(chromium, await new_desk(smtp_url=post.url, mail_from="Kettle & Thread <desk@shop.example>"))
        await a_night(windows, post)
        await windows.close()


async def a_night(windows: Windows, post: SmtpDouble) -> None:
    boss = await windows.desk.admin("boss")
    opens_on = (windows.desk.clock.now()).date().isoformat()
    await department(boss, "Sales", hours={"mon": [["09:00", "17:00"]]}, special_days={opens_on: []})
    gus = await windows.agent("gus", online=False)
    ann, bea = await windows.customer(viewport=PHONE), await windows.customer()
    for who in (ann, bea):
        await who.launcher.click()
    await expect(bea.view.locator("#email")).to_be_visible()
    await ann.view.locator("#name").fill("Ann")
    await ann.view.locator("#topic").fill("Do you deliver to Lisbon?")
    await ann.view.locator("#email").fill("ann at example.com")
    await photograph(ann.page, "night-form-phone")
    await photograph(bea.page, "night-form-desktop")
    assert await findings(ann.page.frames[1]) == []
    leave = ann.view.get_by_role("button", name="Leave a message")
    await leave.click()
    await expect(ann.view.locator("#email:invalid")).to_be_focused()
    await ann.view.locator("#email").fill("ann@example.com")
    await leave.click()
    await ann.sees("Do you deliver to Lisbon?")
    card = ann.view.locator(".address-card")
    await expect(card).to_contain_text("While you are away, our answer goes to ann@example.com.")
    await photograph(ann.page, "night-left-with-address-phone")
    await bea.view.locator("#topic").fill("Is the blue one back?")
    await bea.view.get_by_role("button", name="Leave a message").click()
    await expect(bea.view.locator(".address-card")).to_contain_text("Where may we answer you?")
    await photograph(bea.page, "night-left-without-address-desktop")
    assert await findings(ann.page.frames[1], bea.page.frames[1]) == []
    await bea.view.get_by_label("Where may we answer you?").fill("bea@example.com")
    await bea.view.get_by_role("button", name="Leave address").click()
    known = bea.view.locator(".address-card")
    await expect(known).to_contain_text("While you are away, our answer goes to bea@example.com.")
    await bea.page.reload()
    await expect(known).to_contain_text("bea@example.com")
    await ann.page.close()
    rows = gus.page.locator(".left-messages .row")
    await expect(rows.filter(has_text="Ann")).to_contain_text("by e-mail")
    await photograph(gus.page, "inbox-left-messages-desktop")
    await rows.filter(has_text="Ann").get_by_role("button").click()
    note = gus.page.locator(".left-note")
    await expect(note).to_contain_text(
        "goes to ann@example.com by e-mail while the visitor is away; nobody has confirmed that address"
    )
    await expect(note).to_contain_text("Left today at")
    await gus.says("Yes, within five days.")
    await gus.sees_status("sent")
    await photograph(gus.page, "inbox-answered-desktop")
    desk = windows.desk
    await desk.until(lambda: desk.documents.deliveries.count_documents({"kind": "answer"}))
    desk.clock.advance(hours=9)
    await desk.looked()
    desk.desk.sending.sender.wake()
    await post.mail(lambda mail: mail.to == ["ann@example.com"])
    ann = await ann.comes_back()
    await expect(ann.page.locator("deskwire-launcher .badge")).to_have_text("1")
    await photograph(ann.page, "night-answer-badge-phone")
    await ann.launcher.click()
    await ann.sees("Do you deliver to Lisbon?", "Yes, within five days.")
    await expect(ann.view.locator(".address-card")).to_contain_text("ann@example.com")
    await expect(note).to_contain_text("The visitor is here and reads your answer.")
    await ann.says("Thank you!")
    await gus.sees("Do you deliver to Lisbon?", "Yes, within five days.", "Thank you!")
    await gus.page.set_viewport_size(PHONE)
    await photograph(gus.page, "inbox-answered-phone")


@pytest.mark.slow
async def test_what_the_desk_says_by_itself_reads_as_the_desks(chromium: Browser, new_desk: Any) -> None:
    windows = Windows(chromium, await new_desk(greeting="waiting", first_answer_seconds=60))
    gus, ada = await windows.agent("gus", online=False), await windows.admin("ada")
    ann = await windows.customer(viewport=PHONE, locale="zh-CN")
    await ann.asks_for_a_chat("Ann", "Kettle")
    windows.desk.clock.advance(seconds=1)
    await expect(ann.lines).to_have_text([re.compile("您好")])
    windows.desk.clock.advance(seconds=60)
    await expect(ann.lines).to_have_text([re.compile("您好"), re.compile("感谢您的耐心等待")])
    await expect(ann.view.locator(".line-theirs.is-first .line-name")).to_have_text("客服 机器人")
    await photograph(ann.page, "greeting-phone-zh")
    await gus.goes("online")
    await gus.opens_the_chat_of("Ann")
    await expect(gus.lines).to_have_count(2)
    await expect(gus.page.locator(".line-mine.is-first .line-name").first).to_have_text("Support Bot")
    await expect(gus.page.locator(".list:not(.queue) .row-words")).to_contain_text("Support (Bot): ")
    await expect(ada.page.locator(".stream-line").first).to_contain_text(re.compile(r"Support\s*Bot"))
    await photograph(gus.page, "greeting-inbox-desktop")
    assert await findings(ann.page.frames[1], gus.page, ada.page) == []
    await windows.close()
