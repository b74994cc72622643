"""Both languages, a phone's width, the keyboard, and what axe finds."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Frame, Page, expect

from tests.browser.windows import Windows

AXE = Path("node_modules/axe-core/axe.min.js").read_text("utf-8")
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SAME_KEYS = """async () => {
  const [en, zh] = await Promise.all(["en", "zh"].map((tag) => import(`/static/i18n/${tag}.js`)));
  const holes = (text) => (text.match(/\\{\\w+\\}/g) ?? []).sort().join();
  const [one, other] = [en.default, zh.default];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((key) => !one[key] || !other[key] || holes(one[key]) !== holes(other[key]));
}"""
FINDINGS = """async () => {
  const { violations } = await axe.run({ preload: false });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => [id, ...nodes.map(({ html, failureSummary }) => html.slice(0, 120) + failureSummary)]);
}"""


async def findings(page: Page | Frame) -> Any:
    await page.evaluate(AXE)
    return await page.evaluate(FINDINGS)


async def test_both_languages_have_the_same_words(windows: Windows) -> None:
    page = await windows.open("/login")
    assert await page.evaluate(SAME_KEYS) == []
    loader = await (await page.request.get(f"{windows.desk.base_url}/widget.js")).text()
    for tag in ("en", "zh"):
        table = await page.evaluate(f"import('/static/i18n/{tag}.js').then((table) => table.default)")
        assert f'open: "{table["launcher.open"]}", close: "{table["launcher.close"]}"' in loader


@pytest.mark.parametrize(("address", "locale"), [("/?lang=zh", "en-GB"), ("/", "zh-CN")])
async def test_a_chat_in_chinese(windows: Windows, address: str, locale: str) -> None:
    gus = await windows.agent("gus", locale="zh-CN")
    ann = await windows.customer(address, locale=locale)
    await expect(ann.launcher).to_have_attribute("aria-label", "联系客服")
    await ann.asks_for_a_chat("王安")
    await expect(ann.view.locator("html")).to_have_attribute("lang", "zh-CN")
    await ann.says("你好 🙂")
    await gus.opens_the_chat_of("王安")
    await gus.sees("你好 🙂")
    await expect(ann.view.locator(".line-status").last).to_have_text("已读")


async def test_times_are_in_the_viewers_zone(windows: Windows) -> None:
    ann = await windows.customer(timezone_id="Asia/Tokyo")
    await ann.asks_for_a_chat()
    await ann.says("What time is it?")
    await ann.sees_status("sent")
    time = ann.view.locator(".line time")
    stored = await time.get_attribute("datetime")
    here = "(at) => new Intl.DateTimeFormat('en-GB', { hour: 'numeric', minute: '2-digit', timeZone: 'Asia/Tokyo' })"
    await expect(time).to_have_text(await ann.page.evaluate(f"({here}.format(new Date(at)))", stored))


async def test_a_phone_shows_everything_without_sideways_scrolling(windows: Windows) -> None:
    gus = await windows.agent("gus", **PHONE)
    ada = await windows.admin("ada", **PHONE)
    ann = await windows.customer(**PHONE)
    await ann.asks_for_a_chat(
        "Ann Clarke-Montgomery of the Northern Lakes", "A very long story about one dented kettle"
    )
    await ann.says("word" * 60)
    frame = await ann.page.locator("deskwire-launcher iframe").bounding_box()
    assert frame == {"x": 0, "y": 0, "width": 360, "height": 740}
    await expect(ann.launcher).to_be_hidden()
    await gus.page.locator(".list:not(.queue) .row-main").click()
    await gus.sees("word" * 60)
    await expect(gus.page.locator(".side")).to_be_hidden()
    await ada.page.locator(".chats .row-main").first.click()
    await ada.sees("word" * 60)
    for page in (gus.page, ada.page, ann.page.frames[1]):
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await gus.page.get_by_role("button", name="Back to the list").click()
    await expect(gus.page.locator(".side")).to_be_visible()
    await ann.view.get_by_role("button", name="Minimise the chat").click()
    await expect(ann.launcher).to_be_focused()


async def test_a_whole_chat_by_keyboard(windows: Windows) -> None:
    gus = await windows.agent("gus", online=False)
    ann = await windows.customer()
    await ann.launcher.focus()
    await ann.page.keyboard.press("Enter")
    await expect(ann.view.locator("#name")).to_be_focused()
    await ann.page.keyboard.type("Ann")
    await ann.page.keyboard.press("Enter")
    await expect(ann.view.locator("#composer")).to_be_focused()
    await ann.page.keyboard.type("typed")
    await ann.page.keyboard.press("Shift+Enter")
    await ann.page.keyboard.type("on two lines")
    await ann.page.keyboard.press("Enter")
    await gus.page.locator("#status-offline").focus()
    await gus.page.keyboard.press("ArrowRight")  # a group of radio buttons goes round
    row = gus.page.locator(".list:not(.queue) .row-main")
    await row.focus()
    await row.press("Enter")
    await gus.sees("typed\non two lines")
    await expect(gus.page.locator("#composer")).to_be_focused()
    await ann.page.keyboard.press("Escape")
    await expect(ann.launcher).to_be_focused()
    await expect(ann.launcher).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("scheme", ["light", "dark"])
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
