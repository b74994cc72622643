"""A connection that goes and comes back: nothing is lost, nothing is said twice, the order stays."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.cable import Cable
from tests.browser.windows import EXPECTED, Customer, Windows


@pytest.mark.slow
async def test_both_lose_nothing_while_one_is_offline(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    await ann.says("before")
    await gus.opens_the_chat_of("Ann")
    await ann.sees_status("read")

    await ann.page.context.set_offline(True)
    for body in ("one", "two", "three"):
        await ann.says(body)
    await ann.sees_status("sending")
    await expect(ann.view.locator(".connection-bar")).to_contain_text("No connection")
    await gus.says("meanwhile")
    await gus.sees("before", "meanwhile")
    await gus.sees_status("sent")

    await ann.page.context.set_offline(False)
    await gus.sees("before", "meanwhile", "one", "two", "three")
    await ann.sees("before", "meanwhile", "one", "two", "three")
    await ann.sees_status("read")
    await expect(ann.view.locator(".connection-bar")).to_have_text("")


@pytest.mark.slow
async def test_an_unsent_line_survives_a_reload_and_is_sent_once(windows: Windows) -> None:
    gus = await windows.agent("gus")
    async with Cable(windows.desk.port) as cable:
        ann = await windows.customer(cable.url)
        await ann.asks_for_a_chat()
        await ann.says("stored")
        await ann.sees_status("delivered")

        cable.pull()
        await ann.says("unsent one")
        await ann.says("unsent two")
        await ann.page.reload()
        await ann.sees("unsent one", "unsent two")  # known to this browser alone
        await ann.sees_status("sending")

        cable.mend()
        await ann.sees("stored", "unsent one", "unsent two")
        await gus.opens_the_chat_of("Ann")
        await gus.sees("stored", "unsent one", "unsent two")


@pytest.mark.slow
async def test_an_answer_that_got_lost_does_not_double_the_line(windows: Windows) -> None:
    """The desk stored the line, but the connection went before its ack: the resend meets the same client_id."""
    gus = await windows.agent("gus")
    page = await windows.open("about:blank")
    deaf = {"on": False}

    async def swallow_acks(socket: object) -> None:
        server = socket.connect_to_server()  # type: ignore[attr-defined]
        server.on_message(lambda frame: None if deaf["on"] else socket.send(frame))  # type: ignore[attr-defined]

    await page.context.route_web_socket("**/socket.io/**", swallow_acks)
    await page.goto(windows.desk.base_url)
    ann = Customer(page)
    await ann.asks_for_a_chat()
    await gus.opens_the_chat_of("Ann")
    deaf["on"] = True
    await ann.says("only once")
    await gus.sees("only once")
    deaf["on"] = False
    await page.reload()
    await ann.sees("only once")
    await ann.sees_status("read")
    await ann.says("and on")
    await gus.sees("only once", "and on")


@pytest.mark.slow
async def test_two_tabs_of_one_customer_agree(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    await ann.says("from tab one")
    tab = Customer(await windows.tab(ann.page.context, "/"))
    await tab.sees("from tab one")
    await tab.says("from tab two")
    await ann.sees("from tab one", "from tab two")
    await gus.opens_the_chat_of("Ann")
    await gus.sees("from tab one", "from tab two")
    await ann.ends()
    await expect(tab.view.locator(".ended-why")).to_have_text("You ended the conversation.")


@pytest.mark.slow
async def test_an_ended_chat_waits_for_its_rating_over_a_reload(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    await gus.opens_the_chat_of("Ann")
    await gus.says("Goodbye")
    await ann.ends()
    await ann.page.reload()
    await ann.launcher.click()
    await ann.sees("Goodbye")
    await expect(ann.view.locator(".rating")).to_be_visible()


@pytest.mark.slow
async def test_the_desk_restarts_under_an_open_conversation(windows: Windows) -> None:
    # Chromium's word for a frame that the client library writes in the instant in which the desk's close comes in.
    windows.expected = re.compile(f"{EXPECTED.pattern}|WebSocket is already in CLOSING or CLOSED state")
    gus = await windows.agent("gus")
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    await gus.opens_the_chat_of("Ann")
    await ann.says("before the restart")
    await gus.sees("before the restart")
    await windows.desk.close()
    await ann.says("while it was away")
    await windows.desk.open()
    await gus.sees("before the restart", "while it was away")
    await gus.says("welcome back")
    await ann.sees("before the restart", "while it was away", "welcome back")
