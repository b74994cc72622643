"""Ann leaves a message, comes and goes; what is left takes no seat and no place until she is back and somebody is there."""

from collections.abc import Awaitable, Callable

import pytest

from tests.support.desk import Scene
from tests.support.hours import close, department
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]

# The wire


async def test_left_messages_stand_behind_the_line_and_can_be_listed_alone(desk: Scene) -> None:
    gus = await desk.agent("gus", status="away")
    ann, bea, cid = await desk.customer("ann"), await desk.customer("bea"), await desk.customer("cid")
    left = [await desk.chat(each, leave_message=True) for each in (ann, bea)]
    line = [await desk.chat(cid)]

    async def listed(**wishes: bool | None) -> list[str]:
        return [chat["id"] for chat in (await gus.ask("list_queue", **wishes))["results"]]

    assert await listed() == line + left
    assert (await listed(offline=True), await listed(offline=False), await listed(offline=None)) == (
        left,
        line,
        line + left,
    )
    ada = await desk.admin("ada")
    assert [chat["id"] for chat in (await ada.ask("watch_desk"))["queue"]] == line + left


async def test_agents_hear_of_it_when_who_waits_comes_or_goes(desk: Scene) -> None:
    """Nobody has the chat yet, so its customer's presence is told to no agent: they read the line again."""
    gus, ann = await desk.agent("gus", status="away"), await desk.customer("ann")
    await desk.chat(ann, leave_message=True)
    await gus.hears("queue_changed")

    async def is_shown_as(here: bool) -> bool:
        heard = len(gus.heard("queue_changed")) > before
        rows = (await gus.ask("list_queue"))["results"]
        return heard and [chat["customer_here"] for chat in rows] == [here]

    before = len(gus.heard("queue_changed"))
    await ann.cut()
    await desk.until(lambda: is_shown_as(False))
    before = len(gus.heard("queue_changed"))
    await ann.reconnect()
    await desk.until(lambda: is_shown_as(True))


async def test_agents_and_admins_see_whether_the_customer_is_there(desk: Scene) -> None:
    ada, gus, ann = await desk.admin("ada"), await desk.agent("gus"), await desk.customer("ann")
    await ada.ask("watch_desk")
    chat_id = await desk.chat(ann)
    opened = await gus.hears("chat_opened")
    assert (opened["customer_here"], opened["channel"], opened["continues"]) == (True, "web", None)
    said = await gus.say(chat_id, "Hello")
    shown = (await gus.ask("sync_chat", chat_id=chat_id))["chat"]
    assert shown["updated_at"] == said["sent_at"]
    await ada.hears("desk", lambda told: any(chat["customer_here"] for chat in told["chats"]))
    await ann.cut()
    await ada.hears("desk", lambda told: any(not chat["customer_here"] for chat in told["chats"]))
    assert not (await gus.ask("sync_chat", chat_id=chat_id))["chat"]["customer_here"]
    assert (
        not {"customer_here", "channel", "updated_at"} & (await ann.reconnect()).heard("welcome")[0]["chats"][0].keys()
    )


async def test_an_ended_chat_is_gone_on_with(new_desk: NewDesk) -> None:
    """By its last agent, however busy, and long after the minutes in which it would be preferred anyway."""
    desk = await new_desk(affinity_minutes=0)
    hal, gus, ann = await desk.agent("hal"), await desk.agent("gus", status="away"), await desk.customer("ann")
    old = await desk.chat(ann)
    await ann.say(old, "My kettle leaks")
    await hal.ask("end_chat", chat_id=old)
    await hal.ask("set_status", status="away")
    await gus.ask("set_status", status="online")
    await desk.chat(await desk.customer("bea"))
    await hal.ask("set_status", status="online", max_chats=2)
    await desk.chat(await desk.customer("cid"))
    new = (await ann.ask("request_chat", continues=old))["chat"]
    assert (new["continues"], new["agent"]["id"]) == (old, hal.id)
    assert new["id"] != old
    assert (await ann.ask("sync_chat", chat_id=old))["chat"]["status"] == "ended"
    await hal.ask("transfer_chat", chat_id=new["id"], agent_id=gus.id)
    above = await gus.ask("sync_chat", chat_id=old)
    assert "My kettle leaks" in [line["body"] for line in above["messages"]], "its new agent reads what went before"
    again = await ann.ask("request_chat", continues=old)
    assert again["chat"]["id"] == new["id"], "asked again: the one there is"
    await gus.ask("end_chat", chat_id=new["id"])
    third = (await ann.ask("request_chat", continues=new["id"]))["chat"]
    bea = await desk.agent("bea")
    assert (await bea.refused("sync_chat", chat_id=old))["code"] == "not_found"
    await gus.ask("transfer_chat", chat_id=third["id"], agent_id=bea.id)
    for before in (old, new["id"]):
        assert (await bea.ask("sync_chat", chat_id=before))["chat"]["id"] == before, "and however far back it goes"


async def test_only_an_own_ended_chat_is_gone_on_with(desk: Scene) -> None:
    gus, hal = await desk.agent("gus"), await desk.agent("hal", status="away")
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    chat_id = await desk.chat(ann)
    for who, what in ((ann, chat_id), (bea, chat_id), (bea, "nothing")):
        assert (await who.refused("request_chat", continues=what))["code"] == "not_found"
    await gus.ask("end_chat", chat_id=chat_id)
    assert (await bea.refused("request_chat", continues=chat_id))["code"] == "not_found"
    assert (await ann.ask("request_chat", continues=chat_id, leave_message=True))["chat"]["continues"] == chat_id
    assert (await hal.refused("sync_chat", chat_id=chat_id))["code"] == "not_found"


# A left message takes nothing


async def left_message(desk: Scene, ann: Someone, gus: Someone) -> str:
    """Ann leaves a message, Gus takes it, Ann closes the tab."""
    chat_id = await desk.chat(ann, leave_message=True)
    await gus.ask("take_chat", chat_id=chat_id)
    await ann.cut()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "here": []}))
    return chat_id


async def seat_of(desk: Scene, agent: Someone) -> list[str]:
    return list((await desk.documents.seats.find_one({"_id": agent.id}))["chats"])


async def test_an_agent_holds_any_number_of_left_messages_and_no_seat(desk: Scene) -> None:
    """Its seats are full, and it is away; so is nobody who waits held up by what it holds."""
    gus = await desk.agent("gus", max_chats=1)
    busy = await desk.chat(await desk.customer("zoe"))
    await gus.ask("set_status", status="away")
    for n in range(3):
        chat_id = await desk.chat(await desk.customer(f"c{n}"), leave_message=True)
        taken = (await gus.ask("take_chat", chat_id=chat_id))["chat"]
        assert (taken["status"], taken["offline"], taken["agent"]["id"]) == ("open", True, gus.id)
        assert (await gus.ask("take_chat", chat_id=chat_id))["chat"]["id"] == chat_id, "again: the same"
    assert (await gus.ask("set_status", status="online"))["seat"]["open"] == 1
    await gus.ask("end_chat", chat_id=busy)
    ann = await desk.customer("ann")
    assert (await ann.ask("request_chat"))["chat"]["agent"]["id"] == gus.id, "the seat is for whoever is there"
    for _ in range(2):
        desk.clock.advance(seconds=1)
        assert await desk.desk.workers.reconciler.run() == {}, "neither leaked seats nor unserved chats"


async def test_an_answered_left_message_is_not_ended_while_its_customer_is_away(desk: Scene) -> None:
    """She reads the answer a day later, and the clock starts then."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await left_message(desk, ann, gus)
    desk.clock.advance(minutes=5)
    await desk.looked()
    answer = await gus.say(chat_id, "Send it back, we mend it")
    for _ in range(3):
        desk.clock.advance(minutes=5)
        await desk.looked()
    chat = (await gus.ask("sync_chat", chat_id=chat_id))["chat"]
    assert (chat["status"], chat["offline"], chat["agent"]["id"], chat["ends_at"]) == ("open", True, gus.id, None)
    desk.clock.advance(days=1)
    await desk.looked()
    back = (await (await ann.reconnect()).hears("welcome"))["chats"][0]
    assert (back["id"], back["status"], back["offline"], back["unread"]) == (chat_id, "open", True, 1), (
        "she left it herself"
    )
    live = await ann.ask("request_chat")
    assert (live["chat"]["id"], live["chat"]["offline"], live["queue"]) == (chat_id, False, None)
    desk.clock.advance(minutes=10)
    await desk.looked()
    assert not ann.heard("idle_warning"), "she has not read it yet"
    await ann.ask("mark_read", chat_id=chat_id, seq=answer["seq"])
    desk.clock.advance(seconds=50)
    await desk.looked()
    assert not ann.heard("idle_warning"), "she has just read it"
    desk.clock.advance(seconds=11)
    await ann.hears("idle_warning")
    desk.clock.advance(seconds=61)
    assert (await ann.hears("chat_ended"))["ended_reason"] == "timeout"


async def test_who_writes_has_her_clock_started_too(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await left_message(desk, ann, gus)
    await gus.say(chat_id, "Send it back")
    await ann.reconnect()
    await ann.say(chat_id, "To where?")
    live = await gus.hears("chat_updated", lambda chat: not chat["offline"])
    assert (live["id"], live["status"]) == (chat_id, "open")
    assert await seat_of(desk, gus) == [chat_id]
    await gus.say(chat_id, "To our shop")
    desk.clock.advance(seconds=61)
    await ann.hears("idle_warning")


@pytest.mark.slow
async def test_no_reply_clock_and_no_agents_grace_moves_a_left_message(new_desk: NewDesk) -> None:
    desk = await new_desk(reply_seconds=60, agent_grace_seconds=15)
    gus, hal = await desk.agent("gus"), await desk.agent("hal", status="away")
    ann = await desk.customer("ann")
    chat_id = await left_message(desk, ann, gus)
    desk.clock.advance(minutes=2)
    await desk.looked()
    await gus.cut()
    desk.clock.advance(seconds=16)
    await hal.hears("presence", lambda p: (p["user_id"], p["status"]) == (gus.id, "offline"))
    await desk.looked()
    for _ in range(2):
        desk.clock.advance(seconds=1)
        assert await desk.desk.workers.reconciler.run() == {}
    assert await desk.documents.chats.find_one({"_id": chat_id, "status": "open", "agent_id": gus.id, "offline": True})
    assert [chat["id"] for chat in (await gus.reconnect()).heard("welcome")[0]["chats"]] == [chat_id]


async def test_a_left_message_is_transferred_without_a_seat(desk: Scene) -> None:
    gus, hal = await desk.agent("gus"), await desk.agent("hal", status="offline", max_chats=0)
    ann = await desk.customer("ann")
    chat_id = await left_message(desk, ann, gus)
    moved = (await gus.ask("transfer_chat", chat_id=chat_id, agent_id=hal.id))["chat"]
    assert (moved["status"], moved["offline"], moved["agent"]["id"]) == ("open", True, hal.id)
    await hal.hears("chat_transferred")
    assert await seat_of(desk, hal) == await seat_of(desk, gus) == []
    await hal.say(chat_id, "We shall write")
    back = (await hal.ask("transfer_chat", chat_id=chat_id, department="repairs"))["chat"]
    assert (back["status"], back["offline"], back["agent"], back["department"]) == ("queued", True, None, "repairs")
    ada = await desk.admin("ada")
    given = (await ada.ask("assign_chat", chat_id=chat_id, agent_id=hal.id))["chat"]
    assert (given["status"], given["offline"], given["agent"]["id"]) == ("open", True, hal.id)
    await hal.ask("end_chat", chat_id=chat_id)
    assert (await ann.reconnect()).heard("welcome")[0]["chats"] == []


async def test_the_messages_of_a_disabled_agent_wait_for_another(desk: Scene) -> None:
    ada, gus, hal = await desk.admin("ada"), await desk.agent("gus"), await desk.agent("hal")
    ann = await desk.customer("ann")
    chat_id = await left_message(desk, ann, gus)
    await ada.ask("update_user", id=gus.id, disabled=True)
    (waits,) = (await hal.ask("list_queue"))["results"]
    assert (waits["id"], waits["status"], waits["offline"], waits["agent"]) == (chat_id, "queued", True, None)
    await hal.ask("take_chat", chat_id=chat_id)
    refusal = await hal.refused("transfer_chat", chat_id=chat_id, agent_id=gus.id)
    assert refusal["code"] == "conflict", "nobody gives it to one who is disabled"


async def test_the_messages_of_an_agent_whose_disabling_was_cut_off_wait_all_the_same(desk: Scene) -> None:
    gus, hal, ann = await desk.agent("gus"), await desk.agent("hal"), await desk.customer("ann")
    chat_id = await left_message(desk, ann, gus)
    await desk.documents.people.update_one({"_id": gus.id}, {"$set": {"disabled": True}})  # here it died
    assert await desk.desk.workers.reconciler.run() == {}
    desk.clock.advance(seconds=1)
    assert await desk.desk.workers.reconciler.run() == {"message_of_nobody": 1}
    assert [chat["id"] for chat in (await hal.ask("list_queue", offline=True))["results"]] == [chat_id]


async def test_what_is_left_at_night_is_answered_and_gone_on_with_whenever_she_looks(new_desk: NewDesk) -> None:
    """Out of hours nobody hurries her and nothing ends it: nights after the first answer too, until somebody ends it."""
    desk = await new_desk(reply_seconds=300, away_end_seconds=600)
    ada, gus = await desk.admin("ada"), await desk.agent("gus", max_chats=1)
    await close(ada, await department(ada, "Sales"), "Sales")
    ann = await desk.customer("ann", email="ann@example.com")
    asked = await ann.ask("request_chat", department="Sales", topic="Do you deliver to Lisbon?")
    assert (asked["chat"]["offline"], asked["queue"], ann.heard("welcome")[0]["email"]) == (
        True,
        None,
        "ann@example.com",
    )
    chat_id = asked["chat"]["id"]
    await ann.cut()
    desk.clock.advance(hours=10)
    await desk.looked()
    (shown,) = (await gus.ask("list_queue", offline=True))["results"]
    assert (shown["customer"]["email"], shown["customer"]["email_state"]["verified"]) == ("ann@example.com", False)
    await gus.ask("take_chat", chat_id=chat_id)
    await gus.say(chat_id, "Yes, within five days")
    for night in range(3):
        desk.clock.advance(days=1)
        await desk.looked()
        back = (await (await ann.reconnect()).hears("welcome"))["chats"]
        assert [(chat["id"], chat["status"], chat["offline"]) for chat in back] == [(chat_id, "open", True)]
        assert (back[0]["unread"], back[0]["ends_at"]) == (1, None)
        last = back[0]["last_seq"]
        await ann.ask("mark_read", chat_id=chat_id, seq=last)
        await ann.say(chat_id, f"And on day {night}?")
        await gus.hears("message", lambda line, night=night: line["body"] == f"And on day {night}?")
        assert await seat_of(desk, gus) == [], "it is closed: she has no seat though she writes"
        await ann.cut()
        desk.clock.advance(hours=1)
        await desk.looked()
        await gus.say(chat_id, f"On day {night}, too")
    assert not gus.heard("idle_warning")
    await gus.ask("end_chat", chat_id=chat_id)
    assert (await ann.reconnect()).heard("welcome")[0]["chats"] == []
    found = (await ann.ask("sync_chat", chat_id=chat_id))["messages"]
    assert "On day 2, too" in [line["body"] for line in found], "she finds it again when it is over"
    assert (await ann.ask("request_chat", continues=chat_id, department="Sales"))["chat"]["continues"] == chat_id


# It becomes live


async def test_it_goes_on_in_a_seat_of_its_agent_or_in_front_of_the_line(desk: Scene) -> None:
    gus, ann, bea, cid = (
        await desk.agent("gus", max_chats=1),
        await desk.customer("ann"),
        await desk.customer("bea"),
        await desk.customer("cid"),
    )
    chat_id = await left_message(desk, ann, gus)
    busy = await desk.chat(bea)
    await desk.chat(cid)
    await ann.reconnect()
    live = await ann.ask("request_chat")
    assert (live["chat"]["status"], live["chat"]["offline"], live["queue"]["position"]) == ("queued", False, 1)
    line = await ann.hears("message", lambda line: (line["system"] or {}).get("event") == "requeued")
    assert (line["system"]["reason"], line["system"]["from"]["id"]) == ("no_seat", gus.id)
    assert await seat_of(desk, gus) == [busy]
    await gus.ask("end_chat", chat_id=busy)
    assert (await gus.hears("chat_opened", lambda chat: not chat["offline"] and chat["id"] != busy))["id"] == chat_id


async def test_one_that_nobody_had_takes_the_last_place(desk: Scene) -> None:
    await desk.agent("gus", max_chats=0)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    chat_id = await desk.chat(ann, leave_message=True)
    await desk.chat(bea)
    await ann.say(chat_id, "Is anybody there?")
    live = await ann.hears("chat_updated", lambda chat: not chat["offline"])
    assert live["status"] == "queued"
    assert (await ann.hears("queue_position"))["position"] == 2


async def test_it_stays_a_message_while_its_department_is_closed_or_nobody_is_online(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus", status="away")
    sales = await department(ada, "Sales")
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann, department="Sales", leave_message=True)

    async def stays() -> bool:
        await ann.say(chat_id, "Hello?")
        asked = await ann.ask("request_chat")
        return bool(asked["chat"]["offline"]) and asked["queue"] is None

    assert await stays(), "nobody is online"
    await desk.agent("ivy", departments=["Repairs"])
    assert await stays(), "nobody of Sales is"
    await close(ada, sales, "Sales")
    await gus.ask("set_status", status="online")
    assert await stays(), "it is closed"
    await gus.ask("take_chat", chat_id=chat_id)
    assert await stays(), "also with an agent who is online"
    await department(ada, "Sales", id=sales)
    await ann.say(chat_id, "Now?")
    assert (await ann.hears("chat_updated", lambda chat: not chat["offline"]))["agent"]["id"] == gus.id


async def test_it_is_left_again_and_not_abandoned_when_the_grace_in_the_line_ends(new_desk: NewDesk) -> None:
    desk = await new_desk(queue_grace_seconds=60)
    gus, ann, bea = await desk.agent("gus", max_chats=0), await desk.customer("ann"), await desk.customer("bea")
    chat_id, plain = await desk.chat(ann, leave_message=True), await desk.chat(bea)
    assert (await ann.ask("request_chat"))["queue"]["position"] == 2
    for each in (ann, bea):
        await each.cut()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "abandon_at": {"$ne": None}}))
    await desk.until(lambda: desk.documents.chats.find_one({"_id": plain, "abandon_at": {"$ne": None}}))
    desk.clock.advance(seconds=61)
    await desk.until(lambda: desk.documents.chats.find_one({"_id": plain, "ended_reason": "abandoned"}))
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "status": "queued", "offline": True}))
    assert [chat["id"] for chat in (await gus.ask("list_queue"))["results"]] == [chat_id]
    await ann.reconnect()
    assert ann.heard("welcome")[0]["chats"][0]["offline"], "she had left it herself: it stays one until she asks"
    assert (await ann.ask("request_chat"))["queue"]["position"] == 1


async def test_the_customer_writes_reads_and_ends_it(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann, leave_message=True)
    await gus.ask("take_chat", chat_id=chat_id)
    await gus.ask("set_status", status="away")
    said = await gus.say(chat_id, "We shall look")
    await ann.ask("mark_read", chat_id=chat_id, seq=said["seq"])
    await ann.say(chat_id, "Thank you")
    await gus.hears("message", lambda line: line["body"] == "Thank you")
    ended = (await ann.ask("end_chat", chat_id=chat_id))["chat"]
    assert (ended["status"], ended["offline"]) == ("ended", True)
    await gus.hears("chat_ended")


async def test_what_was_open_as_a_message_before_frees_its_seat_at_the_start(desk: Scene) -> None:
    """3 → 4: a version before held seats for them, and let their clocks run."""
    gus, ann = await desk.agent("gus", max_chats=1), await desk.customer("ann")
    chat_id = await left_message(desk, ann, gus)
    now = desk.clock.now()
    await desk.close()
    await desk.documents.chats.update_one({"_id": chat_id}, {"$set": {"idle_at": now}, "$unset": {"was_left": ""}})
    await desk.documents.seats.update_one({"_id": gus.id}, {"$set": {"chats": [chat_id]}})
    await desk.documents.meta.update_one({"_id": "schema"}, {"$set": {"version": 3}})
    await desk.open()
    assert await seat_of(desk, gus) == []
    assert await desk.documents.chats.find_one({"_id": chat_id, "idle_at": None, "was_left": True, "status": "open"})
