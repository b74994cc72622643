"""The loader on pages that swap their body, style whatever there is, run scripts twice, or forbid storage."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.host_site import BODY, HEAD, free_port, host_site
from tests.browser.windows import EXPECTED, Customer, Windows

BACKDROP = "getComputedStyle(document.querySelector('deskwire-launcher'), '::backdrop').display"
OPEN_POLICY = "default-src * data: 'unsafe-inline'"
SWAPS = {
    "replaceChild": "document.documentElement.replaceChild(document.createElement('body'), document.body)",
    "innerHTML": "document.body.innerHTML = '<main>Another page</main>'",
    "the whole document's innerHTML": "document.documentElement.innerHTML = '<head></head><body>Another page</body>'",
    "another root": "document.replaceChild(document.documentElement.cloneNode(), document.documentElement)",
    "document.write": "document.open(), document.write('<!doctype html><body>Another page'), document.close()",
    "removed": "document.querySelector('deskwire-launcher').remove()",
}
KEEP_THE_FRAME = ("replaceChild", "innerHTML")
AGAIN = """() => new Promise((done) => {
  const script = document.createElement("script");
  script.src = window.deskScript;
  script.onload = done;
  document.body.append(script);
})"""
HOSTILE = {
    "zoom": "body { zoom: 1.7 }",
    "transform": "body { transform: scale(.5) rotate(4deg); filter: blur(1px); overflow: hidden; height: 50px }",
    "a transformed root": "html { transform: translateX(80px); perspective: 3px }",
    "everything important": """* { visibility: hidden !important; opacity: 0 !important; position: static !important;
        width: 1px !important; transform: scale(.1) !important; pointer-events: none !important; z-index: -1 !important;
        animation: spin 1s infinite !important; clip-path: inset(50%) !important; font-size: 90px !important }
        *::backdrop { display: block !important; background: red !important }
        html > *, html > * *, :not(:defined), deskwire-launcher { display: none !important; zoom: 3 !important }""",
}


@asynccontextmanager
async def visited(
    chromium: Browser, new_desk: Callable[..., Any], expected: str = "", path: str = "/", **page: Any
) -> AsyncIterator[Customer]:
    """A customer on a site of which all is as given, and who hears no complaint but what is expected."""
    port = free_port()
    desk = await new_desk(cors_origins=f"http://127.0.0.1:{port}")
    windows = Windows(chromium, desk)
    if expected:
        windows.expected = re.compile(f"{EXPECTED.pattern}|{expected}")
    async with host_site(port, desk.base_url, **{"policy": OPEN_POLICY, **page}) as site:
        yield await windows.customer(site + path)
        await windows.close()


async def sees_launcher_and_panel(ann: Customer, side: str = "right") -> None:
    """Where they belong, of their own size, and on top of everything."""
    width, height = await ann.page.evaluate("[innerWidth, innerHeight]")
    await expect(ann.launcher).to_be_visible()
    assert await ann.launcher.bounding_box() == {
        "x": 20 if side == "left" else width - 80, "y": height - 80, "width": 60, "height": 60
    }  # fmt: skip
    await ann.launcher.click()
    await expect(ann.view.locator("#topic")).to_be_visible()
    box = await ann.page.locator("deskwire-launcher iframe").bounding_box()
    assert box
    assert (box["width"], box["height"]) == (392, min(660, height - 120))
    assert (box["x"], box["y"] + box["height"]) == (20 if side == "left" else width - 412, height - 96)
    await ann.view.locator("#topic").fill("typed")
    await ann.view.get_by_role("button", name="Minimise the chat").click()
    await expect(ann.launcher).to_be_focused()


@pytest.mark.parametrize("swap", SWAPS)
async def test_a_chat_goes_on_when_the_page_swaps_what_it_shows(
    chromium: Browser, new_desk: Callable[..., Any], swap: str
) -> None:
    async with visited(chromium, new_desk) as ann:
        await ann.asks_for_a_chat()
        await ann.says("Before the swap")
        await ann.sees("Before the swap")
        await ann.page.frames[1].evaluate("window.isTheSame = true")
        await ann.page.evaluate(SWAPS[swap])
        await expect(ann.launcher).to_be_visible()
        await ann.page.evaluate("Deskwire.open()")
        await ann.sees("Before the swap")
        if swap in KEEP_THE_FRAME:
            assert await ann.page.frames[1].evaluate("window.isTheSame")
        await ann.says("After it")
        await ann.sees("Before the swap", "After it")
        await ann.page.evaluate("Deskwire.close()")
        await expect(ann.launcher).to_have_attribute("aria-expanded", "false")
        await ann.page.evaluate(SWAPS[swap])
        await ann.launcher.click()
        await ann.sees("Before the swap", "After it")


@pytest.mark.parametrize("style", HOSTILE)
async def test_no_style_of_the_page_reaches_the_launcher(
    chromium: Browser, new_desk: Callable[..., Any], style: str
) -> None:
    async with visited(chromium, new_desk, head=f"{HEAD}<style>{HOSTILE[style]}</style>") as ann:
        await sees_launcher_and_panel(ann)
        assert await ann.page.evaluate(BACKDROP) == "none"  # or the page would lie behind it


async def test_a_page_that_is_written_from_right_to_left(chromium: Browser, new_desk: Callable[..., Any]) -> None:
    async with visited(chromium, new_desk, tag='<html lang="ar" dir="rtl">') as ann:
        await sees_launcher_and_panel(ann, side="left")


async def test_side_left_is_left_whatever_way_the_page_is_written(
    chromium: Browser, new_desk: Callable[..., Any]
) -> None:
    body = BODY.replace(" async", ' async data-side="left"')
    async with visited(chromium, new_desk, tag='<html dir="rtl">', body=body) as ann:
        await sees_launcher_and_panel(ann, side="left")


async def test_a_script_in_the_head_and_once_more(chromium: Browser, new_desk: Callable[..., Any]) -> None:
    head = HEAD + '<script>deskScript = "{desk}/widget.js"</script><script src="{desk}/widget.js" defer></script>'
    async with visited(chromium, new_desk, head=head, body="<main></main>") as ann:
        await ann.launcher.click()
        await ann.view.locator("#topic").fill("not lost")
        await ann.page.evaluate(AGAIN)
        await ann.page.evaluate(SWAPS["replaceChild"])
        await ann.page.evaluate(AGAIN)
        await expect(ann.page.locator("deskwire-launcher")).to_have_count(1)
        await expect(ann.view.locator("#topic")).to_have_value("not lost")


async def test_calls_before_the_loader_has_come(chromium: Browser, new_desk: Callable[..., Any]) -> None:
    early = '<script>(window.Deskwire = window.Deskwire || []).push(["open", { topic: "a kettle" }])</script>'
    late = "(window.Deskwire = window.Deskwire || []).push(['close'])"
    async with visited(
        chromium, new_desk, head=f'{HEAD}{early}<script src="{{desk}}/widget.js"></script>', body=""
    ) as ann:
        await expect(ann.view.locator("#topic")).to_have_value("a kettle")
        await ann.page.evaluate(late)
        await expect(ann.launcher).to_have_attribute("aria-expanded", "false")


async def test_wrong_calls_are_warned_of_and_never_thrown(chromium: Browser, new_desk: Callable[..., Any]) -> None:
    async with visited(chromium, new_desk, expected="Deskwire:") as ann:
        await expect(ann.launcher).to_be_visible()
        wrong = ("identify()", "identify({})", "push(['dance'])", "push(null)", "open({ topic: { toString: null } })")
        for call in wrong:
            async with ann.page.expect_console_message(lambda told: told.text.startswith("Deskwire:")):
                await ann.page.evaluate(f"void Deskwire.{call}")
        for call in ("open(null)", "open('words')", "close(7)", "close()"):
            await ann.page.evaluate(f"void Deskwire.{call}")
        await ann.launcher.click()
        await expect(ann.view.locator("#topic")).to_be_visible()


async def test_a_loader_that_cannot_know_where_it_came_from_says_so(
    chromium: Browser, new_desk: Callable[..., Any]
) -> None:
    body = '<script type="module" src="{desk}/widget.js"></script>'
    async with visited(chromium, new_desk, expected="plain|CORS", body=body, policy="") as ann:
        loader = await (await ann.page.request.get(await ann.page.locator("script").get_attribute("src") or "")).text()
        async with ann.page.expect_console_message(lambda told: "plain <script src>" in told.text):
            await ann.page.evaluate(loader)


@pytest.mark.slow
async def test_a_page_without_an_origin_and_a_storage(chromium: Browser, new_desk: Callable[..., Any]) -> None:
    """Such a page can be on no desk's list: the visitor is told so, and nothing is thrown."""
    expected = "frame-ancestors|does not answer|sandbox"
    async with visited(chromium, new_desk, expected, "/framed") as ann:
        page = ann.page.frame_locator("iframe")
        await page.locator("deskwire-launcher .launcher").click()
        await expect(page.locator("deskwire-launcher [role=status]")).to_have_text("We cannot be reached just now.")
        await page.locator("deskwire-launcher .close").click()
        await expect(page.locator("deskwire-launcher .launcher")).to_be_focused()
