"""What a visitor typed before the chat began, or took along from the page around it: nothing of it vanishes."""

import pytest
from playwright.async_api import expect

from tests.browser.windows import Windows


@pytest.mark.slow
async def test_the_topic_is_the_first_line_on_every_side(windows: Windows) -> None:
    gus, ada = await windows.agent("gus"), await windows.admin("ada")
    ann = await windows.customer()
    await ann.asks_for_a_chat("Ann", "A dented kettle")
    await ann.says("It came today.")
    for talker in (ann, gus, ada):
        if talker is not ann:
            await talker.opens_the_chat_of("Ann")
        await expect(talker.topic_line).to_have_text("A dented kettle")
        await talker.sees("It came today.")
    await expect(gus.view.locator(".line-topic")).to_contain_text("Ann")  # as her own words
    await ann.page.reload()
    await expect(ann.topic_line).to_have_text("A dented kettle")


@pytest.mark.slow
async def test_what_is_too_long_for_a_topic_is_the_first_message(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann = await windows.customer()
    story = "My kettle came today. " * 20
    await ann.asks_for_a_chat("Ann", story)
    await gus.opens_the_chat_of("Ann")
    for talker in (ann, gus):
        await talker.sees(story.strip())
        await expect(talker.topic_line).to_have_count(0)


async def test_a_left_message_has_words(windows: Windows) -> None:
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    await ann.view.get_by_role("button", name="Leave a message").click()
    await expect(ann.view.locator(".talk > .problem")).to_have_text("Please write your message first.")
    assert not (await windows.desk.documents.chats.find_one({}))["offline"]
    await ann.view.locator("#composer").fill("Do you deliver to Lisbon?")
    await ann.view.get_by_role("button", name="Leave a message").click()
    await ann.sees("Do you deliver to Lisbon?")
    await expect(ann.view.locator(".left-card")).to_contain_text("Your message is waiting for us")
    assert (await windows.desk.documents.chats.find_one({}))["offline"]


@pytest.mark.slow
async def test_a_product_that_is_asked_about_goes_into_what_is_being_written(windows: Windows) -> None:
    gus = await windows.agent("gus")
    ann, bob = await windows.customer(), await windows.customer()
    composer = ann.view.locator("#composer")
    await ann.page.get_by_role("button", name="Ask about it: Copper kettle").click()
    await expect(ann.view.locator("#topic")).to_have_value("Copper kettle")
    await ann.page.get_by_role("button", name="Ask about it: Reading lamp").click()
    await expect(ann.view.locator("#topic")).to_have_value("Reading lamp")
    await ann.view.locator("#name").fill("Ann")
    await ann.view.locator(".start-form .primary").click()
    await expect(ann.topic_line).to_have_text("Reading lamp")
    await composer.fill("And what about the")
    await ann.page.get_by_role("button", name="Ask about it: Copper kettle").click()
    await expect(composer).to_have_value("And what about the Copper kettle")
    await expect(composer).to_be_focused()
    await gus.opens_the_chat_of("Ann")
    await gus.sees()  # nothing was sent for her
    await ann.page.evaluate("Deskwire.close()")
    await ann.page.reload()  # the frame is loaded by the wish itself, before it is known that a chat is going on
    await ann.page.get_by_role("button", name="Ask about it: Two stoneware cups").click()
    await expect(composer).to_have_value("And what about the Copper kettle Two stoneware cups")
    await bob.asks_for_a_chat("Bob")
    await bob.ends()
    await bob.page.get_by_role("button", name="Ask about it: Reading lamp").click()
    await expect(bob.view.locator("#topic")).to_have_value("Reading lamp")
