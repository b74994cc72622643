"""Both languages, a phone's width, the keyboard."""

import pytest
from playwright.async_api import expect

from tests.browser.windows import Windows

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SAME_KEYS = """async () => {
  const tables = ["en", "zh"].map((tag) => Promise.all(["visitors", "staff", "office"]
    .map((part) => import(`/static/i18n/${part}/${tag}.js`))));
  const [one, other] = (await Promise.all(tables)).map((parts) => Object.assign({}, ...parts.map((part) => part.default)));
  const holes = (text) => (text.match(/\\{\\w+\\}/g) ?? []).sort().join();
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((key) => !one[key] || !other[key] || holes(one[key]) !== holes(other[key]));
}"""
FITS = "document.documentElement.scrollWidth <= innerWidth"
CHINESE = {"people": "人员", "departments": "服务时间", "report": "报表", "audit": "审计", "jobs": "任务"}


async def test_both_languages_have_the_same_words(windows: Windows) -> None:
    page = await windows.open("/login")
    assert await page.evaluate(SAME_KEYS) == []
    loader = await (await page.request.get(f"{windows.desk.base_url}/widget.js")).text()
    for tag in ("en", "zh"):
        table = await page.evaluate(f"import('/static/i18n/visitors/{tag}.js').then((table) => table.default)")
        words = {key.partition(".")[2]: text for key, text in table.items() if key.startswith("launcher.")}
        assert len(words) == 5
        for key, text in words.items():
            assert f'{key}:"{text}"' in loader, (tag, key)


@pytest.mark.parametrize(
    ("address", "locale"), [("/?lang=zh", "en-GB"), pytest.param("/", "zh-CN", marks=pytest.mark.slow)]
)
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


@pytest.mark.slow
async def test_times_are_in_the_viewers_zone(windows: Windows) -> None:
    ann = await windows.customer(timezone_id="Asia/Tokyo")
    await ann.asks_for_a_chat()
    await ann.says("What time is it?")
    await ann.sees_status("sent")
    time = ann.view.locator(".line time")
    stored = await time.get_attribute("datetime")
    here = "(at) => new Intl.DateTimeFormat('en-GB', { hour: 'numeric', minute: '2-digit', timeZone: 'Asia/Tokyo' })"
    await expect(time).to_have_text(await ann.page.evaluate(f"({here}.format(new Date(at)))", stored))


@pytest.mark.slow
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
        assert await page.evaluate(FITS)
    await gus.page.get_by_role("button", name="About the customer").click()
    await expect(gus.page.locator("#note")).to_be_visible()
    await gus.page.get_by_role("button", name="Close", exact=True).click()
    await expect(gus.page.locator("#note")).to_be_hidden()
    await gus.page.get_by_role("button", name="Hand over").click()
    await expect(gus.dialog).to_be_visible()
    assert await gus.page.evaluate(FITS)
    await gus.page.keyboard.press("Escape")
    await gus.page.get_by_role("button", name="Back to the list").click()
    await expect(gus.page.locator(".side")).to_be_visible()
    await ann.view.get_by_role("button", name="Minimise the chat").click()
    await expect(ann.launcher).to_be_focused()


@pytest.mark.slow
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


@pytest.mark.slow
async def test_the_office_on_a_phone_and_in_chinese(windows: Windows) -> None:
    ann, gus = await windows.desk.customer("ann"), await windows.desk.agent("gus")
    chat_id = await windows.desk.chat(ann)
    await gus.ask("end_chat", chat_id=chat_id)
    ada = await windows.admin("ada", locale="zh-CN", **PHONE)
    await ada.page.evaluate("location.hash = '#people'")
    await expect(ada.page.locator(".person")).to_have_count(2)
    for room, title in CHINESE.items():
        await ada.goes_to(room)
        await expect(ada.page.locator(".office-head h2")).to_have_text(title)
        assert await ada.page.evaluate(FITS), room
    await ada.goes_to("report")
    await expect(ada.page.locator(".agents-table")).to_be_visible()
    assert await ada.page.evaluate(FITS)
    await ada.goes_to("departments")
    await ada.page.get_by_role("button", name="新建部门").click()
    await expect(ada.dialog.locator(".day-name").first).to_have_text("星期一")
    assert await ada.page.evaluate(FITS)
    assert await ada.dialog.evaluate("(dialog) => dialog.querySelector('.sheet-body').scrollWidth <= innerWidth")
