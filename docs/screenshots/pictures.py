"""The pictures, in the order in which the story makes them possible."""

from PIL import Image
from playwright.async_api import Page

from docs.screenshots.browser import PHONE, Windows
from docs.screenshots.camera import Camera
from docs.screenshots.story import Story
from tests.browser.windows import Agent, Customer


async def take_all(story: Story, windows: Windows, camera: Camera) -> None:
    await story.begins()
    monitor = await windows.log_in("ada", "/admin")
    shop = await story.ann_on_the_shop_page()
    phone = await story.wei_on_a_phone()
    await camera.shoot("shop-desktop-light", shop.page)
    await story.a_crowd_comes()
    agent = await windows.log_in("gus", "/agent")
    await Agent(agent).goes("online")
    await story.gus_writes_things_down()
    await _ask_for_quick_replies(agent)
    await monitor.locator(".chats-open .row-main", has_text="Ann").click()
    await monitor.evaluate("document.querySelector('.chats').scrollTop = 0")
    for scheme in ("light", "dark"):
        for name, page in (("monitor", monitor), ("agent", agent)):
            await page.emulate_media(color_scheme=scheme)
            await camera.shoot(f"{name}-desktop-{scheme}", page)
    await _report(monitor, camera)
    camera.row("widget-phone", await _customers_on_phones(phone, windows, camera))
    camera.row("staff-phone", await _staff_on_phones(windows, camera))
    await story.ada_sets_the_hours()
    camera.row("office-phone", await _office_on_phones(windows, camera))


async def _ask_for_quick_replies(agent: Page) -> None:
    await agent.reload()  # they are loaded with the page
    await Agent(agent).opens_the_chat_of("Ann Clarke")
    await agent.locator("#composer").press_sequentially("/")
    await agent.locator(".slash-option").first.wait_for()


async def _report(monitor: Page, camera: Camera) -> None:
    await monitor.emulate_media(color_scheme="light")
    await monitor.locator("a[href='#report']").click()
    await monitor.locator(".agents-table").wait_for()
    await camera.shoot("report-desktop-light", monitor)


async def _customers_on_phones(phone: Customer, windows: Windows, camera: Camera) -> list[Image.Image]:
    """The first question, a place in the queue, a talk in Chinese, its end."""
    await phone.page.emulate_media(color_scheme="dark")
    start = await windows.open("/", **PHONE)
    waiting = Customer(start)
    await waiting.launcher.click()
    await waiting.view.locator("#name").fill("Sam Okafor")
    row = [await camera.still(start)]
    await waiting.view.locator("#topic").fill("A kettle for induction")
    await waiting.view.locator(".start-form .primary").click()
    await waiting.says("Does the kettle work on an induction hob?")
    await waiting.sees_status("sent")
    row += [await camera.still(start), await camera.still(phone.page)]
    await phone.ends()
    await phone.view.locator("label[for=score-5]").click()
    return [*row, await camera.still(phone.page)]


async def _staff_on_phones(windows: Windows, camera: Camera) -> list[Image.Image]:
    """Gus's list and a chat of his, then Ada's monitor and that chat as she sees it."""
    desk = await windows.log_in("gus", "/agent", **PHONE)
    listed = await camera.still(desk)
    await Agent(desk).opens_the_chat_of("Ann Clarke")
    watched = await windows.log_in("ada", "/admin", **PHONE, color_scheme="dark")
    overview = await camera.still(watched)
    await watched.locator(".chats-open .row-main", has_text="Ann").click()
    return [listed, await camera.still(desk), overview, await camera.still(watched)]


async def _office_on_phones(windows: Windows, camera: Camera) -> list[Image.Image]:
    """Hours and people in English by day, the report and who did what in Chinese by night."""
    day = await windows.log_in("ada", "/admin", **PHONE)
    await day.locator("a[href='#departments']").click()
    await day.get_by_role("button", name="Change Repairs").click()
    row = [await camera.still(day)]
    await day.keyboard.press("Escape")
    await day.locator("a[href='#people']").click()
    row.append(await camera.still(day))
    night = await windows.log_in("ada", "/admin?lang=zh", **PHONE, color_scheme="dark")
    for room in ("report", "audit"):
        await night.locator(f"a[href='#{room}']").click()
        row.append(await camera.still(night))
    return row
