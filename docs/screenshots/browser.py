"""Windows of the sizes the pictures have."""

from typing import Any

from playwright.async_api import Browser, Page

from tests.support.desk import PASSWORD

DESKTOP = {"viewport": {"width": 1360, "height": 850}}
PHONE = {"viewport": {"width": 360, "height": 720}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
HERE = {"locale": "en-GB", "timezone_id": "Europe/Berlin"}


class Windows:
    def __init__(self, browser: Browser, origin: str) -> None:
        self.browser = browser
        self.origin = origin

    async def open(self, address: str, **options: Any) -> Page:
        context = await self.browser.new_context(**(HERE | options))
        page = await context.new_page()
        await page.goto(self.origin + address)
        return page

    async def log_in(self, name: str, address: str, **options: Any) -> Page:
        page = await self.open(address, **(options or DESKTOP))
        await page.locator("#username").fill(name)
        await page.locator("#password").fill(PASSWORD)
        await page.locator(".login-form button").click()
        await page.locator(".row").first.wait_for()
        return page

    async def photo(self) -> bytes:
        """What a customer sends."""
        page = await self.open("/static/shop/kettle.svg", viewport={"width": 640, "height": 480})
        return await page.screenshot()
