"""What came by mail, as Gus sees it: her words, another's words, what was left out, and the whole mail behind a line."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.test_axe import findings
from tests.browser.windows import Windows
from tests.support.desk import Scene
from tests.support.imap_server import ImapServer
from tests.support.mails import PNG, answer, bounce, mail, multipart, part, text
from tests.support.smtp_server import smtp_server

PICTURES = os.environ.get("MAIL_PICTURES")  # a folder: the scene is photographed there
ANN = "Ann Lee <ann@home.example>"


async def photograph(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("zh-CN", "dark")])
async def test_gus_reads_what_came_by_mail(
    chromium: Browser, new_desk: Callable[..., Awaitable[Scene]], locale: str, scheme: str
) -> None:
    async with smtp_server() as smtp, ImapServer() as box:
        desk = await new_desk(
            smtp_url=smtp.url, mail_from="Kettle & Co <desk@shop.example>", imap_url=box.url, outbox_retry_seconds=0.05,
            mail_unread_minutes=0.001, max_file_size=100_000,
        )  # fmt: skip
        await box.until_asked("IDLE")
        windows = Windows(chromium, desk)
        ann = await desk.customer("ann", email="ann@home.example")
        chat_id = await desk.chat(ann, leave_message=True, topic="Kettle")
        await ann.say(chat_id, "My kettle leaks")
        await ann.disconnect()
        gus = await windows.agent("gus", online=False, locale=locale, color_scheme=scheme)
        await gus.page.locator(".left-messages .row").get_by_role("button").click()
        await gus.says("Where does it leak?")
        sent = await smtp.mail(lambda taken: taken.to == ["ann@home.example"])
        reply_to = str(sent.message["Reply-To"])
        film = part("video/mp4", b"x" * 200_000, 'Content-Disposition: attachment; filename="film.mp4"')
        picture = part("image/png", PNG, 'Content-Disposition: attachment; filename="lid.png"')
        await box.put(
            mail(multipart("mixed", [text("At the lid, see the picture and the film."), picture, film]), ANN, reply_to)
        )
        await box.put(answer("I am her landlord: it leaks at the handle, too.", "Bob <bob@else.example>", reply_to))
        lines = gus.page.locator(".lines")
        await expect(lines).to_contain_text("bob@else.example")
        await expect(lines).to_contain_text("film.mp4 (195 KB)")
        await desk.until(lambda: desk.documents.deliveries.find_one({"kind": "answer", "state": "sent"}))
        await box.put(bounce(str(sent.message["Message-ID"]), "ann@home.example"))
        await expect(lines.locator(".line-system").last).to_contain_text("ann@home.example")
        await expect(lines.locator("button.by-mail")).to_have_count(3)  # her words, her picture, another's words
        whole = lines.locator("button.by-mail").first
        async with gus.page.expect_download() as begun:
            await whole.click()
        loaded = Path(await (await begun.value).path())
        assert b"film.mp4" in loaded.read_bytes()
        assert await findings(gus.page) == []
        await photograph(gus.page, f"answers-by-mail-desktop-{locale}")
        await gus.page.set_viewport_size({"width": 390, "height": 844})
        await photograph(gus.page, f"answers-by-mail-phone-{locale}")
        assert await findings(gus.page) == []
        await windows.close()
