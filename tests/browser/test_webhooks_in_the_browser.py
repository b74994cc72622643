"""Ada has the shop's CRM told what happens: she makes a webhook, tries it, sees what it answers, pauses it and lets it go."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect
from standardwebhooks import Webhook

from tests.browser.test_axe import findings
from tests.browser.windows import Windows
from tests.support.desk import Scene
from tests.support.webhook_receiver import FAILING, OK, WebhookReceiver


@pytest.fixture
async def desk(new_desk: Callable[..., Awaitable[Scene]]) -> Scene:
    return await new_desk(webhook_allow="127.0.0.1", outbox_retry_seconds=0.5)


@pytest.mark.slow
async def test_a_webhook_is_made_tried_watched_paused_and_deleted(windows: Windows) -> None:
    ada = await windows.admin("ada")
    await ada.goes_to("webhooks")
    await expect(ada.page.get_by_text("No program is told anything.")).to_be_visible()
    async with WebhookReceiver() as crm:
        await ada.page.get_by_role("button", name="New webhook").click()
        make = ada.dialog.get_by_role("button", name="Make")
        await ada.dialog.get_by_label("Address").fill("http://10.0.0.1/hook")
        await expect(make).to_be_disabled()
        for words in ("somebody said something", "a chat was asked for"):
            await ada.dialog.get_by_label(words).check()
        await make.click()
        await expect(ada.dialog.get_by_role("alert")).to_contain_text("by https only")
        await ada.dialog.get_by_label("Address").fill(crm.url)
        assert await findings(ada.page) == []
        await make.click()
        secret = await ada.dialog.locator(".secret").inner_text()
        await ada.dialog.get_by_role("button", name="I have noted it").click()
        row = ada.page.locator(".webhook")
        await expect(row).to_contain_text("a chat was asked for")
        await row.get_by_role("button", name="Try").click()
        await expect(row.get_by_role("status")).to_contain_text("It answered 200")
        assert Webhook(secret).verify(crm.ledger[0].body, crm.ledger[0].headers)["type"] == "webhook_test"
        crm.mode = FAILING
        ann = await windows.customer()
        await ann.asks_for_a_chat(topic="Where is my parcel?")
        await expect(row).to_contain_text("No call has gone well since", timeout=15_000)
        await expect(row.locator(".tag-like")).to_have_text("failing")
        await row.get_by_text("Its last answers").click()
        await expect(row.locator(".webhook-calls")).to_contain_text("500: the shop's own trouble")
        assert await findings(ada.page) == []
        await row.get_by_role("button", name="Pause").click()
        await expect(row.locator(".tag-like")).to_have_text("paused")
        crm.mode = OK
        await row.get_by_role("button", name="Go on").click()
        await crm.gets(2)
        await expect(row.locator(".tag-like")).to_have_text("on", timeout=15_000)
        await row.get_by_role("button", name="Delete").click()
        await ada.dialog.get_by_role("button", name="Delete").click()
        await expect(row).to_have_count(0)
