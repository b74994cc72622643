"""An admin takes out what is known of a customer, and erases it with a password."""

import pytest
from playwright.async_api import expect

from tests.browser.test_axe import findings
from tests.browser.windows import Windows
from tests.support.desk import PASSWORD


@pytest.mark.slow
async def test_an_admin_takes_out_and_erases_what_is_known_of_a_customer(windows: Windows) -> None:
    gus = await windows.desk.agent("gus")
    ann = await windows.desk.customer("ann")
    chat_id = await windows.desk.chat(ann)
    await gus.hears("chat_opened")
    await ann.say(chat_id, "Hello")
    ada = await windows.admin("ada")
    await ada.opens_the_chat_of("Ann")
    async with ada.page.expect_download() as begun:
        await ada.page.get_by_role("button", name="Export their data").click()
    download = await begun.value
    assert download.suggested_filename.endswith(".zip")
    assert await download.failure() is None
    await ada.page.get_by_role("button", name="Erase…").click()
    assert await findings(ada.page) == []
    await ada.dialog.get_by_label("Your own password").fill("a guess")
    await ada.dialog.get_by_role("button", name="Erase for good").click()
    await expect(ada.dialog.locator(".problem")).to_contain_text("That is not your password.")
    await ada.dialog.get_by_label("Your own password").fill(PASSWORD)
    await ada.dialog.get_by_role("button", name="Erase for good").click()
    await expect(ada.dialog).to_contain_text("All that was known of Ann has been erased")
    assert await findings(ada.page) == []
    await ada.dialog.locator(".buttons button").click()
    await expect(ada.page.locator(".pick")).to_be_visible()
    await expect(ada.page.locator(".chats-ended .row-title")).to_contain_text("Visitor")
    await ada.goes_to("audit")
    await expect(ada.page.locator(".record p:first-child").first).to_have_text(
        f"Ada erased all that was known of {ann.id}"
    )
