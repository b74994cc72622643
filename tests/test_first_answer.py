"""What the desk says by itself: a greeting, and when somebody answers; once a chat, and no answer to anybody's clock."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.support.branches import Branches
from tests.support.desk import Scene
from tests.support.hours import ALWAYS, close, department
from tests.support.people import PATIENCE, Someone

NewDesk = Callable[..., Awaitable[Scene]]


def by_the_desk(line: dict[str, Any]) -> bool:
    return line["kind"] == "text" and line["sender"] is None


async def said_by_the_desk(desk: Scene, who: Someone, chat_id: str) -> list[str]:
    """What it has said by now, after a look at all that is due."""
    await desk.looked()
    lines = (await who.ask("sync_chat", chat_id=chat_id))["messages"]
    return [line["body"] for line in lines if by_the_desk(line)]


async def greeted(who: Someone, chat_id: str) -> dict[str, Any]:
    return dict(await who.hears("message", lambda line: line["chat_id"] == chat_id and by_the_desk(line)))


async def test_who_waits_is_greeted_in_her_language_and_told_when_she_is_answered(new_desk: NewDesk) -> None:
    desk = await new_desk(greeting="waiting", first_answer_seconds=60)
    ann, bea = await desk.customer("ann", locale="zh-CN"), await desk.customer("bea")
    chat_id = await desk.chat(ann)
    gus = await desk.agent("gus", status="away")
    desk.clock.advance(seconds=1)
    hello = await greeted(ann, chat_id)
    assert (hello["kind"], hello["client_id"], hello["system"], hello["status"]) == ("text", None, None, "sent")
    assert hello["body"].startswith("您好")
    assert (await ann.ask("sync_chat", chat_id=chat_id))["chat"]["unread"] == 1
    desk.clock.advance(seconds=58)
    assert len(await said_by_the_desk(desk, ann, chat_id)) == 1
    desk.clock.advance(seconds=1)
    await ann.hears("message", lambda line: line["body"].startswith("感谢您的耐心等待"))
    for _ in range(2):
        desk.clock.advance(minutes=5)
        assert len(await said_by_the_desk(desk, ann, chat_id)) == 2, "each once"
    await gus.ask("set_status", status="online")
    await ann.hears("chat_opened")
    theirs = await desk.chat(bea)
    await gus.hears("chat_opened", lambda chat: chat["id"] == theirs)
    desk.clock.advance(seconds=2)
    assert await said_by_the_desk(desk, bea, theirs) == [], "she has an agent at once"
    desk.clock.advance(seconds=58)
    assert (await greeted(bea, theirs))["body"].startswith("Thank you for your patience"), "who has not answered"


async def test_nothing_is_said_once_an_agent_has_spoken_or_the_chat_is_over(new_desk: NewDesk) -> None:
    desk = await new_desk(greeting="always", first_answer_seconds=60)
    gus, ann, bea = await desk.agent("gus"), await desk.customer("ann"), await desk.customer("bea")
    answered, over = await desk.chat(ann), await desk.chat(bea)
    await gus.say(answered, "Hello Ann")
    await bea.ask("end_chat", chat_id=over)
    cid = await desk.customer("cid")
    unanswered = await desk.chat(cid)
    desk.clock.advance(seconds=61)
    await greeted(cid, unanswered)
    assert await said_by_the_desk(desk, ann, answered) == await said_by_the_desk(desk, bea, over) == []


async def test_what_was_said_is_known_after_a_crash(new_desk: NewDesk) -> None:
    """A process died between the line and the note that it is done; then another look comes."""
    desk = await new_desk(greeting="waiting")
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    desk.clock.advance(seconds=1)
    await greeted(ann, chat_id)
    await ann.say(chat_id, "Hello?")
    await desk.documents.chats.update_one({"_id": chat_id}, {"$set": {"greet_at": desk.clock.now()}})
    assert len(await said_by_the_desk(desk, ann, chat_id)) == 1
    assert not await desk.documents.chats.count_documents({"greet_at": {"$ne": None}})


async def test_no_clock_and_no_figure_moves_by_it(new_desk: NewDesk) -> None:
    desk = await new_desk(greeting="always", first_answer_seconds=30, reply_seconds=100)
    gus, ann, ada = await desk.agent("gus"), await desk.customer("ann"), await desk.admin("ada")
    began_at = desk.clock.now()
    chat_id = await desk.chat(ann)
    desk.clock.advance(seconds=31)
    await ann.hears("message", lambda line: line["body"].startswith("Thank you for your patience"))
    desk.clock.advance(seconds=65)
    await desk.looked()
    assert not ann.heard("idle_warning"), "the agent owes the answer"
    await gus.ask("set_status", status="away")
    desk.clock.advance(seconds=5)
    await ann.hears("message", lambda line: (line["system"] or {}).get("reason") == "no_reply")
    await gus.ask("take_chat", chat_id=chat_id)
    await gus.say(chat_id, "Here I am")
    await gus.ask("end_chat", chat_id=chat_id)
    desk.clock.advance(seconds=1)
    figures = await ada.ask("report", since=began_at.isoformat(), until=desk.clock.now().isoformat())
    assert figures["figures"]["first_response"]["mean"] >= 100, "from the first agent to its first line"


async def test_a_departments_own_words_by_language_and_hours(new_desk: NewDesk) -> None:
    desk = await new_desk(greeting="always", first_answer_seconds=60)
    ada = await desk.admin("ada")
    texts = {
        "greeting": {"en": "Welcome to Sales. {when} {this stays}", "zh": " "},
        "first_answer": None,
        "closed": {"en": "Sales is asleep. {when}"},
    }
    sales = await department(ada, "Sales", texts=texts)
    (shown,) = (await ada.ask("list_departments"))["results"]
    usual = ada.heard("welcome")[0]["settings"]["usual_texts"]
    assert shown["texts"] == {**texts, "greeting": {"en": texts["greeting"]["en"]}}, "a blank one is none"  # type: ignore[index]
    assert usual["greeting"].keys() == {"en", "zh"}
    await department(ada, "Sales", id=sales)
    assert (await ada.ask("list_departments"))["results"] == [shown], "left out, they stay"
    for bad in ({"welcome": {}}, {"greeting": {"fr": "Bonjour"}}, {"greeting": {"en": "x" * 1001}}):
        times = {"time_zone": "UTC", "hours": ALWAYS, "special_days": {}}
        assert (await ada.refused("save_department", id=sales, name="Sales", **times, texts=bad))["code"] == "invalid"

    ann, bea = await desk.customer("ann", locale="fr"), await desk.customer("bea", locale="zh")
    theirs = [await desk.chat(each, department="Sales") for each in (ann, bea)]
    desk.clock.advance(seconds=1)
    said = "Welcome to Sales. We answer as soon as somebody is there. {this stays}"
    assert (await greeted(ann, theirs[0]))["body"] == said
    assert (await greeted(bea, theirs[1]))["body"] == usual["greeting"]["zh"]
    desk.clock.advance(seconds=60)
    assert len(await said_by_the_desk(desk, ann, theirs[0])) == 1, "the other one is left unsaid"

    opens_on = (desk.clock.now() + timedelta(days=2)).date()
    await close(
        ada, sales, "Sales", time_zone="Europe/Paris", special_days={opens_on.isoformat(): [["09:00", "12:00"]]}
    )
    cid = await desk.customer("cid")
    left = await desk.chat(cid, department="Sales")
    desk.clock.advance(seconds=1)
    asleep = (await greeted(cid, left))["body"]
    assert asleep.startswith(f"Sales is asleep. We open on {opens_on:%A}, {opens_on.day} {opens_on:%B} at 09:00 (GMT+0")
    desk.clock.advance(seconds=60)
    assert await said_by_the_desk(desk, cid, left) == [asleep], "out of hours one line says all"


@pytest.mark.slow
async def test_two_processes_that_look_at_once_greet_once(new_branches: Callable[..., Awaitable[Branches]]) -> None:
    """And when one of them is killed in the middle of it, the other one does."""
    desk = await new_branches(2, greeting="waiting", first_answer_seconds=2)
    people = [await desk.customer(f"c{n}", at=n % 2) for n in range(12)]
    chats = {who: (await who.ask("request_chat"))["chat"]["id"] for who in people}
    await people[0].hears("message", lambda line: by_the_desk(line) and line["body"].startswith("Hello"))
    await desk.branches[1].end(signal.SIGKILL)
    for who in people[::2]:
        await who.hears("message", lambda line: line["body"].startswith("Thank you for your patience"))

    said = {"client_id": {"$in": ["greeting", "first_answer"]}, "side": "bot"}
    async with asyncio.timeout(PATIENCE):
        while await desk.database.collections.messages.count_documents(said) < 2 * len(people):
            await asyncio.sleep(0.05)
    for who in people[::2]:
        lines = (await who.ask("sync_chat", chat_id=chats[who]))["messages"]
        assert [line["body"].split()[0] for line in lines if by_the_desk(line)] == ["Hello,", "Thank"]
