"""How staff come in: by an invitation, with a first password, with a second factor; and how they are let go."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pyotp
import pytest
from playwright.async_api import Browser, expect

from tests.browser.windows import EXPECTED, Admin, Agent, Windows
from tests.support.desk import PASSWORD, Scene


@pytest.fixture
async def windows(chromium: Browser, desk: Scene) -> AsyncIterator[Windows]:
    """The browser itself reports what a log-in is refused with."""
    opened = Windows(chromium, desk)
    opened.expected = re.compile(f"{EXPECTED.pattern}|status of (401|404|428)")
    yield opened
    await opened.close()


def code_of(desk: Scene, secret: str) -> str:
    return pyotp.TOTP(secret).at(desk.clock.now())


@pytest.mark.slow
async def test_bea_comes_by_her_invitation_and_is_let_go_again(windows: Windows) -> None:
    ada, gus = await windows.admin("ada"), await windows.desk.agent("gus")
    await ada.goes_to("people")
    await ada.page.get_by_role("button", name="Invite", exact=True).click()
    await ada.dialog.get_by_label("Name", exact=False).first.fill("Bea")
    await ada.dialog.get_by_label("As", exact=True).select_option("admin")
    await ada.dialog.get_by_label("Your own password").fill("wrong horse")
    await ada.dialog.get_by_role("button", name="Make the link").click()
    await expect(ada.dialog.locator(".problem")).to_contain_text("That is not your password.")
    await ada.dialog.get_by_label("As", exact=True).select_option("agent")
    await ada.dialog.get_by_role("button", name="Make the link").click()
    link = await ada.dialog.locator(".secret").inner_text()
    await ada.dialog.get_by_role("button", name="Done").click()
    await expect(ada.page.locator(".invitations .person")).to_contain_text("Bea")
    bea = Agent(await windows.open(link))
    await bea.page.get_by_label("Your name").fill("Bea Lind")
    await bea.page.get_by_label("User name").fill("bea")
    for label in ("New password", "New password, once more"):
        await bea.page.get_by_label(label, exact=True).fill("three green lamps")
    await bea.page.get_by_role("button", name="Begin").click()
    await bea.goes("online")
    late = await windows.open(link)
    await late.get_by_label("Your name").fill("Somebody")
    await late.get_by_label("User name").fill("somebody")
    for label in ("New password", "New password, once more"):
        await late.get_by_label(label, exact=True).fill("three green lamps")
    await late.get_by_role("button", name="Begin").click()
    await expect(late.get_by_role("alert")).to_contain_text("This link was used")
    await ada.goes_to("monitor")
    await ada.goes_to("people")
    await ada.page.get_by_role("button", name="Change Bea Lind").click()
    await ada.dialog.get_by_role("button", name="Delete the account").click()
    await ada.dialog.get_by_label("Open chats go to").select_option(label="Gus")
    await ada.dialog.get_by_label("Your own password").fill("wrong horse")
    await ada.dialog.get_by_role("button", name="Delete it").click()
    await expect(ada.dialog.locator(".problem")).to_contain_text("That is not your password.")
    await ada.dialog.get_by_label("Your own password").fill(PASSWORD)
    await ada.dialog.get_by_role("button", name="Delete it").click()
    await expect(bea.page.locator("#username")).to_be_visible()
    await expect(ada.page.locator(".person", has_text="Bea Lind")).to_have_count(0)
    assert gus.is_connected


@pytest.mark.slow
async def test_gus_sets_a_second_factor_up_and_logs_in_with_it(windows: Windows) -> None:
    gus = await windows.agent("gus")
    await gus.page.get_by_role("button", name="Your account").click()
    await gus.dialog.get_by_role("button", name="Set it up").click()
    secret = await gus.dialog.locator(".secret").inner_text()
    await expect(gus.dialog.locator(".factor-picture")).to_have_js_property("complete", True)
    assert await gus.dialog.locator(".factor-picture").evaluate("picture => picture.naturalWidth") > 100
    await gus.dialog.get_by_label("Code").fill("000000")
    await gus.dialog.get_by_role("button", name="Confirm").click()
    await expect(gus.dialog.locator(".factor .form .problem")).to_contain_text("This is not what the app shows")
    await gus.dialog.get_by_label("Code").fill(code_of(windows.desk, secret))
    await gus.dialog.get_by_role("button", name="Confirm").click()
    await expect(gus.dialog.locator(".recovery li")).to_have_count(10)
    recovery = await gus.dialog.locator(".recovery li").first.inner_text()
    await gus.dialog.get_by_role("button", name="I have kept them").click()
    await expect(gus.dialog.locator(".factor-part")).to_contain_text("Every log-in asks for a code")
    again = Agent(await windows.open("/agent"))
    await again.log_in("gus")
    await expect(again.page.get_by_role("alert")).to_contain_text("Now a code, too")
    await again.page.get_by_label("Code").fill("000000")
    await again.page.locator(".login-form button").click()
    await expect(again.page.get_by_role("alert")).to_contain_text("This code is wrong")
    await again.page.get_by_label("Code").fill(recovery)
    await again.page.locator(".login-form button").click()
    await again.goes("away")


async def test_an_admin_who_must_have_one_is_led_to_it(chromium: Browser, new_desk: Callable[..., Any]) -> None:
    desk: Scene = await new_desk(require_second_factor="admins")
    windows = Windows(chromium, desk)
    account = await desk.admin("ada", connected=False)
    ada = Admin(await windows.open("/admin", storage_state=windows.remembered(account)))
    await expect(ada.dialog.get_by_role("heading")).to_have_text("Set up a second factor first")
    secret = await ada.dialog.locator(".secret").inner_text()
    await ada.dialog.get_by_label("Code").fill(code_of(desk, secret))
    await ada.dialog.get_by_role("button", name="Confirm").click()
    await ada.dialog.get_by_role("button", name="I have kept them").click()
    await ada.goes_to("people")
    await expect(ada.page.locator(".person", has_text="Ada")).to_contain_text("second factor")
    await windows.close()
