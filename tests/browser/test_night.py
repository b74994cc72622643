"""The night: a message is left at 23:00, answered at 9:00, and goes on by the link of a mail, and by mail."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.test_axe import findings
from tests.browser.test_links_of_mails import link, on_page
from tests.browser.windows import Windows
from tests.support.desk import Scene
from tests.support.imap_server import ImapServer
from tests.support.mails import answer
from tests.support.smtp_server import SmtpDouble, Taken, smtp_server

PICTURES = os.environ.get("MAIL_PICTURES")  # a folder: what the mail looks like is kept there
PHONE = {"width": 390, "height": 844}
ANN = "ann@home.example"
QUESTION = "My kettle leaks. Is it under warranty?"


@pytest.fixture
async def night(
    chromium: Browser, new_desk: Callable[..., Awaitable[Scene]]
) -> AsyncIterator[tuple[Windows, SmtpDouble, ImapServer]]:
    """A desk at 23:00 with both its mail servers, and nobody there."""
    async with smtp_server() as post, ImapServer() as box:
        desk = await new_desk(
            smtp_url=post.url, imap_url=box.url, mail_from="Kettle & Co <desk@shop.example>",
            team_email="team@shop.example", outbox_retry_seconds=0.05,
        )  # fmt: skip
        await box.until_asked("IDLE")
        now = desk.clock.now()
        desk.clock.advance(seconds=((23 - now.hour) % 24) * 3600 - now.minute * 60)
        windows = Windows(chromium, desk)
        yield windows, post, box
        await windows.close()


async def later(desk: Scene, **duration: float) -> None:
    """So much time passes, and what is due by then is looked at."""
    await desk.looked()
    desk.clock.advance(**duration)
    await desk.looked()
    desk.desk.sending.sender.wake()


async def keep(windows: Windows, taken: Taken, name: str) -> None:
    """The mail as a program of mail shows it: nothing of it comes from elsewhere, and it can be read by everybody."""
    page = await windows.open("about:blank", viewport={"width": 640, "height": 900})
    await page.set_content(taken.html)
    assert await findings(page) == []
    assert await page.locator("img, script, link").count() == 0
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
        (Path(PICTURES) / f"{name}.html").write_text(taken.html)
        (Path(PICTURES) / f"{name}.txt").write_text(taken.text)


@pytest.mark.slow
async def test_a_message_left_at_night_is_answered_in_the_morning_and_goes_on_by_mail(
    night: tuple[Windows, SmtpDouble, ImapServer],
) -> None:
    windows, post, box = night
    desk = windows.desk
    ann = await windows.customer(viewport=PHONE)
    await ann.launcher.click()
    await ann.view.locator("#name").fill("Ann")
    await ann.view.locator("#topic").fill(QUESTION)
    await ann.view.locator("#email").fill(ANN)
    await ann.view.get_by_role("button", name="Leave a message").click()
    await ann.sees(QUESTION)
    assert desk.clock.now().hour == 23
    await ann.page.close()

    await later(desk, minutes=2)
    alert = await post.mail(lambda taken: taken.to == ["team@shop.example"])
    assert QUESTION in alert.text

    await later(desk, hours=9, minutes=58)
    gus = await windows.agent("gus")
    await gus.page.locator(".left-messages .row", has_text="Ann").get_by_role("button").click()
    await gus.says("Good morning! It is: we send you another one.")
    await gus.sees_status("sent")
    assert desk.clock.now().hour == 9

    await later(desk, minutes=2)
    first = await post.mail(lambda taken: taken.to == [ANN])
    assert "we send you another one" in first.text
    assert "warranty" not in first.text + first.html, "nobody has shown yet that this address is hers"
    await keep(windows, first, "night-answer")

    back = on_page(await windows.open(link(first, "chat"), viewport=PHONE))
    await back.sees(QUESTION, "Good morning! It is: we send you another one.")
    await back.says("Wonderful, thank you!")
    said = [QUESTION, "Good morning! It is: we send you another one.", "Wonderful, thank you!"]
    await gus.sees(*said)
    await expect(gus.page.locator(".pane-about .presence")).to_have_text("Online")
    await back.page.close()
    await expect(gus.page.locator(".pane-about .presence")).to_have_text("Offline")

    await gus.says("Which colour would you like?")
    said.append("Which colour would you like?")
    await later(desk, minutes=6)
    second = (await post.mails(2, lambda taken: taken.to == [ANN]))[1]
    assert "mail/confirm" not in second.text, "the link has shown whose address it is"
    assert second.message["References"] == first.message["References"]
    await keep(windows, second, "night-second")
    written = f"The red one.\r\n\r\nOn Sat, Kettle & Co wrote:\r\n> {said[-1]}\r\n"
    await box.put(answer(written, ANN, str(second.message["Reply-To"]), f"References: {second.message['Message-ID']}"))
    said.append("The red one.")
    await gus.sees(*said)
    if PICTURES:
        await gus.page.screenshot(path=Path(PICTURES) / "night-agent.png")
    await on_page(await windows.open(link(second, "chat"))).sees(*said)
