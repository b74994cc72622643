"""Who waits, who is there, who gets whom."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.support.desk import Scene

NewDesk = Callable[..., Awaitable[Scene]]


async def test_those_who_wait_hear_their_place(desk: Scene) -> None:
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    asked = await ann.ask("request_chat")
    assert asked["chat"]["status"] == "queued"
    assert asked["queue"]["position"] == 1
    assert asked["queue"]["reason"] == "no_agent_online"
    place = (await bea.ask("request_chat"))["queue"]
    assert (place["position"], place["ahead"], place["waiting"]) == (2, 1, 2)
    await ann.ask("leave_queue", chat_id=asked["chat"]["id"])
    await bea.hears("queue_position", lambda q: q["position"] == 1)
    gus = await desk.agent("gus")
    await bea.hears("chat_opened")
    assert (await gus.hears("queue_changed", lambda q: q["waiting"] == 0))["oldest_wait"] == 0


async def test_what_is_said_while_waiting_waits_too(desk: Scene) -> None:
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "Is anybody there?")
    gus = await desk.agent("gus")
    await gus.hears("chat_opened")
    log = (await gus.ask("sync_chat", chat_id=chat_id))["messages"]
    assert [line["kind"] for line in log] == ["text", "system"]


async def test_one_unended_chat_a_customer_whatever_races(desk: Scene) -> None:
    ann = await desk.customer("ann")
    twins = [await ann.another() for _ in range(5)]
    asked = await asyncio.gather(*(twin.ask("request_chat") for twin in twins for _ in range(5)))
    assert len({answer["chat"]["id"] for answer in asked}) == 1


async def test_the_least_busy_agent_gets_the_chat(desk: Scene) -> None:
    """By share of their own seats: one of two is busier than two of five."""
    await desk.agent("gus", max_chats=2)
    hal = await desk.agent("hal", max_chats=5)
    got = []
    for name in ("ann", "bea", "cat", "dot"):
        customer = await desk.customer(name)
        got.append((await customer.ask("request_chat"))["chat"]["agent"]["name"])
    assert got == ["Gus", "Hal", "Hal", "Gus"] or got == ["Gus", "Hal", "Hal", "Hal"]
    why = (await hal.hears("chat_opened"))["assigned_because"]
    assert why["rule"] in {"least_busy", "longest_without_a_chat"}
    assert {candidate["agent_id"] for candidate in why["candidates"]} >= {hal.id}


async def test_no_agent_has_more_chats_than_seats_and_no_chat_two_agents(desk: Scene) -> None:
    """Forty customers ask at once for six seats."""
    agents = [await desk.agent(name, max_chats=2) for name in ("gus", "hal", "ivy")]
    customers = [await desk.customer(f"c{n}") for n in range(40)]
    await asyncio.gather(*(customer.ask("request_chat") for customer in customers))

    async def all_seats_are_told() -> bool:  # on a slow machine an ack does not wait for all of them
        return sum(len(customer.heard("chat_opened")) for customer in customers) >= 6

    await desk.until(all_seats_are_told)
    served = Counter(chat["agent"]["id"] for customer in customers for chat in customer.heard("chat_opened"))
    assert served == {agent.id: 2 for agent in agents}
    seats = (await agents[0].ask("list_agents"))["results"]
    assert all(seat["open"] == 2 for seat in seats)
    waiting = await agents[0].ask("list_queue", page_size=100)
    assert waiting["count"] == 34
    order = [chat["queued_at"] for chat in waiting["results"]]
    assert order == sorted(order)


async def test_a_free_seat_goes_to_the_one_who_has_waited_longest(desk: Scene) -> None:
    gus = await desk.agent("gus", max_chats=1)
    ann, bea, cat = [await desk.customer(name) for name in ("ann", "bea", "cat")]
    first = await desk.chat(ann)
    await desk.chat(bea)
    await desk.chat(cat)
    await gus.ask("end_chat", chat_id=first)
    await bea.hears("chat_opened")
    assert not cat.heard("chat_opened")
    await cat.hears("queue_position", lambda q: q["position"] == 1)


async def test_picking_by_hand(desk: Scene) -> None:
    """Fifty picks of one waiting chat by two agents: one has it, the others hear conflict."""
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    gus, hal = [await desk.agent(name, status="away", max_chats=1) for name in ("gus", "hal")]
    for agent in (gus, hal):
        await agent.ask("set_status", status="away", max_chats=0)
    assert (await gus.refused("take_chat", chat_id=chat_id))["code"] == "conflict", "no seat is free"
    for agent in (gus, hal):
        await agent.ask("set_status", status="away", max_chats=1)
    acks = await asyncio.gather(*(agent.raw_ack("take_chat", {"chat_id": chat_id}) for agent in (gus, hal) * 25))
    holders = {ack["data"]["chat"]["agent"]["id"] for ack in acks if ack["ok"]}
    assert len(holders) == 1
    holder, other = (gus, hal) if gus.id in holders else (hal, gus)
    assert (await holder.ask("take_chat", chat_id=chat_id))["chat"]["id"] == chat_id, "its holder hears the same again"
    assert (await other.refused("take_chat", chat_id=chat_id))["code"] == "conflict"
    seats = {seat["agent"]["id"]: seat["open"] for seat in (await gus.ask("list_agents"))["results"]}
    assert seats == {holder.id: 1, other.id: 0}
    await ann.ask("end_chat", chat_id=chat_id)
    assert (await other.refused("take_chat", chat_id=chat_id))["code"] == "conflict"
    assert (await other.refused("take_chat", chat_id="nothing"))["code"] == "not_found"


async def test_status_is_chosen_and_remembered(new_desk: NewDesk) -> None:
    desk = await new_desk(agent_grace_seconds=0.3)
    gus = await desk.agent("gus")
    ivy = await desk.agent("ivy", status=None)
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.ask("set_status", status="away")
    await ivy.hears("presence", lambda p: p["user_id"] == gus.id and p["status"] == "away")
    await ann.hears("presence", lambda p: p["status"] == "away")
    bea = await desk.customer("bea")
    assert (await bea.ask("request_chat"))["chat"]["status"] == "queued", "away takes no new chats"
    await gus.say(chat_id, "But I still talk to you")
    await gus.disconnect()
    await ivy.hears("presence", lambda p: p["user_id"] == gus.id and p["status"] == "offline")
    await gus.reconnect()
    assert (await gus.hears("welcome"))["seat"]["chosen"] == "away"
    assert (await gus.ask("set_status", status="online", max_chats=1))["seat"]["max_chats"] == 1
    assert (await gus.refused("set_status", status="asleep"))["code"] == "invalid"


async def test_an_agent_is_there_while_one_window_is(new_desk: NewDesk) -> None:
    desk = await new_desk(agent_grace_seconds=0.3)
    gus = await desk.agent("gus")
    hal = await desk.agent("hal", status=None)
    twin = await gus.another()
    await gus.disconnect()
    ann = await desk.customer("ann")
    assert (await ann.ask("request_chat"))["chat"]["agent"]["id"] == gus.id
    await twin.disconnect()
    await hal.hears("presence", lambda p: p["user_id"] == gus.id and p["status"] == "offline")
    assert not [p for p in hal.heard("presence") if p["user_id"] == gus.id and p["status"] == "offline"][1:]


async def test_departments(desk: Scene) -> None:
    sue = await desk.agent("sue", departments=["sales"])
    ann, bea, cat = [await desk.customer(name) for name in ("ann", "bea", "cat")]
    waiting = await ann.ask("request_chat", department="returns")
    assert waiting["chat"]["status"] == "queued"
    assert (await bea.ask("request_chat", department="sales"))["chat"]["agent"]["id"] == sue.id
    assert (await cat.ask("request_chat"))["chat"]["agent"]["id"] == sue.id, "without a department anybody may serve"
    gus = await desk.agent("gus")
    await ann.hears("chat_opened")
    assert (await gus.hears("chat_opened"))["department"] == "returns"


async def test_the_queue_may_be_full(new_desk: NewDesk) -> None:
    desk = await new_desk(queue_max=1)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    await desk.chat(ann)
    assert (await bea.refused("request_chat"))["code"] == "conflict"
    assert (await ann.ask("request_chat"))["queue"]["position"] == 1


async def test_leaving_the_queue(desk: Scene) -> None:
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    left = (await ann.ask("leave_queue", chat_id=chat_id))["chat"]
    assert (left["status"], left["ended_reason"], left["ended_type"]) == ("ended", "left", "customer")
    assert (await ann.ask("leave_queue", chat_id=chat_id))["chat"] == left
    assert await ann.ask("queue_status") == {"chat": None, "queue": None}
    gus = await desk.agent("gus")
    again = await desk.chat(ann)
    assert (await ann.refused("leave_queue", chat_id=again))["code"] == "conflict"
    assert again != chat_id
    assert gus.heard("chat_opened")[0]["id"] == again


async def test_an_offline_message_has_no_place(desk: Scene) -> None:
    gus = await desk.agent("gus")
    ann = await desk.customer("ann")
    left = await ann.ask("request_chat", leave_message=True)
    assert left["chat"]["offline"]
    assert left["queue"] is None
    await desk.looked()
    waits = (await ann.ask("sync_chat", chat_id=left["chat"]["id"]))["chat"]
    assert waits["status"] == "queued", "it does not take a seat by itself"
    taken = await gus.ask("take_chat", chat_id=left["chat"]["id"])
    assert taken["chat"]["agent"]["id"] == gus.id


async def test_customers_come_and_go(desk: Scene) -> None:
    gus, ada = await desk.agent("gus"), await desk.admin("ada")
    ann = await desk.customer("ann")
    await ada.hears("presence", lambda p: p["user_id"] == ann.id and p["status"] == "online")
    await desk.chat(ann)
    await ann.disconnect()
    await gus.hears("presence", lambda p: p["user_id"] == ann.id and p["status"] == "offline")
    gus.events.clear()
    await ann.reconnect()
    await gus.hears("presence", lambda p: p["user_id"] == ann.id and p["status"] == "online")


async def test_a_left_message_that_is_transferred_to_a_department_stays_one(desk: Scene) -> None:
    gus, bea = await desk.agent("gus", max_chats=1), await desk.customer("bea")
    left = await desk.chat(bea, leave_message=True)
    await gus.ask("take_chat", chat_id=left)
    returned = (await gus.ask("transfer_chat", chat_id=left, department="returns"))["chat"]
    assert (returned["status"], returned["offline"]) == ("queued", True), "whether she is there or not"
    desk.clock.advance(hours=1)
    await desk.looked()
    assert (await gus.ask("take_chat", chat_id=left))["chat"]["status"] == "open", "it has no grace that could end it"


async def test_who_waits_may_leave_a_message_instead_and_come_back_to_the_line(desk: Scene) -> None:
    await desk.agent("gus", max_chats=0)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    chat_id = await desk.chat(ann)
    await desk.chat(bea)
    left = await ann.ask("request_chat", leave_message=True)
    assert (left["chat"]["id"], left["chat"]["offline"], left["queue"]) == (chat_id, True, None)
    assert await ann.ask("request_chat", leave_message=True) == left
    await bea.hears("queue_position", lambda q: q["position"] == 1)
    back = await ann.ask("request_chat")
    assert (back["chat"]["id"], back["chat"]["offline"], back["queue"]["position"]) == (chat_id, False, 2)


async def test_each_side_hears_whether_the_other_is_there(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    hal = await desk.agent("hal")
    await gus.ask("transfer_chat", chat_id=chat_id, agent_id=hal.id)
    await ann.hears("presence", lambda p: (p["user_id"], p["status"]) == (hal.id, "online"))
    await hal.hears("presence", lambda p: (p["user_id"], p["status"]) == (ann.id, "online"))
    await hal.reconnect()
    await hal.hears("presence", lambda p: (p["user_id"], p["status"]) == (ann.id, "online"))
    await ann.reconnect()
    await ann.hears("presence", lambda p: (p["user_id"], p["status"]) == (hal.id, "online"))
    assert [name for name, _ in ann.events[:2]] == ["welcome", "presence"]


async def test_the_queue_is_never_longer_than_it_may_be(new_desk: NewDesk) -> None:
    desk = await new_desk(queue_max=2)
    customers = [await desk.customer(f"c{n}") for n in range(10)]
    acks = await asyncio.gather(*(customer.raw_ack("request_chat", {}) for customer in customers))
    assert Counter(ack["ok"] for ack in acks) == {True: 2, False: 8}
    assert {ack["error"]["code"] for ack in acks if not ack["ok"]} == {"conflict"}
    assert await desk.documents.chats.count_documents({}) == 2


async def test_the_queue_is_not_full_for_another_window_of_who_waits(new_desk: NewDesk) -> None:
    desk = await new_desk(queue_max=1)
    ann = await desk.customer("ann")
    twins = [ann, *[await ann.another() for _ in range(4)]]
    asked = await asyncio.gather(*(twin.ask("request_chat") for twin in twins))
    assert len({answer["chat"]["id"] for answer in asked}) == 1


async def test_a_queue_full_of_others_keeps_nobody_from_a_free_seat(new_desk: NewDesk) -> None:
    desk = await new_desk(queue_max=1)
    sue = await desk.agent("sue", departments=["sales"], max_chats=2)
    others = [await desk.customer(f"c{n}") for n in range(5)]
    await others.pop().ask("request_chat", department="returns")
    acks = await asyncio.gather(*(other.raw_ack("request_chat", {"department": "sales"}) for other in others))
    assert [ack["data"]["chat"]["agent"]["id"] for ack in acks if ack["ok"]] == [sue.id] * 2
    assert {ack["error"]["code"] for ack in acks if not ack["ok"]} == {"conflict"}
