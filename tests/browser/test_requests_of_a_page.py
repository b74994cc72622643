"""What a browser must fetch before a page stands there."""

import re

import pytest
from playwright.async_api import Page, Request, expect

from tests.browser.windows import Windows


async def requests_of(windows: Windows, path: str) -> tuple[list[str], list[str], Page]:
    """The addresses that a cold browser asks for until it is quiet, and the modules that the page names."""
    page = await windows.open("about:blank")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    await page.goto(windows.desk.base_url + path, wait_until="networkidle")
    named = await page.evaluate(
        "() => [...document.querySelectorAll('link[rel=modulepreload]')].map(({ href }) => href)"
    )
    script = await page.evaluate("() => document.querySelector('script[type=module]').src")
    return asked, [*named, script], page


async def test_the_widget_is_there_after_two_dozen_requests(windows: Windows) -> None:
    asked, _, page = await requests_of(windows, "/widget")
    await expect(page.locator("#topic")).to_be_visible()
    assert len(asked) <= 26, asked


@pytest.mark.slow
async def test_a_page_names_every_module_it_needs_and_no_other(windows: Windows) -> None:
    """Else the browser walks the imports step by step, or fetches what nobody uses."""
    for path in ("/widget", "/login", "/agent", "/admin"):
        asked, named, _ = await requests_of(windows, path)
        loaded = [address for address in asked if re.search(r"\.js$", address)]
        assert sorted(loaded) == sorted(named), path
