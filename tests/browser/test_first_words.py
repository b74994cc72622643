"""What a visitor typed before the chat began, or took along from the page around it: nothing of it vanishes."""

from playwright.async_api import expect

from tests.browser.windows import Windows


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
