"""Ann closes the tab while Gus owes her an answer: she holds no seat for ever, and is answered all the same."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.queue.left_messages import LeftMessages
from tests.support.desk import Scene
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]


async def gone(desk: Scene, ann: Someone, chat_id: str) -> None:
    await ann.cut()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "here": []}))


async def absent(desk: Scene, **seats: int) -> tuple[Someone, Someone, str]:
    """Ann has asked something and is gone."""
    gus, ann = await desk.agent("gus", **seats), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "Where is my kettle?")
    await gone(desk, ann, chat_id)
    return gus, ann, chat_id


async def test_an_absent_customer_holds_no_seat(desk: Scene) -> None:
    gus, ann, chat_id = await absent(desk, max_chats=1)
    bea = await desk.customer("bea")
    await desk.chat(bea)
    desk.clock.advance(seconds=590)
    await desk.looked()
    assert not bea.heard("chat_opened")
    desk.clock.advance(seconds=11)
    left = await gus.hears("chat_updated", lambda chat: chat["offline"])
    assert (left["id"], left["status"], left["agent"]["id"], left["customer_here"]) == (chat_id, "open", gus.id, False)
    assert (await bea.hears("chat_opened"))["agent"]["id"] == gus.id, "the seat is hers"
    await gus.hears("message", lambda line: (line["system"] or {}).get("event") == "left_as_message")
    await gus.say(chat_id, "It comes on Tuesday")
    desk.clock.advance(minutes=30)
    await desk.looked()
    shown = await gus.ask("sync_chat", chat_id=chat_id)
    assert (shown["chat"]["status"], shown["chat"]["offline"]) == ("open", True)
    said = [line["system"]["event"] if line["system"] else line["body"] for line in shown["messages"]]
    assert said == ["opened", "Where is my kettle?", "left_as_message", "It comes on Tuesday"], "once"
    assert (await gus.ask("set_status", status="online"))["seat"]["open"] == 1
    assert ann.id == shown["chat"]["customer"]["id"]


async def test_who_is_back_goes_on_with_the_same_agent(desk: Scene) -> None:
    gus, ann, chat_id = await absent(desk)
    desk.clock.advance(seconds=601)
    await gus.hears("chat_updated", lambda chat: chat["offline"])
    answer = await gus.say(chat_id, "It comes on Tuesday")
    await ann.reconnect()
    back = ann.heard("welcome")[0]["chats"][0]
    assert (back["id"], back["status"], back["offline"], back["agent"]["id"]) == (chat_id, "open", False, gus.id)
    await gus.hears("chat_updated", lambda chat: not chat["offline"] and chat["customer_here"])
    assert (await gus.ask("set_status", status="online"))["seat"]["open"] == 1
    desk.clock.advance(minutes=5)
    await desk.looked()
    assert not ann.heard("idle_warning"), "she has not read the answer"
    await ann.ask("mark_read", chat_id=chat_id, seq=answer["seq"])
    desk.clock.advance(seconds=61)
    await ann.hears("idle_warning")


async def test_who_is_back_with_two_windows_at_once_goes_on(desk: Scene) -> None:
    """Each of them sees the other connected already."""
    gus, ann, chat_id = await absent(desk)
    twin = await ann.another()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "here": {"$ne": []}}))
    await twin.cut()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "here": []}))
    desk.clock.advance(seconds=601)
    await gus.hears("chat_updated", lambda chat: chat["offline"])
    await asyncio.gather(ann.reconnect(), twin.reconnect())
    await gus.hears("chat_updated", lambda chat: not chat["offline"])
    assert (await desk.documents.seats.find_one({"_id": gus.id}))["chats"] == [chat_id]


async def test_who_is_back_stands_first_when_her_agent_is_full(desk: Scene) -> None:
    gus, ann, chat_id = await absent(desk, max_chats=1)
    bea, cid = await desk.customer("bea"), await desk.customer("cid")
    busy = await desk.chat(bea)
    await desk.chat(cid)
    desk.clock.advance(seconds=601)
    await bea.hears("chat_opened")
    await ann.reconnect()
    greeting = ann.heard("welcome")[0]
    assert (greeting["chats"][0]["status"], greeting["queue"]["position"]) == ("queued", 1)
    await gus.ask("end_chat", chat_id=busy)
    assert (await ann.hears("chat_opened"))["id"] == chat_id


async def test_who_is_back_to_nobody_finds_her_message_as_it_was(desk: Scene) -> None:
    gus, ann, chat_id = await absent(desk)
    desk.clock.advance(seconds=601)
    await gus.hears("chat_updated", lambda chat: chat["offline"])
    await gus.ask("set_status", status="away")
    back = (await ann.reconnect()).heard("welcome")[0]["chats"][0]
    assert (back["id"], back["status"], back["offline"]) == (chat_id, "open", True)
    await gus.ask("set_status", status="online")
    await ann.say(chat_id, "Here I am")
    await gus.hears("chat_updated", lambda chat: not chat["offline"])


async def test_who_is_back_in_time_or_owes_nothing_stays(desk: Scene) -> None:
    """A chat whose customer owes the reply has the idle clock: it ends."""
    gus, ann, chat_id = await absent(desk)
    desk.clock.advance(seconds=590)
    await ann.reconnect()
    desk.clock.advance(seconds=590)
    await desk.looked()
    await gone(desk, ann, chat_id)
    desk.clock.advance(seconds=300)
    await gus.say(chat_id, "On Tuesday")
    desk.clock.advance(seconds=61)
    await gus.hears("idle_warning")
    desk.clock.advance(seconds=61)
    assert (await gus.hears("chat_ended"))["ended_reason"] == "timeout"
    assert not [chat for chat in gus.heard("chat_updated") if chat["offline"]]


async def test_one_who_never_read_the_answer_and_goes_again_gives_up_the_seat_again(desk: Scene) -> None:
    """Her clock stands, and the agent owes nothing: nothing else would give the seat back."""
    gus, ann, chat_id = await absent(desk)
    desk.clock.advance(seconds=601)
    await gus.hears("chat_updated", lambda chat: chat["offline"])
    await gus.say(chat_id, "It comes on Tuesday")
    await ann.reconnect()
    await gone(desk, ann, chat_id)
    gus.events.clear()
    desk.clock.advance(seconds=601)
    await gus.hears("chat_updated", lambda chat: chat["offline"])


async def test_zero_is_never(new_desk: NewDesk) -> None:
    desk = await new_desk(away_end_seconds=0)
    gus, _, chat_id = await absent(desk)
    desk.clock.advance(days=1)
    await desk.looked()
    chat = (await gus.ask("sync_chat", chat_id=chat_id))["chat"]
    assert (chat["status"], chat["offline"]) == ("open", False)


async def test_one_who_was_gone_when_an_agent_came_is_away_too(new_desk: NewDesk) -> None:
    desk = await new_desk(queue_grace_seconds=60)
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gone(desk, ann, chat_id)
    gus = await desk.agent("gus")
    await gus.hears("chat_opened")
    desk.clock.advance(seconds=601)
    assert (await gus.hears("chat_updated", lambda chat: chat["offline"]))["id"] == chat_id


@pytest.mark.slow
async def test_her_time_runs_on_whoever_gets_the_chat(desk: Scene) -> None:
    """Gus vanishes in the midst of it: Hal's seat is held for what is left of her ten minutes."""
    gus, _, chat_id = await absent(desk)
    desk.clock.advance(seconds=560)
    hal = await desk.agent("hal")
    await gus.cut()
    desk.clock.advance(seconds=16)
    assert (await hal.hears("chat_opened"))["id"] == chat_id
    desk.clock.advance(seconds=26)
    assert (await hal.hears("chat_updated", lambda chat: chat["offline"]))["id"] == chat_id


async def test_time_in_which_the_desk_was_away_does_not_count(desk: Scene) -> None:
    """Stopped with Ann connected: she has her ten minutes from when it is back, and so has Bea, who was gone before."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    bea = await desk.customer("bea")
    other = await desk.chat(bea)
    await gone(desk, bea, other)
    await desk.close()
    desk.clock.advance(minutes=30)
    await desk.open()
    await gus.reconnect()
    desk.clock.advance(seconds=590)
    await desk.looked()
    assert not gus.heard("chat_updated")
    desk.clock.advance(seconds=11)
    for each in (chat_id, other):
        await gus.hears("chat_updated", lambda chat, each=each: chat["id"] == each and chat["offline"])


@pytest.mark.parametrize("after", ["the seat was given back", "the chat was written"])
async def test_a_crash_in_the_middle_leaks_no_seat(new_desk: NewDesk, after: str) -> None:
    desk = await new_desk(tick_seconds=3600)
    gus, _, chat_id = await absent(desk, max_chats=1)
    left: LeftMessages = desk.desk.rules.queue.left_messages
    chat = await left.chats.find(chat_id)
    assert chat
    assert await left.stored.leave_if_away(chat, desk.clock.now(), {"event": "left_as_message"})
    if after == "the seat was given back":
        await left.seats.give_back(gus.id, chat_id)  # here it died
    healed: dict[str, int] = {}
    for _ in range(3):
        desk.clock.advance(seconds=4)
        healed |= await desk.desk.workers.reconciler.run()
    assert healed == {"untold": 1} | ({} if after == "the seat was given back" else {"leaked_seat": 1})
    assert (await desk.documents.seats.find_one({"_id": gus.id}))["chats"] == []
    await gus.hears("chat_updated", lambda chat: chat["offline"])
    await gus.hears("message", lambda line: (line["system"] or {}).get("event") == "left_as_message")


async def test_a_crash_while_she_comes_back_leaks_no_seat(new_desk: NewDesk) -> None:
    """The seat was taken, the chat not yet written: it is given back, and she goes on when she writes."""
    desk = await new_desk(tick_seconds=3600)
    gus, ann, chat_id = await absent(desk)
    desk.clock.advance(seconds=601)
    await desk.desk.workers.absence.look()
    assert await desk.desk.rules.queue.left_messages.seats.take(gus.id, chat_id, desk.clock.now())  # here it died
    for _ in range(2):
        desk.clock.advance(seconds=1)
        healed = await desk.desk.workers.reconciler.run()
    assert healed == {"leaked_seat": 1}
    await ann.reconnect()
    assert not ann.heard("welcome")[0]["chats"][0]["offline"]
    assert (await desk.documents.seats.find_one({"_id": gus.id}))["chats"] == [chat_id]


async def test_who_is_back_at_that_moment_and_who_looks_agree(new_desk: NewDesk) -> None:
    """Several looks and a return at once: one of them decides, and the seat is as the chat is."""
    desk = await new_desk(tick_seconds=3600)
    gus, ann, chat_id = await absent(desk)
    desk.clock.advance(seconds=601)
    looks: list[Any] = [desk.desk.workers.absence.look() for _ in range(3)]
    await asyncio.gather(*looks, ann.reconnect(), *[desk.desk.workers.absence.look() for _ in range(3)])
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "offline": False, "status": "open"}))
    assert (await desk.documents.seats.find_one({"_id": gus.id}))["chats"] == [chat_id]
    lines = desk.documents.messages.find({"chat_id": chat_id, "system.event": "left_as_message"})
    assert len(await lines.to_list(None)) <= 1
