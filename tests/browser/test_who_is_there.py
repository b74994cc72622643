"""Seats, presence, left messages and ratings as the staff's pages show them, wherever they were changed."""

import json

import pytest
from playwright.async_api import Locator, expect

from tests.browser.windows import Agent, Windows

DOT = """avatar => { const { backgroundColor: inside, borderColor: edge } = getComputedStyle(avatar, "::after");
  return inside === edge ? "full" : "ring"; }"""


def row(agent: Agent, name: str) -> Locator:
    return agent.page.locator(".list:not(.queue) .row", has_text=name)


@pytest.mark.slow
async def test_seats_changed_elsewhere_reach_the_agents_page(windows: Windows) -> None:
    desk = windows.desk
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    page = await windows.desk_of(gus)
    seats = page.page.locator(".seats")
    ann, bob = await desk.customer("ann"), await desk.customer("bob")
    chats = [await desk.chat(ann)]
    await expect(seats).to_have_text("1 of 5 seats taken")
    most = page.page.get_by_label("My seats: how many chats at the same time")
    await expect(most.locator("option")).to_have_count(6)  # as many as an admin gave, and fewer
    await most.select_option("2")
    await expect(seats).to_have_text("1 of 2 seats taken")
    await ada.ask("update_user", id=gus.id, max_chats=1)
    await expect(seats).to_have_text("1 of 1 seats taken")
    chats.append(await desk.chat(bob))
    take = page.page.get_by_role("button", name="Take the chat of Bob")
    await expect(take).to_be_disabled()
    await expect(take).to_have_accessible_description(
        "All your seats are taken. End a chat, and the next one can be taken."
    )
    await expect(page.page.locator(".no-seat")).to_be_visible()
    left = await desk.chat(await desk.customer("cleo"), leave_message=True)  # takes no seat
    await page.page.get_by_role("button", name="Take the chat of Cleo").click()
    await expect(page.page.locator(".pane-name")).to_have_text("Cleo")
    await expect(seats).to_have_text("1 of 1 seats taken")
    await ada.ask("update_user", id=gus.id, max_chats=2)  # Bob is next
    await expect(seats).to_have_text("2 of 2 seats taken")
    await gus.ask("set_status", status="away")  # in another window
    await expect(page.page.locator("#status-away")).to_be_checked()
    await gus.ask("end_chat", chat_id=chats[0])
    await expect(seats).to_have_text("1 of 2 seats taken")
    await gus.ask("end_chat", chat_id=chats[1])
    await expect(seats).to_have_text("0 of 2 seats taken")
    dora = await desk.chat(await desk.customer("dora"))
    take = page.page.get_by_role("button", name="Take the chat of Dora")
    await expect(take).to_be_enabled()
    await expect(page.page.locator(".no-seat")).to_be_hidden()
    assert left != dora


@pytest.mark.slow
async def test_a_waiting_row_says_when_its_customer_comes_and_goes(windows: Windows) -> None:
    desk = windows.desk
    page, ada = await windows.desk_of(await desk.agent("gus", status="away")), await windows.admin("ada")
    ann = await desk.customer("ann")
    await desk.chat(ann)
    rows = [page.page.locator(".queue .row-avatar"), ada.page.locator(".chats-queue .row-avatar")]
    for row_avatar in rows:
        await expect(row_avatar).to_have_attribute("data-here", "yes")
    await ann.disconnect()
    for row_avatar in rows:
        await expect(row_avatar).to_have_attribute("data-here", "no")
    await ann.connect()
    for row_avatar in rows:
        await expect(row_avatar).to_have_attribute("data-here", "yes")


async def test_left_messages_stand_behind_the_line_with_words(windows: Windows) -> None:
    desk = windows.desk
    gus = await desk.agent("gus", status="away")
    page = await windows.desk_of(gus)
    ann, bob = await desk.customer("ann"), await desk.customer("bob")
    await desk.chat(ann, leave_message=True, topic="A dent")
    await desk.chat(bob)
    queue = page.page.locator(".queue")
    await expect(queue.locator(".row-title")).to_have_text(["Bob", "Ann"])
    await expect(queue.locator("h2 .count")).to_have_text("1")
    await expect(queue.locator(".left-messages")).to_contain_text("They take no seat: answer them when you can.")
    await expect(queue.locator(".left-messages .row-words")).to_have_text("A dent")
    await page.page.get_by_role("button", name="Take the chat of Ann").click()
    await expect(page.page.locator(".left-note")).to_contain_text("answer it when you can")
    await expect(row(page, "Ann").locator(".row-words")).to_contain_text("Left a message")
    await expect(page.page.locator(".left-messages")).to_be_hidden()


@pytest.mark.slow
async def test_rows_show_whether_the_customer_is_there(windows: Windows) -> None:
    desk = windows.desk
    gus = await desk.agent("gus")
    page, ada = await windows.desk_of(gus), await windows.admin("ada")
    ann = await desk.customer("ann")
    await desk.chat(ann)
    rows = [row(page, "Ann"), ada.page.locator(".chats-open .row", has_text="Ann")]
    for each in rows:
        await expect(each.locator(".row-avatar")).to_have_attribute("title", "is here")
        assert await each.locator(".row-avatar").evaluate(DOT) == "full"
    await ann.disconnect()
    for each in rows:
        await expect(each.locator(".row-avatar")).to_have_attribute("title", "is not here")
        assert await each.locator(".row-avatar").evaluate(DOT) == "ring"
    await ann.reconnect()
    for each in rows:
        await expect(each.locator(".row-avatar")).to_have_attribute("data-here", "yes")
    await page.opens_the_chat_of("Ann")
    await expect(page.page.locator(".pane-about .presence")).to_have_text("Online")


@pytest.mark.slow
async def test_a_rating_and_its_comment_reach_every_staff_page(windows: Windows) -> None:
    desk = windows.desk
    gus = await desk.agent("gus")
    page, ada = await windows.desk_of(gus), await windows.admin("ada")
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann, topic="A dent")
    await ann.say(chat_id, "My kettle has a dent")
    await page.opens_the_chat_of("Ann")
    await ada.opens_the_chat_of("Ann")
    await ann.ask("end_chat", chat_id=chat_id)
    for each in (page, ada):
        await expect(each.page.locator(".rating-score")).to_contain_text("Not rated yet")
    await ann.ask("rate_chat", chat_id=chat_id, score=4, comment="Quick and kind")
    for each in (page, ada):  # live
        await expect(each.page.locator(".rating-score")).to_contain_text("Rated 4 of 5")
        await expect(each.page.locator(".rating-comment")).to_have_text("Quick and kind")
    await expect(ada.page.locator(".chats-ended .row-words")).to_contain_text("Rated 4 of 5")
    await page.page.reload()  # and afterwards: among the ended ones, and in the customer's history
    await page.page.get_by_text("Recently ended").click()
    ended = page.page.locator(".ended-chats .row")
    await expect(ended.locator(".row-words")).to_have_text("Rated 4 of 5 · A dent")
    await ended.locator("button").click()
    await expect(page.page.locator(".rating-comment")).to_have_text("Quick and kind")
    await page.sees("My kettle has a dent")
    await page.page.get_by_role("button", name="Close", exact=True).click()
    await desk.chat(ann)
    await page.page.locator(".list:not(.queue, .ended-chats) .row-main", has_text="Ann").click()
    await expect(page.page.locator(".history")).to_contain_text("rated 4 of 5")
    await expect(page.page.locator(".history-comment")).to_have_text("Quick and kind")


@pytest.mark.slow
async def test_a_chat_that_goes_on_shows_the_lines_before_it(windows: Windows) -> None:
    desk = windows.desk
    gus = await desk.agent("gus")
    ann = await desk.customer("ann")
    chats: list[str] = []
    for number in range(3):
        chats.append(await desk.chat(ann, **({"continues": chats[-1]} if chats else {})))
        await ann.hears("chat_opened", lambda chat: chat["id"] == chats[-1])
        await ann.say(chats[-1], f"said in chat {number}")
        await gus.say(chats[-1], f"answered in chat {number}")
        if number < 2:
            await ann.ask("end_chat", chat_id=chats[-1])
    page, ada = await windows.desk_of(gus), await windows.admin("ada")
    every = [f"{word} in chat {number}" for number in range(3) for word in ("said", "answered")]
    await page.opens_the_chat_of("Ann")
    await page.sees(*every)
    await expect(page.page.get_by_role("button", name="Show earlier")).to_be_hidden()
    await expect(page.page.locator(".list:not(.queue) .row")).to_have_count(1)  # the old ones are no chats of the list
    await ada.page.locator(".chats-open .row-main").click()
    await ada.sees(*every)
    bea = await desk.agent("bea")
    await gus.ask("transfer_chat", chat_id=chats[-1], agent_id=bea.id)  # who never had the old ones
    colleague = await windows.desk_of(bea)
    await colleague.opens_the_chat_of("Ann")
    await colleague.sees(*every)
    await expect(colleague.page.locator(".pane-talk > .problem")).to_have_text("")


# What a browser kept of somebody who was logged in once; then the page forgets that it was put there by a test.
KEEP = """(() => {
  if (sessionStorage.begun) return;
  sessionStorage.begun = 1;
  localStorage.setItem("deskwire/session/%s", JSON.stringify(%s));
})()"""


@pytest.mark.slow
@pytest.mark.parametrize("role", ["agent", "admin"])
async def test_a_session_that_is_no_good_says_so_at_the_gate(windows: Windows, role: str) -> None:
    make = windows.desk.agent if role == "agent" else windows.desk.admin
    account = await make("gus", connected=False)
    await windows.desk.post("/api/auth/logout", token=account.token)
    ended = {"token": account.token, "user": account.user}
    for kept in (ended, {**ended, "token": "forged"}, {**ended, "user": None}):
        page = await windows.open(f"/{role}", init=KEEP % (role, json.dumps(kept)))
        await expect(page.locator(".login .problem")).to_have_text("Your session has ended. Please log in again.")
        await expect(page.locator("#username")).to_be_visible()
