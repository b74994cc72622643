"""What the links of mails open in a browser: a conversation and no other one, its transcript, a new password."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.test_axe import findings
from tests.browser.windows import EXPECTED, Customer, Windows
from tests.support.desk import PASSWORD
from tests.support.smtp_server import SmtpDouble, Taken


@pytest.fixture
async def windows(chromium: Browser, new_desk: Any, post: SmtpDouble) -> AsyncIterator[Windows]:
    """The browser itself reports what is refused."""
    desk = await new_desk(smtp_url=post.url, mail_from="Kettle & Co <desk@shop.example>", outbox_retry_seconds=0.05)
    opened = Windows(chromium, desk)
    opened.expected = re.compile(f"{EXPECTED.pattern}|status of (401|410|422)")
    yield opened
    await opened.close()


def link(taken: Taken, path: str) -> str:
    found = re.search(rf"https?://\S+/{path}\?token=\S+", taken.text)
    assert found, taken.text
    return found[0]


def on_page(page: Page) -> Customer:
    """The widget's full page."""
    customer = Customer(page)
    customer.view = page
    return customer


@pytest.mark.slow
async def test_a_link_leads_back_into_its_conversation_and_runs_out(windows: Windows, post: SmtpDouble) -> None:
    """On another device; the address keeps no token, a reload does; at the end the transcript is asked for."""
    desk = windows.desk
    ann = await desk.customer("ann", email="ann@home.example")
    old = await desk.chat(ann)
    await ann.say(old, "something else, long ago")
    await ann.ask("leave_queue", chat_id=old)
    gus = await windows.agent("gus")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "my kettle leaks")
    url = desk.desk.rules.people.chat_links.url(ann.id, chat_id, "ann@home.example")  # so it is confirmed
    back = on_page(await windows.open(url))
    await back.sees("my kettle leaks")
    assert "token" not in back.page.url
    await back.page.reload()
    await back.sees("my kettle leaks")
    await gus.opens_the_chat_of("Ann")
    await gus.says("we send another one")
    await back.says("wonderful")
    await gus.sees("my kettle leaks", "we send another one", "wonderful")
    await back.ends()
    await expect(back.page.locator(".ending")).to_be_visible()
    assert "long ago" not in await back.page.inner_text("body")
    await back.page.get_by_role("button", name="Mail me this conversation").click()
    await expect(back.page.get_by_label("Your e-mail address")).to_have_value("ann@home.example")
    await back.page.get_by_role("button", name="Send", exact=True).click()
    await expect(back.page.locator(".transcript")).to_contain_text("on its way to ann@home.example")
    read = await windows.open(link(await post.mail(), "chat"))
    await expect(read.locator(".transcript .line")).to_have_text(
        [re.compile("my kettle leaks"), re.compile("we send another one"), re.compile("wonderful")]
    )
    assert await findings(back.page, read) == []
    await gus.page.get_by_role("button", name="Transcript").click()
    assert await findings(gus.page) == []
    async with gus.page.expect_download() as saved:
        await gus.page.get_by_role("button", name="Download as a page").click()
    assert (await saved.value).suggested_filename == f"conversation-{chat_id}.html"
    await gus.dialog.get_by_role("button", name="Close").click()
    await back.page.get_by_role("button", name="Continue").click()
    await back.says("and the lamp, too")
    await gus.page.locator(".list:not(.queue) .row-main", has_text="and the lamp").click()
    await gus.sees("my kettle leaks", "we send another one", "wonderful", "and the lamp, too")
    desk.clock.advance(days=8)
    late = await windows.open(url)
    await expect(late.locator(".link-over h1")).to_have_text("This link has run out")
    assert await findings(late) == []
    await late.get_by_role("button", name="Mail me a new link").click()
    await expect(late.get_by_role("status")).to_contain_text("on its way")
    anew = await post.mail(lambda taken: "new link" in str(taken.message["Subject"]))
    anew_page = on_page(await windows.open(link(anew, "chat")))
    await anew_page.sees("my kettle leaks", "we send another one", "wonderful", "and the lamp, too")


@pytest.mark.slow
async def test_gus_has_forgotten_his_password(windows: Windows, post: SmtpDouble) -> None:
    desk = windows.desk
    gus, ada = await desk.agent("gus", connected=False), await desk.admin("ada")
    await ada.ask("update_user", id=gus.id, email="gus@shop.example")
    page = await windows.open("/login")
    await page.get_by_label("User name").fill("gus")
    await page.get_by_role("button", name="Forgot your password?").click()
    await page.get_by_role("button", name="Mail me a link").click()
    await expect(page.get_by_role("status")).to_contain_text("a link is on its way")
    url = link(await post.mail(), "reset")
    chosen = await windows.open(url)
    assert "token" not in chosen.url
    assert await findings(page, chosen) == []
    for label in ("New password", "New password, once more"):
        await chosen.get_by_label(label, exact=True).fill("three green lamps")
    await chosen.get_by_role("button", name="Save the password").click()
    await expect(chosen.get_by_role("status")).to_contain_text("Your new password is saved")
    await chosen.get_by_role("link", name="Log in").click()
    for password, seen in (
        (PASSWORD, chosen.get_by_role("alert")),
        ("three green lamps", chosen.locator(".status-choices")),
    ):
        await chosen.get_by_label("User name").fill("gus")
        await chosen.get_by_label("Password", exact=True).fill(password)
        await chosen.get_by_role("button", name="Log in").click()
        await expect(seen).to_be_visible()
    again = await windows.open(url)
    for label in ("New password", "New password, once more"):
        await again.get_by_label(label, exact=True).fill("four green lamps")
    await again.get_by_role("button", name="Save the password").click()
    await expect(again.get_by_role("alert")).to_contain_text("This link was used")
