"""Windows as people have them: Ann's widget on a shop page, Gus's desk, Ada's monitor."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FrameLocator,
    Locator,
    Page,
    StorageState,
    expect,
)

from tests.support.desk import PASSWORD, Scene
from tests.support.people import Someone

expect.set_options(timeout=25_000)
# What a browser says by itself about a network that is gone, and a host page without an icon.
EXPECTED = re.compile(
    r"net::ERR_(INTERNET_DISCONNECTED|FAILED|EMPTY_RESPONSE|CONNECTION_\w+)|favicon|WebSocket connection to .* failed"
)


class Windows:
    def __init__(self, browser: Browser, desk: Scene) -> None:
        self.browser = browser
        self.desk = desk
        self.expected = EXPECTED
        self.complaints: list[str] = []
        self._contexts: list[BrowserContext] = []

    async def open(self, address: str, **options: Any) -> Page:
        """A window of a person's own browser profile; `init` is a script that runs before any page's."""
        init = options.pop("init", None)
        context = await self.browser.new_context(**({"locale": "en-GB", "timezone_id": "Europe/Berlin"} | options))
        self._contexts.append(context)
        if init:
            await context.add_init_script(init)
        return await self.tab(context, address)

    async def tab(self, context: BrowserContext, address: str) -> Page:
        """One more tab in the same browser profile."""
        page = await context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(address if ":" in address else self.desk.base_url + address)
        return page

    async def customer(self, address: str = "/", **options: Any) -> Customer:
        return Customer(await self.open(address, **options))

    async def agent(self, name: str, *, online: bool = True, **options: Any) -> Agent:
        """An agent's account, and their desk with them logged in."""
        account = await self.desk.agent(name, connected=False, departments=options.pop("departments", None))
        agent = await self.desk_of(account, **options)
        if online:
            await agent.goes("online")
        return agent

    async def desk_of(self, account: Someone, **options: Any) -> Agent:
        """The desk of an agent who is there already."""
        agent = Agent(await self.open("/agent", storage_state=self.remembered(account), **options))
        await expect(agent.page.locator(".status-choices input:checked")).to_have_count(1)
        return agent

    async def admin(self, name: str, **options: Any) -> Admin:
        account = await self.desk.admin(name, connected=False)
        return Admin(await self.open("/admin", storage_state=self.remembered(account), **options))

    def remembered(self, who: Someone) -> StorageState:
        """What a browser keeps of somebody who logged in there before; the log-in form has scenes of its own."""
        session = {
            "name": f"deskwire/session/{who.user['role']}",
            "value": json.dumps({"token": who.token, "user": who.user}),
        }
        return {"cookies": [], "origins": [{"origin": self.desk.base_url, "localStorage": [session]}]}

    async def close(self) -> None:
        await asyncio.gather(*(context.close() for context in self._contexts))
        assert not self.complaints, self.complaints

    def _hear(self, message: ConsoleMessage) -> None:
        told = f"{message.text} {message.location.get('url', '')}"
        if message.type in ("error", "warning") and not self.expected.search(told):
            self.complaints.append(told)


class Talker:
    """What a customer and an agent do alike; `view` is where their conversation is."""

    def __init__(self, page: Page, view: Page | FrameLocator) -> None:
        self.page = page
        self.view = view

    @property
    def lines(self) -> Locator:
        """The lines of people, in order; the topic is no line of the log."""
        return self.view.locator(".line:not(.line-topic) .body")

    @property
    def topic_line(self) -> Locator:
        """What the customer typed before the chat began, in front of its first line."""
        return self.view.locator(".lines > .day:first-child + .line-topic .body")

    @property
    def own_last(self) -> Locator:
        return self.view.locator(".line-mine:not(.line-topic)").last

    async def says(self, body: str) -> None:
        field = self.view.locator("#composer")
        await field.fill(body)
        await field.press("Enter")

    async def sees(self, *bodies: str) -> None:
        """Exactly these lines in this order."""
        await expect(self.lines).to_have_text(list(bodies))

    async def sees_status(self, status: str) -> None:
        """How far one's own last line has got."""
        await expect(self.own_last).to_have_attribute("data-status", status)


class Customer(Talker):
    def __init__(self, page: Page) -> None:
        super().__init__(page, page.frame_locator("deskwire-launcher iframe"))
        self.launcher = page.locator("deskwire-launcher .launcher")

    async def asks_for_a_chat(self, name: str = "Ann", topic: str = "") -> None:
        await self.launcher.click()
        await self.view.locator("#name").fill(name)
        await self.view.locator("#topic").fill(topic)
        await self.view.locator(".start-form .primary").click()
        await expect(self.view.locator("#composer")).to_be_visible()

    async def leaves_a_message(self, body: str, name: str = "Ann") -> None:
        """What the form offers while nobody can answer."""
        await self.launcher.click()
        await self.view.locator("#name").fill(name)
        await self.view.locator("#topic").fill(body)
        await self.view.get_by_role("button", name="Leave a message").click()
        await self.sees(body)
        await self.sees_status("sent")

    async def comes_back(self) -> Customer:
        """In a new window of the same browser, after all of this one's were closed."""
        address, context = self.page.url, self.page.context
        await self.page.close()
        page = await context.new_page()
        await page.goto(address)
        return Customer(page)

    async def ends(self) -> None:
        await self.view.locator(".widget-head button.quiet").click()
        await self.view.locator("dialog .danger").click()
        await expect(self.view.locator(".ending")).to_be_visible()


class Staff(Talker):
    def __init__(self, page: Page) -> None:
        super().__init__(page, page)

    async def log_in(self, name: str, password: str = PASSWORD) -> None:
        await self.page.locator("#username").fill(name)
        await self.page.locator("#password").fill(password)
        await self.page.locator(".login-form button").click()

    @property
    def dialog(self) -> Locator:
        return self.page.locator("dialog[open]")


class Agent(Staff):
    async def goes(self, status: str) -> None:
        await self.page.locator(f"label[for=status-{status}]").click()
        await expect(self.page.locator(f".status:not([aria-busy]) #status-{status}")).to_be_checked()

    async def opens_the_chat_of(self, name: str) -> None:
        await self.page.locator(".list:not(.queue) .row-main", has_text=name).click()
        await expect(self.page.locator(".pane-name")).to_have_text(name)


class Admin(Staff):
    async def goes_to(self, room: str) -> None:
        await self.page.locator(f".section-link[href='#{room}']").click()
        await expect(self.page.locator(".section")).to_have_attribute("data-section", room)

    async def opens_the_chat_of(self, name: str) -> None:
        await self.page.locator(".chats .row-main", has_text=name).first.click()
        await expect(self.page.locator(".pane-name")).to_have_text(name)

    async def makes_a_department(self, name: str) -> None:
        await self.goes_to("departments")
        await self.page.get_by_role("button", name="New department").click()
        await self.dialog.get_by_label("Name").fill(name)
        await self.dialog.get_by_role("button", name="Save").click()
        await expect(self.page.locator(".department-row", has_text=name)).to_be_visible()
