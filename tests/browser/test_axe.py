"""What axe finds on every page and dialog, in light and dark: nothing serious."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Frame, Page, expect

from tests.browser.windows import Windows

AXE = Path("node_modules/axe-core/axe.min.js").read_text("utf-8")
ROOMS = {  # and what stands in each once the desk has answered
    "people": ".person",
    "departments": ".department-row",
    "report": ".agents-table",
    "audit": ".record",
    "programs": ".office-programs > p.soft:not([hidden])",
    "blocks": ".paged > :is(ol, p):not([hidden], :empty)",
    "jobs": ".paged > :is(ol, p):not([hidden], :empty)",
    "deliveries": ".paged > :is(ol, p):not([hidden], :empty)",
}
FINDINGS = """async () => {
  const { violations } = await axe.run({ preload: false, resultTypes: ["violations"] });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => [id, ...nodes.map(({ html, failureSummary }) => html.slice(0, 120) + failureSummary)]);
}"""


async def findings(*pages: Page | Frame) -> list[Any]:
    """Of all of them together: each runs in a process of its own."""
    found = await asyncio.gather(*(_of_one(page) for page in pages))
    return [each for of_one in found for each in of_one]


async def _of_one(page: Page | Frame) -> list[Any]:
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    return list(await page.evaluate(FINDINGS))


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
@pytest.mark.slow
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
    assert await findings(ann.page.frames[1], gus.page, ada.page) == []
    await gus.goes("online")
    await gus.opens_the_chat_of("Ann")
    await gus.says("and talking")
    await ada.opens_the_chat_of("Ann")
    await ann.sees("waiting", "and talking")
    assert await findings(ann.page.frames[1], gus.page, ada.page) == []
    await ann.ends()
    assert await findings(ann.page.frames[1], gus.page, ada.page) == []
    # axe's own probes are inline styles, which the pages' policy blocks and the console tells.
    windows.complaints = [told for told in windows.complaints if "inline style" not in told]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious_in_what_a_visitor_meets_at_closed_doors(windows: Windows, scheme: str) -> None:
    ada = await windows.desk.admin("ada")
    for name in ("Repairs", "Sales"):
        await ada.ask("save_department", name=name, time_zone="UTC", hours={}, special_days={})
    ann = await windows.customer(color_scheme=scheme)
    await ann.launcher.click()
    await ann.view.locator(".department", has_text="Repairs").click()
    await ann.view.get_by_role("button", name="Leave a message").click()
    await expect(ann.view.locator(".start-form .problem")).not_to_be_empty()
    assert await findings(ann.page.frames[1]) == []
    await ann.view.locator("#topic").fill("Do you mend kettles?")
    await ann.view.get_by_role("button", name="Leave a message").click()
    await expect(ann.view.locator(".left-card")).to_be_visible()
    assert await findings(ann.page.frames[1]) == []
    gus = await windows.desk.agent("gus")
    await gus.ask("take_chat", chat_id=(await windows.desk.documents.chats.find_one({}))["_id"])
    await ann.ends()
    await ann.view.locator("label[for=score-4]").click()
    await ann.view.locator("#rating-comment").fill("Quick and kind")
    await ann.view.get_by_role("button", name="Send rating").click()
    await expect(ann.view.locator(".given")).to_be_visible()
    assert await findings(ann.page.frames[1]) == []
    await ann.page.evaluate(
        "() => { const key = Object.keys(localStorage).find((each) => each.endsWith('session/customer'));"
        "localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage[key]), token: 'expired' })); }"
    )
    await ann.page.reload()
    await ann.launcher.click()
    await expect(ann.view.locator(".start-notice")).not_to_be_empty()
    assert await findings(ann.page.frames[1]) == []
    windows.complaints = [told for told in windows.complaints if "inline style" not in told]


@pytest.mark.slow
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
    for opener in ("Write your own", "Hand over", "Your account"):
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
    for room, content in ROOMS.items():
        await ada.goes_to(room)
        await expect(ada.page.locator(content).first).to_be_visible()
        assert await findings(ada.page) == [], room
    for room, opener in (("people", "New agent"), ("people", "Change Gus"), ("departments", "Change Repairs")):
        await ada.goes_to(room)
        await ada.page.get_by_role("button", name=opener).click()
        await expect(ada.dialog).to_be_visible()
        assert await findings(ada.page) == [], opener
        await ada.page.keyboard.press("Escape")
    windows.complaints = [told for told in windows.complaints if "inline style" not in told]
