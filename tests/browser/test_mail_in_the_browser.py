"""Mail as people see it: its HTML, the page behind its link, the conversation it leads back to, the admin's test mail."""

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.test_axe import findings
from tests.browser.windows import Windows
from tests.support.desk import Scene
from tests.support.smtp_server import smtp_server

PICTURES = os.environ.get("MAIL_PICTURES")  # a folder: the scene is photographed there


async def photograph(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def later(desk: Scene, **duration: float) -> None:
    desk.clock.advance(**duration)
    await desk.looked()
    desk.desk.sending.sender.wake()


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
async def test_a_mail_brings_ann_back_and_ada_tries_the_way(
    chromium: Browser, new_desk: Callable[..., Awaitable[Scene]], tmp_path: Path, locale: str
) -> None:
    async with smtp_server() as post:
        desk = await new_desk(
            smtp_url=post.url, mail_from="Kettle & Co <desk@shop.example>", team_email="team@shop.example"
        )
        windows = Windows(chromium, desk)
        ann = await desk.customer("ann", email="ann@home.example", locale=locale)
        chat_id = await desk.chat(ann, leave_message=True, topic="Kettle")
        await ann.say(chat_id, "My kettle leaks. שלום")
        await ann.disconnect()
        await desk.until(lambda: desk.documents.chats.find_one({"gone_at": {"$ne": None}}))
        await later(desk, minutes=1)
        gus = await desk.agent("gus", status="away")
        await gus.ask("take_chat", chat_id=chat_id)
        for line in ("Good morning! We have looked at it.", "A new lid <b>costs nothing</b>: שלום, 您好 & welcome."):
            await gus.say(chat_id, line)
        await desk.until(lambda: desk.documents.deliveries.count_documents({"kind": "answer"}))
        await later(desk, minutes=1)
        for name, to in (("alert", "team@shop.example"), ("answer", "ann@home.example")):
            mail = await post.mail(lambda taken, to=to: taken.to == [to])  # type: ignore[misc]
            file = tmp_path / f"{name}.html"
            file.write_text(mail.html)
            for width, where in ((720, "desktop"), (390, "phone")):
                page = await windows.open(file.as_uri(), viewport={"width": width, "height": 800})
                assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                await photograph(page, f"{name}-{where}-{locale}")
            if PICTURES:
                (Path(PICTURES) / f"{name}-{locale}.txt").write_text(mail.text)
        found = re.search(r"https?://\S+/mail/confirm\?token=\S+", mail.text)
        assert found
        page = await windows.open(found[0], locale=locale)
        assert await findings(page) == []
        await photograph(page, f"confirm-{locale}")
        await page.get_by_role("button").click()
        await expect(page.get_by_role("button")).to_have_count(0)
        await photograph(page, f"confirmed-{locale}")
        found = re.search(r"https?://\S+/chat\?token=\S+", mail.text)
        assert found
        page = await windows.open(found[0], locale=locale)
        await expect(page.locator("body")).to_contain_text("We have looked at it.")
        await photograph(page, f"back-{locale}")
        ada = await windows.admin("ada")
        await ada.goes_to("deliveries")
        await ada.page.get_by_role("button", name="Send myself a test mail").click()
        await expect(ada.page.get_by_role("status").filter(has_text="no e-mail address yet")).to_be_visible()
        await ada.goes_to("people")
        await ada.page.get_by_role("button", name="Change Ada").click()
        await ada.dialog.get_by_label("E-mail").fill("ada@shop.example")
        await ada.dialog.get_by_role("button", name="Save").click()
        await expect(ada.page.locator(".person", has_text="Ada")).to_contain_text("ada@shop.example")
        await ada.goes_to("deliveries")
        await ada.page.get_by_role("button", name="Send myself a test mail").click()
        await post.mail(lambda taken: taken.to == ["ada@shop.example"])
        await ada.page.get_by_role("button", name="Look again").click()
        await expect(ada.page.locator(".delivery", has_text="Test mail")).to_contain_text("Sent")
        assert await findings(ada.page) == []
        await photograph(ada.page, f"deliveries-{locale}")
        await windows.close()
