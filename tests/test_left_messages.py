"""Ann leaves a message, comes and goes; what is left takes no seat and no place until she is back and somebody is there."""

from collections.abc import Awaitable, Callable

from tests.support.desk import Scene

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
