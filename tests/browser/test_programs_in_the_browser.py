"""Ada gives the shop's CRM a credential; what it says and knows is seen by Ann and Gus; Ada takes it back."""

import pytest
from playwright.async_api import expect

from server.core.scopes import SCOPES
from tests.browser.test_axe import findings
from tests.browser.windows import Windows


@pytest.mark.slow
async def test_a_program_comes_speaks_and_goes(windows: Windows) -> None:
    desk = windows.desk
    ada = await windows.admin("ada")
    await ada.goes_to("programs")
    await expect(ada.page.get_by_text("No program has a credential.")).to_be_visible()
    await ada.page.get_by_role("button", name="New credential").click()
    create = ada.dialog.get_by_role("button", name="Create")
    await ada.dialog.get_by_label("Name", exact=True).fill("The shop's CRM")
    await expect(create).to_be_disabled()
    offered = [await box.get_attribute("value") for box in await ada.dialog.locator("input[type=checkbox]").all()]
    assert offered == list(SCOPES)
    for words in ("write in chats, as a bot", "change and erase customers"):
        await ada.dialog.get_by_label(words).check()
    assert await findings(ada.page) == []
    await create.click()
    credential = await ada.dialog.locator(".secret").inner_text()
    await ada.dialog.get_by_role("button", name="I have noted it").click()
    row = ada.page.locator(".person", has_text="The shop's CRM")
    await expect(row).to_contain_text("write in chats, as a bot, change and erase customers")
    assert await findings(ada.page) == []
    gus, ann = await windows.agent("gus"), await windows.customer()
    await ann.asks_for_a_chat(topic="Where is my parcel?")
    await gus.opens_the_chat_of("Ann")
    [chat] = await desk.documents.chats.find({}).to_list(None)
    said = {"client_id": "order-7", "body": "It left this morning."}
    status, _ = await desk.post(f"/api/chats/{chat['_id']}/messages", said, credential)
    assert status == 201
    for view in (ann.view, gus.view):
        line = view.locator(".line", has_text="It left this morning.")
        await expect(line.locator(".line-name")).to_have_text("The shop's CRM Bot")
    told = {"attributes": {"customer_since": "2019"}}
    status, _ = await desk.request("PUT", f"/api/customers/{chat['customer_id']}", credential, json=told)
    assert status == 200
    await expect(gus.page.locator(".facts")).to_contain_text("customer since")
    await expect(gus.page.locator(".facts")).to_contain_text("2019")
    await ada.goes_to("monitor")
    await ada.opens_the_chat_of("Ann")
    await expect(ada.page.locator(".follow-facts")).to_have_text("customer since2019")
    assert await findings(ada.page) == []
    await ada.goes_to("programs")
    await row.get_by_role("button", name="Revoke").click()
    await ada.dialog.get_by_role("button", name="Revoke").click()
    await expect(row).to_have_count(0)
    status, _ = await desk.post(f"/api/chats/{chat['_id']}/messages", said, credential)
    assert status == 401
