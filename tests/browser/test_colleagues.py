"""Agents among themselves: handing over, notes, tags, quick replies; the customer sees only what is said."""

import pytest
from playwright.async_api import expect

from tests.browser.windows import Windows


@pytest.mark.slow
async def test_a_chat_is_handed_over_with_a_note_and_comes_back_to_the_queue(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    await ann.says("Can you mend it?")
    bea = await windows.agent("bea", online=False)
    await gus.opens_the_chat_of("Ann")
    await expect(gus.page.locator(".why")).to_have_text("You have this chat because nobody else was free.")
    await gus.page.get_by_role("button", name="Hand over").click()
    await expect(gus.dialog.get_by_label("Bea")).to_be_disabled()
    await bea.goes("online")  # the dialog is open meanwhile
    await expect(gus.dialog.locator(".choice")).to_contain_text("Online · 0 of 5 seats taken")
    await gus.dialog.get_by_label("Bea").check()
    await gus.dialog.get_by_label("Note").fill("Knows her kettles")
    await gus.dialog.get_by_role("button", name="Hand over").click()
    await expect(gus.page.locator(".toast")).to_contain_text("Bea has the chat with Ann now.")
    await expect(gus.page.locator(".list:not(.queue) .row")).to_have_count(0)
    await expect(ann.view.locator(".widget-head h1")).to_have_text("Bea")
    await expect(ann.view.locator(".line-system").last).to_have_text("Handed over to Bea")
    await bea.opens_the_chat_of("Ann")
    await bea.sees("Can you mend it?")
    await expect(bea.page.locator(".why")).to_have_text("A colleague handed this chat to you.")
    await expect(bea.page.locator(".note .body")).to_have_text("Knows her kettles")
    await gus.goes("away")
    await bea.page.context.close()
    await windows.desk.until(lambda: windows.desk.documents.seats.find_one({"offline_at": {"$ne": None}}))
    windows.desk.clock.advance(
        seconds=windows.desk.settings.agent_grace_seconds
    )  # she does not come back within the grace
    await expect(ann.view.locator(".queue-card")).to_contain_text("You keep your place at the front")
    await expect(ann.view.locator(".line-system").last).to_contain_text("Bea had to leave")
    await expect(ann.view.locator(".widget-head h1")).to_have_text("Support")


@pytest.mark.slow
async def test_notes_tags_and_quick_replies_stand_beside_the_chat(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann = await windows.customer()
    await ann.asks_for_a_chat("Ann", "A dented kettle")
    ada = await windows.admin("ada")
    await ada.opens_the_chat_of("Ann")
    await gus.opens_the_chat_of("Ann")
    writer = gus.page.locator("#composer")
    await writer.fill("/")
    await gus.page.get_by_role("button", name="Write your own").click()
    for shortcut, body in (("photo", "Could you send me a photo?"), ("bye", "Goodbye, and thank you!")):
        await gus.dialog.get_by_label("Shortcut").fill(shortcut)
        await gus.dialog.get_by_label("Text").fill(body)
        await gus.dialog.get_by_role("button", name="Save").click()
        await expect(gus.dialog.locator(".reply")).to_contain_text([body][:1])
    await gus.page.keyboard.press("Escape")
    await writer.fill("")
    await writer.press_sequentially("/p")
    await expect(gus.page.locator(".slash-option strong")).to_have_text("/photo")
    await writer.press("Enter")
    await expect(writer).to_have_value("Could you send me a photo?")
    await writer.press("Enter")
    await ann.sees("Could you send me a photo?")
    await gus.page.get_by_placeholder("Write a note for colleagues").fill("Has been kind")
    await gus.page.get_by_role("button", name="Add note").click()
    await expect(gus.page.locator(".note .body")).to_have_text("Has been kind")
    await expect(ada.page.locator(".note .body")).to_have_text("Has been kind")  # live, in another window
    await gus.page.get_by_placeholder("Add a tag").fill("Kettle, dent")
    await gus.page.keyboard.press("Enter")
    await expect(gus.page.locator(".tag")).to_have_text(["kettle", "dent"])
    await expect(ada.page.locator(".follow-why")).to_contain_text("#kettle")
    await gus.page.reload()
    await gus.opens_the_chat_of("Ann")
    await expect(gus.page.locator(".note .body")).to_have_text("Has been kind")
    assert "Has been kind" not in await ann.page.frames[1].content()


@pytest.mark.slow
async def test_who_is_there_is_told_right_after_a_welcome_and_a_transfer(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    chat = await windows.desk.documents.chats.find_one({})
    bea = await windows.desk.agent("bea")
    phone = await windows.desk.log_in("gus", "/agent")  # Gus stays there while his page loads again
    await gus.page.reload()
    await gus.opens_the_chat_of("Ann")
    await expect(gus.page.locator(".pane-about .presence")).to_have_text("Online")
    await phone.ask("set_status", status="away")
    about = ann.view.locator(".widget-head .presence")
    await expect(about).to_have_text("Away")
    await ann.page.reload()
    await expect(about).to_have_text("Away")
    await phone.ask("transfer_chat", chat_id=str(chat["_id"]), agent_id=bea.user["id"])
    await expect(ann.view.locator(".widget-head h1")).to_have_text("Bea")
    await expect(about).to_have_text("Online")
