"""Whose page it is, and who a customer is, may change while it is open: nothing of the person before stays on it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.talks import (
    NAMES,
    TURNS,
    Talk,
    begins_to_write,
    compare_with_the_desk,
    shows_nobody_else,
    three_talks,
)
from tests.browser.windows import Agent, Customer, Windows
from tests.support.desk import PASSWORD, Scene
from tests.support.people import Someone
from tests.test_people import SITE, passport


@pytest.fixture
async def locked(new_desk: Callable[..., Any]) -> Scene:
    """A desk that trusts its host site's word on who somebody is."""
    scene: Scene = await new_desk(site_secret=SITE)
    return scene


@pytest.mark.slow
async def test_the_queue_and_the_lists_follow_a_guest_who_says_who_they_are(chromium: Browser, locked: Scene) -> None:
    windows = Windows(chromium, locked)
    gus = await windows.agent("gus")
    ada = await windows.admin("ada")
    guests = [await locked.customer("guest") for _ in NAMES]
    chats = [await locked.chat(guest, topic=name) for guest, name in zip(guests, NAMES, strict=True)]
    talking = await locked.customer("guest")
    await locked.documents.seats.update_one({}, {"$set": {"max_chats": 0}})
    gone = await locked.chat(talking, topic="Dora")
    await locked.post("/api/auth/identify", {"identity_token": passport(locked, "d", name="Dora")}, token=talking.token)
    for name, guest, chat_id in zip(NAMES, guests, chats, strict=True):
        await guest.say(chat_id, f"{name} line")
        token = passport(locked, name, name=name)
        status, _ = await locked.post("/api/auth/identify", {"identity_token": token}, token=guest.token)
        assert status == 200
    await gus.page.reload()
    own = gus.page.locator(".list:not(.queue)")
    await expect(own.locator(".row-title")).to_have_text(list(NAMES), use_inner_text=True)
    for page in (gus.page.locator(".queue"), ada.page.locator(".chats-queue")):
        await expect(page.locator(".row-title")).to_have_text("Dora")
        await expect(page.locator(".row .avatar")).to_have_text("D")
    await expect(gus.page.locator(".queue button", has_text="Take")).to_have_accessible_name("Take the chat of Dora")
    await expect(ada.page.locator(".chats-open .avatar")).to_have_text(["C", "B", "A"])
    assert gone
    await windows.close()


@pytest.mark.slow
async def test_the_chat_on_view_takes_the_name_its_customer_gives(chromium: Browser, locked: Scene) -> None:
    windows = Windows(chromium, locked)
    gus = await windows.agent("gus")
    guest = await locked.customer("guest")
    chat_id = await locked.chat(guest)
    await guest.say(chat_id, "Hello")
    await gus.opens_the_chat_of("Guest")
    await expect(gus.page.locator(".line-name")).to_have_text("Guest")
    token = passport(locked, "ann", name="Ann")
    await locked.post("/api/auth/identify", {"identity_token": token}, token=guest.token)
    await expect(gus.page.locator(".pane-name")).to_have_text("Ann")
    await expect(gus.page.locator(".pane-avatar .avatar")).to_have_text("A")
    line = await locked.documents.messages.find_one({"chat_id": chat_id, "kind": "text"})
    await expect(gus.page.locator(".line-name")).to_have_text(line["sender"]["name"])  # as it was when it was said
    hue = sum(map(ord, line["sender"]["id"])) % 6
    await expect(gus.page.locator(".line .avatar")).to_have_attribute("data-hue", str(hue))
    await windows.close()


async def identified(locked: Scene, name: str) -> Someone:
    status, body = await locked.post("/api/auth/identify", {"identity_token": passport(locked, name, name=name)})
    assert status == 200
    return await Someone(locked.base_url, "/customer", body["token"], body["user"]).connect()


async def is_called(ann: Customer, locked: Scene, name: str) -> None:
    await ann.page.evaluate("token => Deskwire.identify(token)", passport(locked, name, name=name))


@pytest.mark.slow
async def test_the_widget_turns_from_one_person_to_another(chromium: Browser, locked: Scene) -> None:
    windows = Windows(chromium, locked)
    await locked.agent("gus")
    gus = await locked.log_in("gus", "/agent")
    talks = {}
    for name in NAMES:
        customer = await identified(locked, name)
        chat_id = await locked.chat(customer)
        for number in ("first", "second"):
            await customer.say(chat_id, f"{name} {number} line", client_id=number)  # each by the same name of its own
        await gus.say(chat_id, f"{name} answered by Gus")
        talks[name] = Talk(locked, customer, chat_id)
        await customer.disconnect()
    shop = await windows.customer()
    await shop.launcher.click()
    for name in TURNS:
        await is_called(shop, locked, name)
        await expect(shop.lines).to_have_text(await talks[name].of("messages", kind="text"))
        await shows_nobody_else(shop.view.locator(".widget"), name)
        await shop.view.locator("#composer").fill(f"{name} draft")
    await asyncio.gather(*(is_called(shop, locked, name) for name in NAMES))  # the last one named counts
    await expect(shop.lines).to_have_text(await talks["Cleo"].of("messages", kind="text"))
    await windows.close()


@pytest.mark.slow
async def test_two_agents_in_one_browser_are_never_mixed(windows: Windows) -> None:
    account = await windows.desk.agent("gus")
    talk = (await three_talks(windows.desk, account))["Ann"]
    gus = await windows.desk_of(account)
    await gus.opens_the_chat_of("Ann")
    await begins_to_write(gus, "Ann")
    bea = await windows.desk.agent("bea")
    second = Agent(await windows.tab(gus.page.context, "/agent"))
    await second.page.get_by_role("button", name="Log out").click()
    await expect(gus.page.locator(".login .problem")).to_have_text("You have logged out in another tab.")
    await second.log_in("bea", PASSWORD)
    await expect(gus.page.locator(".whoami-name")).to_have_text("Bea")
    assert "Ann" not in await gus.page.locator(".desk").inner_text()
    phone = await windows.desk.log_in("gus", "/agent")
    await phone.ask("transfer_chat", chat_id=talk.chat_id, agent_id=bea.id)
    await gus.opens_the_chat_of("Ann")
    await compare_with_the_desk(gus.page, talk)
    await expect(gus.page.locator("#composer")).to_have_value("")  # what Gus began to write is his own
    await expect(gus.page.locator("#note")).to_have_value("")


@pytest.mark.slow
async def test_one_agent_takes_anothers_place_in_another_tab(windows: Windows) -> None:
    """Without a log-out between them: the page that was Gus's is Bea's from then on, and never both."""
    account = await windows.desk.agent("gus")
    await three_talks(windows.desk, account)
    gus = await windows.desk_of(account)
    await gus.opens_the_chat_of("Ann")
    await windows.desk.agent("bea", status=None)
    second = Agent(await windows.tab(gus.page.context, "/login"))
    await second.log_in("bea", PASSWORD)
    await expect(gus.page.locator(".whoami-name")).to_have_text("Bea")
    await expect(gus.page.locator(".list:not(.queue) .row")).to_have_count(0)
    assert "Ann" not in await gus.page.locator(".desk").inner_text()
