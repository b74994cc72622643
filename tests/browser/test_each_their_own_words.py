"""A page that turns to another chat or customer shows that one's words and nobody else's: all of it is compared with
what the database holds."""

from itertools import pairwise

import pytest
from playwright.async_api import expect

from tests.browser.talks import (
    NAMES,
    TURNS,
    Talk,
    begins_to_write,
    compare_with_the_desk,
    shows_nobody_else,
    three_talks,
)
from tests.browser.windows import Windows


@pytest.mark.slow
async def test_the_agents_page_turns_from_chat_to_chat(windows: Windows) -> None:
    account = await windows.desk.agent("gus")
    talks = await three_talks(windows.desk, account)
    gus = await windows.desk_of(account)
    row = gus.page.locator(".list:not(.queue) .row-main")
    for name in NAMES:
        await gus.opens_the_chat_of(name)
        await begins_to_write(gus, name)
    for name in TURNS:
        await row.filter(has_text=name).click()
        talk = talks[name]
        await compare_with_the_desk(gus.page, talk)
        chat, earlier = await talk.chats()
        await expect(gus.page.locator(".tag span")).to_have_text(chat["tags"])
        await expect(gus.page.locator(".history-topic")).to_have_text([earlier["topic"]])
        await expect(gus.page.locator(".facts")).to_contain_text(chat["form"]["order"])
        await expect(gus.page.locator(".facts")).to_contain_text(chat["page_url"])
        await expect(gus.page.locator("#composer")).to_have_value(f"{name} draft")
        await expect(gus.page.locator("#note")).to_have_value(f"{name} note draft")
        await shows_nobody_else(gus.page.locator(".pane"), name)
    for first, second in pairwise(TURNS):  # before the desk has answered for the first
        await row.filter(has_text=first).click()
        await row.filter(has_text=second).click()
        await compare_with_the_desk(gus.page, talks[second])
        await expect(gus.page.locator(".history-topic")).to_have_text([f"{second} earlier topic"])
        await shows_nobody_else(gus.page.locator(".pane"), second)
    await gus.page.get_by_role("button", name="Hand over").click()
    await expect(gus.dialog).to_contain_text("Ann")
    await shows_nobody_else(gus.dialog.locator("h2"), "Ann")


@pytest.mark.slow
async def test_the_admins_page_turns_from_chat_to_chat(windows: Windows) -> None:
    gus = await windows.desk.agent("gus")
    talks = await three_talks(windows.desk, gus)
    ada = await windows.admin("ada")
    rows = ada.page.locator(".chats-open .row-main")
    await expect(rows).to_have_count(3)
    for name in TURNS:
        await rows.filter(has_text=name).click()
        await compare_with_the_desk(ada.page, talks[name])
        await expect(ada.page.locator(".follow-why")).to_contain_text(f"{name.lower()} tag")
        await expect(ada.page.locator(".follow .pane-topic")).to_contain_text(f"{name} topic")
        await shows_nobody_else(ada.page.locator(".follow .pane-talk"), name)
    for first, second in pairwise(TURNS):
        await rows.filter(has_text=first).click()
        await rows.filter(has_text=second).click()
        await compare_with_the_desk(ada.page, talks[second])
        await shows_nobody_else(ada.page.locator(".follow .pane-talk"), second)
    for name in NAMES:  # and as it is said
        await gus.say(talks[name].chat_id, f"{name} answered again")
    said = await talks["Ann"].of("messages", kind="text")
    await expect(ada.page.locator(".follow .line:not(.line-topic) .body")).to_have_text(said)
    await expect(ada.page.locator(".stream-words")).to_have_text([f"{name} answered again" for name in reversed(NAMES)])


@pytest.mark.slow
async def test_a_slow_answer_for_one_chat_never_shows_over_another(windows: Windows) -> None:
    """Until the desk has told the next chat, nothing of the one before stands there, nor can be acted upon."""
    await three_talks(windows.desk, await windows.desk.agent("gus"))
    ada = await windows.admin("ada")
    await ada.opens_the_chat_of("Ann")
    await expect(ada.page.locator(".follow .line:not(.line-topic) .body")).to_have_count(3)
    await ada.page.context.set_offline(True)
    await ada.page.locator(".chats-open .row-main", has_text="Bob").click()
    await expect(ada.page.locator(".follow .pane-name")).to_have_text("")
    assert "Ann" not in await ada.page.locator(".follow").inner_text()
    await expect(ada.page.get_by_role("button", name="Give to another agent")).to_be_hidden()
    await ada.page.context.set_offline(False)
    await expect(ada.page.locator(".follow .pane-name")).to_have_text("Bob")
    await shows_nobody_else(ada.page.locator(".follow .pane-talk"), "Bob")


@pytest.mark.slow
async def test_the_widget_turns_from_one_chat_to_the_next(windows: Windows) -> None:
    await windows.desk.agent("gus")
    gus = await windows.desk.log_in("gus", "/agent")
    ann = await windows.customer()
    await ann.asks_for_a_chat()
    for number in range(3):
        chat = await windows.desk.until(lambda: windows.desk.documents.chats.find_one({"status": "open"}))
        talk = Talk(windows.desk, await windows.desk.customer("nobody", connected=False), str(chat["_id"]))
        await expect(ann.view.locator("#composer")).to_have_value("")
        await ann.says(f"chat {number} of Ann")
        await gus.hears("message", lambda message, number=number: message["body"] == f"chat {number} of Ann")
        await gus.say(talk.chat_id, f"chat {number} of Gus")
        await expect(ann.lines).to_have_text([f"chat {number} of Ann", f"chat {number} of Gus"])
        assert await ann.lines.all_inner_texts() == await talk.of("messages", kind="text")
        await ann.view.locator("#composer").fill(f"chat {number} draft")
        await gus.ask("end_chat", chat_id=talk.chat_id)
        form = ann.view.locator(".rating")
        await expect(form).to_be_visible()
        await expect(form.locator("input:checked")).to_have_count(0)
        await expect(ann.view.locator("#rating-comment")).to_have_value("")
        await form.locator("label[for=score-2]").click()
        await ann.view.locator("#rating-comment").fill(f"chat {number} comment")
        await ann.view.get_by_role("button", name="Start a new conversation").click()
        await ann.view.get_by_role("button", name="Start the conversation").click()
        await expect(ann.view.locator("#composer")).to_be_visible()


@pytest.mark.slow
async def test_the_office_reads_its_lists_anew(windows: Windows) -> None:
    """A person renamed elsewhere has the new name, and its letters, in every room."""
    gus = await windows.desk.agent("gus")
    ada = await windows.admin("ada")
    other = await windows.desk.log_in("ada", "/admin")
    await ada.goes_to("people")
    await expect(ada.page.locator(".person-name")).to_have_text(["Ada", "Gus"])
    await other.ask("update_user", id=gus.id, name="Zoe")
    await ada.goes_to("audit")
    await expect(ada.page.locator(".record")).not_to_have_count(0)
    await ada.goes_to("people")
    await expect(ada.page.locator(".person-name")).to_have_text(["Ada", "Zoe"])
    await expect(ada.page.locator(".person .avatar")).to_have_text(["A", "Z"])
    await ada.goes_to("monitor")
    await expect(ada.page.locator(".agents .row-title")).to_have_text("Zoe")
    await expect(ada.page.locator(".agents .avatar")).to_have_text("Z")
