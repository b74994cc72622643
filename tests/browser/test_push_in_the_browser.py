"""Pushes as people meet them: a notification of a page that nobody looks at, what a press on it does, and the self-test."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, CDPSession, Page, expect

from tests.browser.windows import EXPECTED, Agent, Windows
from tests.support.desk import Scene
from tests.support.push_service import PushService

NewDesk = Callable[..., Awaitable[Scene]]
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.getRegistration("/agent");
  return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data }));
}"""
PRESS = """async () => {
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""
HIDE = """(state) => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
  document.dispatchEvent(new Event("visibilitychange"));
}"""

# A browser profile of a test is a private window to Chromium.
PRIVATE = re.compile(f"{EXPECTED.pattern}|Push API in incognito mode")


class Workers:
    """The service workers of a page, as the developer tools see them."""

    def __init__(self, session: CDPSession, origin: str) -> None:
        self._session = session
        self._origin = origin
        self._ids: dict[str, str] = {}
        session.on("ServiceWorker.workerRegistrationUpdated", self._note)

    def _note(self, event: dict[str, Any]) -> None:
        for each in event["registrations"]:
            self._ids[each["scopeURL"]] = each["registrationId"]

    async def deliver(self, scope: str, told: dict[str, Any]) -> None:
        """Hands over what a push service would: this browser cannot subscribe without its maker's."""
        await self._session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self._origin, "registrationId": self._ids[self._origin + scope], "data": json.dumps(told)},
        )


async def workers_of(page: Page, desk: Scene) -> Workers:
    session = await page.context.new_cdp_session(page)
    workers = Workers(session, desk.base_url)
    await session.send("ServiceWorker.enable")
    return workers


@pytest.mark.slow
async def test_a_hidden_page_is_told_by_a_notification_that_leads_to_the_chat(
    chromium: Browser, new_desk: NewDesk, tmp_path: Path
) -> None:
    desk = await new_desk(webhook_allow="127.0.0.1")
    windows = Windows(chromium, desk)
    windows.expected = PRIVATE
    async with PushService() as service:
        account = await desk.agent("gus")
        page = await windows.open("/agent", storage_state=windows.remembered(account), permissions=["notifications"])
        gus = Agent(page)
        await account.ask("save_push", subscription=service.browser("laptop").subscription)
        workers = await workers_of(page, desk)
        await page.wait_for_function("async () => (await navigator.serviceWorker.getRegistration('/agent'))?.active")

        ann = await desk.customer("ann")
        await page.evaluate(HIDE, "hidden")
        chat_id = await desk.chat(ann, topic="A dented kettle")
        await ann.say(chat_id, "Is anybody there?")
        told = (await service.hears("laptop", kind="line")).told
        await expect(page).to_have_title("(1) Agent's desk")
        await workers.deliver("/agent", told)

        async def shown() -> list[dict[str, Any]]:
            return list(await page.evaluate(SHOWN))

        (seen,) = await desk.until(shown)
        assert (seen["title"], seen["body"], seen["tag"]) == ("Ann", "Is anybody there?", chat_id)
        assert seen["data"]["url"] == f"/agent?chat={chat_id}"
        await workers.deliver("/agent", {**told, "body": "Still here?"})

        async def renewed() -> bool:
            return [each["body"] for each in await shown()] == ["Still here?"]

        await desk.until(renewed)

        await gus.page.context.service_workers[0].evaluate(PRESS)
        await gus.sees("Is anybody there?")
        await expect(page.locator(".pane-name")).to_have_text("Ann")
        await page.evaluate(HIDE, "hidden")
        await ann.say(chat_id, "Once more")
        await workers.deliver("/agent", {**told, "body": "Once more"})
        await desk.until(shown)

        await page.goto(desk.base_url + seen["data"]["url"])  # what a press opens when no page is there
        await gus.sees("Is anybody there?", "Once more")
        await expect(page).to_have_url(desk.base_url + "/agent")

        async def none_is_left() -> bool:
            return not await shown()

        await desk.until(none_is_left)
    await windows.close()


@pytest.mark.slow
async def test_the_self_test_says_which_step_fails_and_the_app_can_be_installed(windows: Windows) -> None:
    windows.expected = PRIVATE
    gus = await windows.agent("gus", permissions=["notifications"])
    await gus.page.locator(".whoami-me").click()
    await gus.dialog.get_by_role("button", name="Try it").click()
    steps = gus.dialog.locator(".push-steps li")
    await expect(steps.nth(2)).to_have_attribute("data-outcome", "failed")  # no maker's service here
    for place, step in enumerate(("permission", "worker")):
        await expect(steps.nth(place)).to_have_attribute("data-step", step)
        await expect(steps.nth(place)).to_have_attribute("data-outcome", "ok")
    await expect(steps.nth(2)).to_contain_text("Subscription: the browser does not reach")
    manifest = await gus.page.evaluate(
        "async () => (await fetch(document.querySelector('link[rel=manifest]').href)).json()"
    )
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for address in [icon["src"] for icon in manifest["icons"]]:
        assert (await gus.page.request.get(windows.desk.base_url + address)).status == 200
    session = await gus.page.context.new_cdp_session(gus.page)
    problems = (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert not [each for each in problems if each["errorId"] not in {"in-incognito"}], problems


@pytest.mark.slow
async def test_nobody_is_asked_before_pressing_a_button_and_visitors_only_after_they_wrote(windows: Windows) -> None:
    asked = "Notification.requestPermission = async () => { window.asked = (window.asked ?? 0) + 1; return 'denied'; };"
    gus = await windows.agent("gus", init=asked)
    offer = gus.page.get_by_role("button", name="Turn on notifications")
    await expect(offer).to_be_visible()
    assert await gus.page.evaluate("window.asked ?? 0") == 0
    await offer.click()
    await gus.page.wait_for_function("window.asked === 1")

    page = await windows.open("/widget", init=asked)
    mine = page.get_by_role("button", name="Tell me when you answer")
    await page.locator("#name").fill("Ann")
    await expect(mine).to_be_hidden()
    await page.locator(".start-form .primary").click()
    await page.locator("#composer").fill("A dented kettle")
    await expect(mine).to_be_hidden()
    await page.locator("#composer").press("Enter")
    await mine.click()
    await page.wait_for_function("window.asked === 1")

    bob = await windows.customer()
    await bob.asks_for_a_chat("Bob", "In a frame nobody is asked")
    await expect(bob.view.get_by_role("button", name="Tell me when you answer")).to_be_hidden()
