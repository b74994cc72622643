"""Ada looks at what did not go, sends one again and drops another; and a notice stands on whatever page one has open."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from store.outbox.deliveries import NewDelivery
from tests.browser.test_axe import findings
from tests.browser.windows import Windows

PICTURES = os.environ.get("ANSWERS_PICTURES")  # a folder: the scenes are photographed there


async def photograph(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")


def notice(to: str, about: str, *, held: bool = False) -> NewDelivery:
    data = {"title": "Your kettle is mended", "body": about, "url": "https://shop.example/kettle"}
    return NewDelivery(f"notice:{about}:{to}", "notice", "socket", to, f"socket:{to}", data=data, held=held)


@pytest.mark.slow
async def test_what_did_not_go_is_sent_again_or_dropped_and_notices_are_seen(windows: Windows) -> None:
    outbox, deliveries = windows.desk.desk.outbox.outbox, windows.desk.documents.deliveries
    ben = await windows.desk.customer("ben", connected=False)
    given_up = await outbox.add([notice(ben.id, about, held=True) for about in ("fetch it", "fetch it soon")])
    dead = {"state": "dead", "error": "550 5.1.1 no such mailbox", "attempts": 9}
    await deliveries.update_many(
        {"_id": {"$in": [each.id for each in given_up]}},
        {"$set": {**dead, "settled_at": windows.desk.clock.now()}, "$unset": {"unsettled": ""}},
    )
    ada = await windows.admin("ada")
    page = ada.page
    await ada.goes_to("deliveries")
    dead_ones, others = (
        page.locator(".office-deliveries .records").first,
        page.locator(".office-deliveries .records").last,
    )
    await expect(dead_ones.locator(".record")).to_have_count(2)
    await expect(dead_ones.locator(".delivery-error").first).to_have_text("550 5.1.1 no such mailbox")
    await expect(dead_ones.locator(".soft").first).to_have_text("Given up · 9 tries")
    await photograph(page, "deliveries-desktop")
    assert await findings(page) == []
    await dead_ones.get_by_role("button", name="Drop").first.click()
    await expect(dead_ones.locator(".record")).to_have_count(1)
    await dead_ones.get_by_role("button", name="Send now").click()
    await expect(page.get_by_text("Everything that could go has gone.")).to_be_visible()
    await page.get_by_label("State").select_option("held")
    await page.get_by_role("button", name="Look again").click()
    await expect(others.locator(".record .soft")).to_contain_text("until its next visit")
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    customer = await windows.desk.documents.people.find_one({"name": "Ann"})
    ada_herself = await windows.desk.documents.people.find_one({"username": "ada"})
    assert customer
    assert ada_herself
    await outbox.add([notice(customer["_id"], "fetch it"), notice(ada_herself["_id"], "it was mended")])
    for view, words in ((ann.view.locator(".notice"), "fetch it"), (page.locator(".notice"), "it was mended")):
        await expect(view).to_contain_text(words)
        await expect(view.get_by_role("link", name="Open")).to_have_attribute("href", "https://shop.example/kettle")
    await photograph(ann.page, "notice-widget")
    assert await findings(page, ann.page.frames[1]) == []
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_label("State").select_option("")
    await expect(others.locator(".record")).to_have_count(4)
    await photograph(page, "deliveries-phone")
    await page.locator(".notice").get_by_role("button", name="Close").click()
    await expect(page.locator(".notice")).to_have_count(0)
    await ada.goes_to("departments")
    await page.get_by_role("button", name="New department").click()
    await ada.dialog.get_by_label("Name", exact=True).fill("Repairs")
    await ada.dialog.get_by_text("What the desk says by itself").click()
    await ada.dialog.get_by_label("Greeting (English)").fill("Hello from the workshop")
    await ada.dialog.get_by_label("While nobody answers", exact=False).first.uncheck()
    await photograph(page, "department-texts-phone")
    await ada.dialog.get_by_role("button", name="Save").click()
    await expect(page.locator(".department-row")).to_contain_text("Repairs")
    kept = await windows.desk.documents.departments.find_one({})
    assert kept
    assert kept["texts"] == {"greeting": {"en": "Hello from the workshop"}, "first_answer": None}
