"""Two people talk in two windows."""

import pytest
from playwright.async_api import expect

from tests.browser.windows import Windows


async def test_ann_and_gus_talk_from_the_queue_to_the_rating(windows: Windows) -> None:
    gus = await windows.agent("gus", online=False)
    ann = await windows.customer()
    await ann.asks_for_a_chat("Ann", "A dented kettle")
    await expect(ann.view.locator(".queue-place")).to_have_text("Nobody is at the desk just now")
    await ann.says("Hello, my kettle has a dent.")
    await ann.sees_status("sent")

    await expect(gus.page.locator(".queue .row-title")).to_have_text("Ann")
    await gus.goes("online")
    await gus.opens_the_chat_of("Ann")
    await gus.sees("Hello, my kettle has a dent.")
    await ann.sees_status("read")
    await expect(ann.view.locator(".widget-head h1")).to_have_text("Gus")

    await gus.page.locator("#composer").press_sequentially("Sorry")
    await expect(ann.view.locator(".typing")).to_have_text("Gus is typing")
    await gus.says("Sorry about that! Which one is it?")
    await ann.sees("Hello, my kettle has a dent.", "Sorry about that! Which one is it?")
    await expect(ann.view.locator(".typing")).to_have_text("")
    await gus.sees_status("read")

    await gus.page.get_by_role("button", name="End chat").click()
    await gus.page.get_by_role("button", name="End it").click()
    await expect(ann.view.locator(".ended-why")).to_have_text("Gus ended the conversation.")
    await ann.view.get_by_text("5", exact=True).click()
    await ann.view.locator("#rating-comment").fill("Quick and kind")
    await ann.view.get_by_role("button", name="Send rating").click()
    await expect(ann.view.locator(".thanks")).to_have_text("Thank you. It helps us get better.")
    await expect(gus.page.locator(".facts")).to_contain_text("Quick and kind")

    await ann.view.get_by_role("button", name="Start a new conversation").click()
    await expect(ann.view.locator("#name")).to_be_hidden()
    await ann.view.get_by_role("button", name="Start the conversation").click()
    await expect(ann.view.locator("#composer")).to_be_visible()
    await ann.sees()


@pytest.mark.slow
async def test_who_waits_longest_stands_on_top_and_the_title_counts(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann, bob = await windows.customer(), await windows.customer()
    await ann.asks_for_a_chat("Ann")
    await ann.says("first")
    await bob.asks_for_a_chat("Bob")
    await bob.says("second")
    await expect(gus.page.locator(".list:not(.queue) .row-title")).to_have_text(["Ann", "Bob"])
    await expect(gus.page).to_have_title("(2) Agent's desk")
    await expect(gus.page.locator(".is-longest .row-title")).to_have_text("Ann")

    await gus.opens_the_chat_of("Ann")
    await expect(gus.page).to_have_title("(1) Agent's desk")
    await gus.says("answered")
    await expect(gus.page.locator(".list:not(.queue) .row-title")).to_have_text(["Bob", "Ann"])


@pytest.mark.slow
async def test_a_line_is_delivered_when_it_comes_and_read_when_it_is_looked_at(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    await ann.says("Are you there?")
    await ann.sees_status("delivered")
    await gus.opens_the_chat_of("Ann")
    await ann.sees_status("read")

    await ann.launcher.click()
    await gus.says("Yes, I am.")
    await gus.sees_status("delivered")
    await expect(ann.page.locator("deskwire-launcher .badge")).to_have_text("1")
    await ann.launcher.click()
    await gus.sees_status("read")
    await expect(ann.page.locator("deskwire-launcher .badge")).to_be_hidden()


async def test_the_place_in_the_queue_moves_and_leaving_ends_it(windows: Windows) -> None:
    await windows.desk.agent("gus", max_chats=0)
    ann, bob = await windows.desk.customer("ann"), await windows.customer()
    chat_id = await windows.desk.chat(ann)
    await bob.asks_for_a_chat("Bob")
    await expect(bob.view.locator(".queue-place")).to_have_text("You are number 2 in the queue")
    await expect(bob.view.locator(".queue-detail").first).to_contain_text("1 person ahead of you")
    await ann.ask("leave_queue", chat_id=chat_id)
    await expect(bob.view.locator(".queue-place")).to_have_text("You are next")
    await bob.view.get_by_role("button", name="Leave the queue").click()
    await expect(bob.view.locator(".ended-why")).to_have_text("You left the queue.")
    await expect(bob.view.locator(".rating")).to_be_hidden()


@pytest.mark.slow
async def test_what_people_write_is_text_and_never_html(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann = await windows.customer()
    evil = '<img src=x onerror="document.title=1"><b>bold</b> https://deskwire.example/?a="b'
    await ann.asks_for_a_chat('<i class="x">Ann</i>')
    await ann.says(evil)
    await gus.page.locator(".list:not(.queue) .row-main").click()
    await gus.sees(evil)
    assert await gus.page.locator(".bubble img, .bubble b, .row i").count() == 0
    link = gus.page.locator(".bubble a")
    await expect(link).to_have_attribute("href", "https://deskwire.example/?a=")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


@pytest.mark.slow
async def test_logging_out_ends_the_session_in_every_tab(windows: Windows) -> None:
    gus = await windows.agent("gus")
    second = await windows.tab(gus.page.context, "/agent")
    await expect(second.locator(".whoami-name")).to_have_text("Gus")
    await gus.page.get_by_role("button", name="Log out").click()
    await expect(gus.page.locator("#username")).to_be_visible()
    await expect(second.locator("#username")).to_be_visible()


async def test_login_sends_everybody_to_their_own_page(windows: Windows) -> None:
    await windows.desk.admin("ada", connected=False)
    page = await windows.open("/login?lang=en")
    await page.locator("#username").fill("ada")
    await page.locator("#password").fill("wrong")
    windows.complaints.clear()
    await page.locator(".login-form button").click()
    await expect(page.get_by_role("alert")).to_have_text("User name or password is wrong.")
    windows.complaints.clear()  # the browser itself reports the 401
    await page.locator("#password").fill("correct horse")
    await page.locator(".login-form button").click()
    await page.wait_for_url("**/admin?lang=en")
    await expect(page.locator(".monitor")).to_be_visible()
