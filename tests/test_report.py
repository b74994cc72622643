"""Known chats, a clock that is moved, and the figures they must give."""

import statistics
from datetime import datetime
from typing import Any

import pytest

from tests.support.desk import Scene
from tests.support.people import Someone

FAR = {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}


def between(first: str, second: str) -> float:
    return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds()


def spread(values: list[float]) -> dict[str, Any]:
    """As docs/PROTOCOL.md has it, by another road than the database's."""
    in_order = sorted(values)
    rank = -(-95 * len(values) // 100) - 1
    mean, median = (pytest.approx(figure(values), abs=0.0006) for figure in (statistics.mean, statistics.median))
    return {"count": len(values), "mean": mean, "median": median, "p95": in_order[rank]}


async def serve(desk: Scene, customer: Someone, agent: Someone, waits: int, answers: int | None, talks: int) -> Any:
    """A chat from the queue to its end; the three times that count, as the log tells them."""
    await agent.ask("set_status", status="away")
    chat_id = await desk.chat(customer)
    desk.clock.advance(seconds=waits)
    await agent.ask("set_status", status="online")
    await customer.hears("chat_opened", lambda chat: chat["id"] == chat_id)
    if answers is not None:
        desk.clock.advance(seconds=answers)
        await agent.say(chat_id, "Good morning!")
        await agent.say(chat_id, "How can I help?")
    desk.clock.advance(seconds=talks)
    ended = (await agent.ask("end_chat", chat_id=chat_id))["chat"]
    log = (await customer.ask("sync_chat", chat_id=chat_id))["messages"]
    opened = log[0]["sent_at"]
    first = between(opened, log[1]["sent_at"]) if answers is not None else None
    return between(ended["queued_at"], opened), first, between(opened, ended["ended_at"])


async def test_the_figures_of_known_chats(desk: Scene) -> None:
    ada = await desk.admin("ada")
    gus = await desk.agent("gus", status="away")
    ann = await desk.customer("ann")
    plan = [(10, 5, 60), (20, 7, 120), (400, 100, 30), (0, None, 10)]
    times = [await serve(desk, ann, gus, *each) for each in plan]
    assert [int(wait) for wait, _, _ in times] == [10, 20, 400, 0]
    figures = (await ada.ask("report", **FAR))["figures"]
    waiting, first, handling = zip(*times, strict=True)
    answered = [value for value in first if value is not None]
    assert figures["chats"] == 4
    assert figures["waiting"] == spread(list(waiting))
    assert figures["first_response"] == spread(answered)
    assert figures["handling"] == spread(list(handling))
    assert figures["first_response"]["count"] == 3, "a chat without an answer has no first response"
    assert figures["ended_by_type"] == {"customer": 0, "agent": 4, "timeout": 0, "system": 0}
    only = figures["agents"][0]
    assert (only["agent"]["id"], only["chats"], only["handling"]) == (gus.id, 4, figures["handling"])


async def test_ratings_endings_and_agents(desk: Scene) -> None:
    ada, gus, hal = await desk.admin("ada"), await desk.agent("gus"), await desk.agent("hal", status=None)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    for score in (5, 4, 5):
        chat_id = await desk.chat(ann)
        await ann.ask("end_chat", chat_id=chat_id)
        await ann.ask("rate_chat", chat_id=chat_id, score=score)
    await gus.ask("set_status", status="offline")
    await bea.ask("leave_queue", chat_id=await desk.chat(bea))
    await hal.ask("set_status", status="online")
    chat_id = await desk.chat(bea)
    await hal.ask("end_chat", chat_id=chat_id)
    await bea.ask("rate_chat", chat_id=chat_id, score=1)
    figures = (await ada.ask("report", **FAR))["figures"]
    assert figures["chats"] == 5
    assert figures["ended_by_type"] == {"customer": 4, "agent": 1, "timeout": 0, "system": 0}
    assert figures["abandoned"] == 1, "she left before any agent had her chat"
    assert figures["left_messages"] == {"count": 0}
    assert figures["ratings"] == {"count": 4, "mean": 3.75, "by_score": {"1": 1, "2": 0, "3": 0, "4": 1, "5": 2}}
    assert [(row["agent"]["id"], row["chats"], row["ratings"]) for row in figures["agents"]] == [
        (gus.id, 3, {"count": 3, "mean": 4.667}),
        (hal.id, 1, {"count": 1, "mean": 1.0}),
    ]
    assert figures["waiting"]["count"] == 4, "who left the queue never got an agent"


async def test_a_left_message_is_counted_apart(desk: Scene) -> None:
    ada, gus, ann = await desk.admin("ada"), await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann, leave_message=True)
    desk.clock.advance(hours=12)
    await gus.ask("take_chat", chat_id=chat_id)
    await gus.ask("end_chat", chat_id=chat_id)
    figures = (await ada.ask("report", **FAR))["figures"]
    assert (figures["chats"], figures["abandoned"], figures["left_messages"]) == (0, 0, {"count": 1})
    nothing = {"count": 0, "mean": None, "median": None, "p95": None}
    assert (figures["waiting"], figures["first_response"], figures["handling"]) == (nothing, nothing, nothing)
    assert (sum(figures["ended_by_type"].values()), figures["agents"]) == (0, [])


@pytest.mark.parametrize("way", ["leave_queue", "end_chat", "resolved", "vanished"])
async def test_whoever_ends_before_any_agent_has_given_up(desk: Scene, way: str) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    if way == "vanished":
        await ann.disconnect()
        await desk.looked()
        desk.clock.advance(seconds=61)
        await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "status": "ended"}))
    else:
        more = {"reason": "resolved"} if way == "resolved" else {}
        await ann.ask("leave_queue" if way == "leave_queue" else "end_chat", chat_id=chat_id, **more)
    figures = (await ada.ask("report", **FAR))["figures"]
    assert (figures["chats"], figures["abandoned"], sum(figures["ended_by_type"].values())) == (1, 1, 1)


async def test_what_was_live_at_any_time_is_a_chat(desk: Scene) -> None:
    """Ann gives up her place for a message, Bea her message for a place: two chats, and one wait that says something."""
    ada, gus = await desk.admin("ada"), await desk.agent("gus", status="away")
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    first = await desk.chat(ann)
    assert await desk.chat(ann, leave_message=True) == first
    second = await desk.chat(bea, leave_message=True)
    desk.clock.advance(hours=12)
    await gus.ask("take_chat", chat_id=first)
    await gus.ask("set_status", status="online")
    assert await desk.chat(bea) == second
    await bea.hears("chat_opened")
    for customer, chat_id in ((ann, first), (bea, second)):
        await customer.ask("end_chat", chat_id=chat_id)
    figures = (await ada.ask("report", **FAR))["figures"]
    assert (figures["chats"], figures["left_messages"]["count"], figures["abandoned"]) == (2, 0, 0)
    assert figures["handling"]["count"] == 2
    assert figures["waiting"]["count"] == 1, "Ann's chat was picked as a message"
    assert figures["waiting"]["mean"] < 3600, "Bea's wait began when she took a place"


async def test_a_range_has_its_first_moment_and_not_its_last(desk: Scene) -> None:
    ada, gus, ann = await desk.admin("ada"), await desk.agent("gus"), await desk.customer("ann")
    moments = []
    for _ in range(3):
        chat_id = await desk.chat(ann)
        moments.append((await gus.ask("end_chat", chat_id=chat_id))["chat"]["ended_at"])
        desk.clock.advance(hours=1)
    found = await ada.ask("report", since=moments[0], until=moments[2])
    assert found["figures"]["chats"] == 2
    nothing = (await ada.ask("report", since="2001-01-01T00:00:00Z", until="2002-01-01T00:00:00Z"))["figures"]
    assert (nothing["chats"], nothing["agents"], nothing["handling"]["mean"]) == (0, [], None)
    assert (await ada.refused("report", since=moments[1], until=moments[1]))["code"] == "invalid"
    assert (await ada.refused("report", since=moments[1]))["code"] == "invalid"
    assert (await gus.refused("report", **FAR))["code"] == "unknown_event"


async def test_figures_outlive_the_words(desk: Scene) -> None:
    ada, gus, ann = await desk.admin("ada"), await desk.agent("gus"), await desk.customer("ann")
    await serve(desk, ann, gus, 30, 5, 60)
    before = await ada.ask("report", **FAR)
    await desk.documents.messages.delete_many({})
    await desk.documents.marks.delete_many({})
    assert await ada.ask("report", **FAR) == before


async def test_the_report_reads_an_index(desk: Scene) -> None:
    ada, gus, ann = await desk.admin("ada"), await desk.agent("gus"), await desk.customer("ann")
    await serve(desk, ann, gus, 1, 1, 1)

    async def uses() -> int:
        """How often MongoDB has read the index so far."""
        indexes = desk.documents.chats.aggregate([{"$indexStats": {}}, {"$match": {"name": "ended_at"}}])
        return sum([index["accesses"]["ops"] async for index in indexes])

    before = await uses()
    await ada.ask("report", **FAR)
    assert await uses() > before
