"""Ada watches, and says nothing."""

from tests.support.desk import Scene


async def test_the_desk_as_it_is_and_as_it_changes(desk: Scene) -> None:
    ada = await desk.admin("ada")
    gus = await desk.agent("gus", max_chats=1)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    await desk.chat(ann)
    waiting = await desk.chat(bea)
    seen = await ada.ask("watch_desk")
    assert [seat["agent"]["id"] for seat in seen["agents"]] == [gus.id]
    assert [chat["customer"]["id"] for chat in seen["chats"]] == [ann.id]
    assert [chat["id"] for chat in seen["queue"]] == [waiting]
    figures = seen["figures"]
    assert (figures["waiting"], figures["open"], figures["online"]) == (1, 1, 1)
    assert (figures["seats"], figures["free_seats"]) == (1, 0)
    await ann.say(seen["chats"][0]["id"], "Watched")
    told = await ada.hears("desk", lambda d: d["messages"])
    assert told["messages"][0]["body"] == "Watched"
    assert told["chats"][0]["unread"] is None
    await gus.ask("set_status", status="away")
    await ada.hears("desk", lambda d: d["agents"] and d["agents"][0]["status"] == "away")
    await gus.ask("end_chat", chat_id=seen["chats"][0]["id"])
    await ada.hears("desk", lambda d: d["figures"]["open"] == 0)
    eve = await desk.admin("eve")
    await eve.ask("watch_desk")
    await ada.ask("unwatch_desk")
    ada.events.clear()
    await gus.ask("set_status", status="online")
    await eve.hears("desk", lambda d: any(chat["id"] == waiting and chat["status"] == "open" for chat in d["chats"]))
    await ada.hears("queue_changed", lambda q: q["waiting"] == 0)
    await ada.ask("list_chats")  # what was told her before has come
    assert not ada.heard("desk")


async def test_a_chat_followed_live(desk: Scene) -> None:
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "Earlier")
    seen = await ada.ask("watch_chat", chat_id=chat_id)
    assert [line["body"] for line in seen["messages"]] == ["", "Earlier"]
    await ann.say(chat_id, "Now")
    await ada.hears("message", lambda m: m["body"] == "Now")
    await gus.ask("typing", chat_id=chat_id, on=True)
    assert (await ada.hears("typing"))["user_id"] == gus.id
    await gus.ask("mark_read", chat_id=chat_id, seq=3)
    assert (await ada.hears("receipt"))["read_seq"] == 3
    await gus.ask("end_chat", chat_id=chat_id)
    await ada.hears("chat_ended")
    await ann.ask("rate_chat", chat_id=chat_id, score=5)
    await ada.hears("chat_updated", lambda c: c["rating"])
    await ada.ask("unwatch_chat", chat_id=chat_id)
    second = await desk.chat(ann)
    await ann.say(second, "Unseen")
    await ada.ask("list_chats")
    assert not [m for m in ada.heard("message") if m["body"] == "Unseen"]


async def test_an_opening_is_watched_too(desk: Scene) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ada.ask("watch_chat", chat_id=chat_id)
    await desk.agent("gus")
    assert (await ada.hears("chat_updated"))["status"] == "open"


async def test_admins_only_watch(desk: Scene) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    for command in ("send_message", "mark_read", "typing", "take_chat", "rate_chat"):
        assert (await ada.refused(command, chat_id=chat_id))["code"] == "read_only"
    assert (await ada.refused("watch_chat", chat_id="nothing"))["code"] == "not_found"


async def test_any_chats_by_any_filter(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    first = await desk.chat(ann)
    await gus.ask("end_chat", chat_id=first)
    desk.clock.advance(hours=1)
    since = desk.clock.now().isoformat()
    second = await desk.chat(bea)

    async def ids(**wanted: object) -> list[str]:
        return [chat["id"] for chat in (await ada.ask("list_chats", **wanted))["results"]]

    assert await ids() == [second, first]
    assert await ids(status="ended") == [first]
    assert await ids(customer_id=bea.id) == [second]
    assert await ids(agent_id=gus.id) == [second, first]
    assert await ids(since=since) == [second]
    assert await ids(until=since) == [first]
