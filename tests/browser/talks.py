"""Three customers with an earlier and an unended chat each, and what a page must show of one: all of it, and only it."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.browser.windows import Agent
from tests.support.desk import Scene
from tests.support.people import Someone

NAMES = ("Ann", "Bob", "Cleo")
# Each once, back and forth, and twice so fast that the answer for the one before comes when the next is on view.
TURNS = (*NAMES, *reversed(NAMES), "Bob", "Ann", "Cleo", "Ann")


class Talk:
    """One customer with an earlier chat, an unended one, and what belongs to it: every word begins with their name."""

    def __init__(self, desk: Scene, customer: Someone, chat_id: str) -> None:
        self.desk, self.customer, self.chat_id = desk, customer, chat_id
        self.name = str(customer.user["name"])

    async def of(self, collection: str, **more: Any) -> list[str]:
        """The bodies that the database has for this chat, in order."""
        found = self.desk.documents[collection].find({"chat_id": self.chat_id, **more}).sort([("seq", 1), ("_id", 1)])
        return [document["body"] async for document in found]

    async def chats(self) -> list[dict[str, Any]]:
        """All of this customer's, the newest first."""
        return [
            each async for each in self.desk.documents.chats.find({"customer_id": self.customer.id}).sort("_id", -1)
        ]


async def talk_of(desk: Scene, agent: Someone, name: str) -> Talk:
    customer = await desk.customer(name.lower())
    earlier = await desk.chat(customer, topic=f"{name} earlier topic")
    await customer.hears("chat_opened")
    await customer.say(earlier, f"{name} earlier line")
    await customer.ask("end_chat", chat_id=earlier)
    chat_id = await desk.chat(
        customer, topic=f"{name} topic", form={"order": f"{name} order"}, page_url=f"https://x.test/{name}"
    )
    await customer.hears("chat_opened", lambda chat: chat["id"] == chat_id)
    for number in ("first", "second"):
        await customer.say(chat_id, f"{name} {number} line")
        await agent.ask("add_note", chat_id=chat_id, client_id=f"{name}-{number}", body=f"{name} {number} note")
    await agent.say(chat_id, f"{name} answered by Gus")
    await agent.ask("set_tags", chat_id=chat_id, tags=["same", f"{name} tag"])
    return Talk(desk, customer, chat_id)


async def three_talks(desk: Scene, gus: Someone) -> dict[str, Talk]:
    return {name: await talk_of(desk, gus, name) for name in NAMES}


ALL_WORDS = """node => node.innerText
  + [...node.querySelectorAll("textarea, input")].map(({ value }) => value)
  + [...node.querySelectorAll("*")].flatMap((one) =>
    ["title", "aria-label", "href", "alt"].map((mark) => one.getAttribute(mark)))"""


async def shows_nobody_else(place: Locator, name: str) -> None:
    """Not a word of the others, in what is read, labelled or typed."""
    shown = await place.evaluate(ALL_WORDS)
    assert name in shown
    for other in NAMES:
        assert other == name or other not in shown, f"{other}'s words stand beside {name}'s: {shown}"


async def compare_with_the_desk(view: Page, talk: Talk) -> None:
    """Lines and notes of the chat on view are the database's, all of them."""
    lines = await talk.of("messages", kind="text")
    await expect(view.locator(".pane .line:not(.line-topic) .body")).to_have_text(lines)
    await expect(view.locator(".pane .note .body")).to_have_text(await talk.of("notes"))
    await expect(view.locator(".pane-name")).to_have_text(talk.name)


async def begins_to_write(gus: Agent, name: str) -> None:
    await gus.page.locator("#composer").fill(f"{name} draft")
    await gus.page.locator("#note").fill(f"{name} note draft")
