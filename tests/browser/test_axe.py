"""What axe finds on every page and dialog, in light and dark: nothing serious."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Frame, Page, expect

from tests.browser.windows import Windows

AXE = Path("node_modules/axe-core/axe.min.js").read_text("utf-8")
ROOMS = ("people", "departments", "report", "audit", "jobs")
FINDINGS = """async () => {
  const { violations } = await axe.run({ preload: false });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => [id, ...nodes.map(({ html, failureSummary }) => html.slice(0, 120) + failureSummary)]);
}"""


async def findings(page: Page | Frame) -> Any:
    await page.evaluate(AXE)
    return await page.evaluate(FINDINGS)


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
async def test_axe_finds_nothing_serious_on_any_page(windows: Windows, scheme: str) -> None:
    login = await windows.open("/login", color_scheme=scheme)
    await expect(login.locator("#username")).to_be_visible()
    assert await findings(login) == []
    gus = await windows.agent("gus", color_scheme=scheme, online=False)
    ada = await windows.admin("ada", color_scheme=scheme)
    ann = await windows.customer(color_scheme=scheme)
    assert await findings(ann.page) == []
    await ann.launcher.click()
    await expect(ann.view.locator("#topic")).to_be_visible()
    assert await findings(ann.page.frames[1]) == []
    await ann.launcher.click()
    await ann.asks_for_a_chat()
    await ann.says("waiting")
    await ann.sees_status("sent")
    for page in (ann.page.frames[1], gus.page, ada.page):
        assert await findings(page) == []
    await gus.goes("online")
    await gus.opens_the_chat_of("Ann")
    await gus.says("and talking")
    await ada.opens_the_chat_of("Ann")
    await ann.sees("waiting", "and talking")
    for page in (ann.page.frames[1], gus.page, ada.page):
        assert await findings(page) == []
    await ann.ends()
    for page in (ann.page.frames[1], gus.page, ada.page):
        assert await findings(page) == []
    # axe's own probes are inline styles, which the pages' policy blocks and the console tells.
    windows.complaints = [told for told in windows.complaints if "inline style" not in told]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
async def test_axe_finds_nothing_serious_in_the_office_and_its_dialogs(windows: Windows, scheme: str) -> None:
    bob, gus = await windows.desk.customer("bob"), await windows.agent("gus", color_scheme=scheme)
    done = await windows.desk.chat(bob)
    await gus.opens_the_chat_of("Bob")
    await gus.page.locator("#note").fill("Has been kind")
    await gus.page.get_by_role("button", name="Add note").click()
    await gus.page.locator("#tag").fill("kettle")
    await gus.page.locator("#tag").press("Enter")
    await expect(gus.page.locator(".tag")).to_have_count(1)
    await gus.page.locator("#composer").fill("/")
    assert await findings(gus.page) == []
    for opener in ("Write your own", "Hand over", "Change your password"):
        await gus.page.get_by_role("button", name=opener).click()
        await expect(gus.dialog).to_be_visible()
        assert await findings(gus.page) == []
        await gus.page.keyboard.press("Escape")
    ada = await windows.admin("ada", color_scheme=scheme)
    await ada.makes_a_department("Repairs")
    await ada.goes_to("monitor")
    await ada.opens_the_chat_of("Bob")
    assert await findings(ada.page) == []
    await bob.ask("end_chat", chat_id=done)
    for room in ROOMS:
        await ada.goes_to(room)
        await ada.page.wait_for_timeout(150)
        assert await findings(ada.page) == [], room
    for room, opener in (("people", "New agent"), ("people", "Change Gus"), ("departments", "Change Repairs")):
        await ada.goes_to(room)
        await ada.page.get_by_role("button", name=opener).click()
        await expect(ada.dialog).to_be_visible()
        assert await findings(ada.page) == [], opener
        await ada.page.keyboard.press("Escape")
    windows.complaints = [told for told in windows.complaints if "inline style" not in told]
