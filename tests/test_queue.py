"""The queue's order, its estimates and reasons; chats that change hands."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.departments.hours import Opening
from server.queue.assignment import Assignment
from server.queue.positions import WaitEstimates
from store.build import Stores
from store.queue import Queue, Waiting
from store.records import Chat
from tests.support.desk import Scene
from tests.support.hours import close, department
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]


async def test_priority_goes_first(desk: Scene) -> None:
    ann, bea, cat = [await desk.customer(name) for name in ("ann", "bea", "cat")]
    ids = [await desk.chat(customer) for customer in (ann, bea, cat)]
    gus, ada = await desk.agent("gus", status="away", max_chats=1), await desk.admin("ada")
    await ada.ask("set_priority", chat_id=ids[2], priority=5)
    await cat.hears("queue_position", lambda q: q["position"] == 1)
    await ann.hears("queue_position", lambda q: q["position"] == 2)
    await bea.hears("queue_position", lambda q: q["position"] == 3)
    assert (await ada.ask("set_priority", chat_id=ids[1], priority=10))["chat"]["priority"] == 10
    await bea.hears("queue_position", lambda q: q["position"] == 1)
    order = [chat["id"] for chat in (await gus.ask("list_queue"))["results"]]
    assert order == [ids[1], ids[2], ids[0]]
    assert "priority" not in (await ann.ask("queue_status"))["chat"], "a customer does not see it"
    await ann.ask("leave_queue", chat_id=ids[0])
    assert (await ada.refused("set_priority", chat_id=ids[0], priority=1))["code"] == "conflict"
    assert (await gus.refused("set_priority", chat_id=ids[1], priority=1))["code"] == "not_found", "not his"
    await gus.ask("set_status", status="online", max_chats=1)
    opened = await gus.hears("chat_opened")
    assert opened["id"] == ids[1]
    await gus.ask("set_priority", chat_id=ids[1], priority=-5)
    returned = await gus.ask("transfer_chat", chat_id=ids[1], department="returns")
    assert returned["chat"]["priority"] == -5


async def test_places_are_counted_within_a_department(desk: Scene) -> None:
    ann, bea, cat = [await desk.customer(name) for name in ("ann", "bea", "cat")]
    await ann.ask("request_chat", department="sales")
    assert (await bea.ask("request_chat", department="returns"))["queue"]["position"] == 1
    place = (await cat.ask("request_chat", department="sales"))["queue"]
    assert (place["position"], place["waiting"]) == (2, 2)


async def test_an_estimate_needs_twenty_samples_and_somebody_there(desk: Scene) -> None:
    gus = await desk.agent("gus", max_chats=2)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    sample = {"customer_id": "c999", "status": "ended", "opened_at": began, "ended_at": began + timedelta(seconds=300)}
    await desk.documents.chats.insert_many([{**sample, "_id": f"old{n}"} for n in range(19)])
    night = {**sample, "ended_at": began + timedelta(hours=12), "offline": True}
    await desk.documents.chats.insert_many([{**night, "_id": f"message{n}"} for n in range(5)])  # they say nothing
    customers = [await desk.customer(f"c{n}") for n in range(5)]
    for customer in customers[:3]:
        await customer.ask("request_chat")
    assert (await customers[2].ask("queue_status"))["queue"]["eta"] is None, "nineteen say nothing"
    await desk.documents.chats.insert_one({**sample, "_id": "old19"})
    await desk.close()
    await desk.open()
    await gus.reconnect()
    for customer in customers:
        await customer.reconnect()
    asked = await customers[3].ask("request_chat")
    assert asked["queue"]["position"] == 2
    assert asked["queue"]["eta"] == {"low": 210.0, "high": 390.0}, (
        "2 places x 300 s / 2 seats, as a range of 30 s steps"
    )
    assert asked["queue"]["reason"] == "all_busy"


async def test_a_chat_goes_to_a_colleague_with_a_free_seat(desk: Scene) -> None:
    gus, hal = await desk.agent("gus"), await desk.agent("hal", status="away", max_chats=1)
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "Hello?")
    await gus.ask("mark_read", chat_id=chat_id, seq=2)
    await ada.ask("watch_chat", chat_id=chat_id)
    assert (await gus.refused("transfer_chat", chat_id=chat_id))["code"] == "invalid"
    assert (await gus.refused("transfer_chat", chat_id=chat_id, agent_id=hal.id))["code"] == "conflict", "not online"
    await hal.ask("set_status", status="online")
    moved = await gus.ask("transfer_chat", chat_id=chat_id, agent_id=hal.id, note="He wants a refund")
    assert moved["chat"]["agent"]["id"] == hal.id
    for who in (ann, gus, hal, ada):
        told = await who.hears("chat_transferred")
        assert (told["from"]["id"], told["to"]["id"]) == (gus.id, hal.id)
    assert (await gus.refused("send_message", chat_id=chat_id, client_id="x", body="?"))["code"] == "not_found"
    shown = await hal.ask("sync_chat", chat_id=chat_id)
    assert shown["chat"]["receipts"]["agent"]["read_seq"] == 2, "the side's receipts stay"
    assert [line["system"]["event"] for line in shown["messages"] if line["system"]] == ["opened", "transferred"]
    assert "refund" not in str(await ann.ask("sync_chat", chat_id=chat_id))
    assert (await hal.ask("list_notes", chat_id=chat_id))["results"][0]["body"] == "He wants a refund"
    seats = {seat["agent"]["id"]: seat["open"] for seat in (await hal.ask("list_agents"))["results"]}
    assert seats == {gus.id: 0, hal.id: 1}
    bea = await desk.customer("bea")
    second = await desk.chat(bea)
    assert (await gus.refused("transfer_chat", chat_id=second, agent_id=hal.id))["code"] == "conflict", "no free seat"
    assert (await gus.refused("transfer_chat", chat_id=second, agent_id="g999"))["code"] == "not_found"


async def test_a_chat_goes_to_the_front_of_a_departments_queue(desk: Scene) -> None:
    gus = await desk.agent("gus", max_chats=1)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    chat_id = await desk.chat(ann)
    await bea.ask("request_chat", department="returns")
    moved = (await gus.ask("transfer_chat", chat_id=chat_id, department="returns"))["chat"]
    assert (moved["status"], moved["agent"], moved["department"]) == ("queued", None, "returns")
    await ann.hears("chat_updated", lambda c: c["status"] == "queued")


async def test_an_admin_assigns(desk: Scene) -> None:
    ann, ada = await desk.customer("ann"), await desk.admin("ada")
    chat_id = await desk.chat(ann)
    gus = await desk.agent("gus", departments=["sales"], max_chats=1)
    await gus.hears("chat_opened")
    hal = await desk.agent("hal", departments=["sales"], max_chats=1)
    moved = await ada.ask("assign_chat", chat_id=chat_id, agent_id=hal.id)
    assert moved["chat"]["agent"]["id"] == hal.id
    assert moved["chat"]["assigned_because"]["rule"] == "assigned_by_admin"
    assert await ada.ask("assign_chat", chat_id=chat_id, agent_id=hal.id) == moved, "again: the same"
    await gus.hears("chat_transferred")
    await ann.ask("end_chat", chat_id=chat_id)
    assert (await ada.refused("assign_chat", chat_id=chat_id, agent_id=gus.id))["code"] == "conflict"


async def test_the_agent_who_knows_the_customer(desk: Scene) -> None:
    gus = await desk.agent("gus")
    ann = await desk.customer("ann")
    first = await desk.chat(ann)
    await desk.agent("hal")
    await ann.ask("end_chat", chat_id=first)
    busy = [await desk.customer(f"c{n}") for n in range(3)]
    for customer in busy:
        await customer.ask("request_chat")
    again = await ann.ask("request_chat")
    assert again["chat"]["agent"]["id"] == gus.id
    why = (await gus.hears("chat_opened", lambda c: c["id"] == again["chat"]["id"]))["assigned_because"]
    assert why["rule"] == "knows_customer"


@pytest.mark.slow
async def test_transfers_race_and_the_chat_has_one_agent(desk: Scene) -> None:
    agents = [await desk.agent(name, max_chats=2) for name in ("gus", "hal", "ivy")]
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    for _ in range(10):
        calls = [(giver, taker) for giver in agents for taker in agents if giver is not taker]
        await asyncio.gather(
            *(giver.raw_ack("transfer_chat", {"chat_id": chat_id, "agent_id": taker.id}) for giver, taker in calls)
        )
        seats = (await agents[0].ask("list_agents"))["results"]
        assert sum(seat["open"] for seat in seats) == 1
        holder = next(seat["agent"]["id"] for seat in seats if seat["open"])
        assert (await ann.ask("sync_chat", chat_id=chat_id))["chat"]["agent"]["id"] == holder


async def waiting(desk: Scene, count: int) -> list[Someone]:
    customers = [await desk.customer(f"c{n}") for n in range(count)]
    for customer in customers:
        await customer.ask("request_chat")
    return customers


@pytest.mark.slow
async def test_far_places_hear_too(desk: Scene) -> None:
    """Beyond place 50 in rounds: everybody ends up with the right place."""
    customers = await waiting(desk, 60)
    first = (await customers[0].ask("queue_status"))["chat"]["id"]
    await customers[0].ask("leave_queue", chat_id=first)
    for index, customer in enumerate(customers[1:]):
        await customer.hears("queue_position", lambda q, index=index: q["position"] == index + 1)


async def test_a_chat_is_taken_from_an_agent_once(desk: Scene) -> None:
    """Two who found Gus gone, or slow, from one reading: he has it again (or just takes it) when the second one comes."""
    gus, ann = await desk.agent("gus", status="away"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.ask("take_chat", chat_id=chat_id)
    requeue, seats = desk.desk.workers.disconnect_grace.requeue, desk.desk.rules.queue.assigner.seats
    read = await desk.desk.stores.chats.find(chat_id)
    event = {"event": "requeued", "from": None, "reason": "no_reply"}
    assert await requeue.give_back(read, event)
    assert await seats.take_by_hand(gus.id, chat_id, desk.clock.now()), "he is about to claim it"
    assert await requeue.give_back(read, event) is None
    assert await seats.give_back(gus.id, chat_id), "his seat was left to him"
    await gus.ask("take_chat", chat_id=chat_id)
    assert await requeue.give_back(read, event) is None
    assert (await ann.ask("queue_status"))["chat"]["status"] == "open"


async def test_who_waits_again_hears_the_same_place_again(desk: Scene) -> None:
    gus, ann = await desk.agent("gus", status="away"), await desk.customer("ann")
    await desk.agent("hal", max_chats=0)
    chat_id = await desk.chat(ann)
    first = await ann.hears("queue_position")
    await gus.ask("take_chat", chat_id=chat_id)
    await ann.hears("chat_opened")
    ann.events.clear()
    requeue = desk.desk.workers.disconnect_grace.requeue
    event = {"event": "requeued", "from": gus.user, "reason": "agent_vanished"}
    await requeue.give_back(await desk.desk.stores.chats.find(chat_id), event)
    assert await ann.hears("queue_position") == first


@pytest.mark.slow
async def test_nobody_waits_beside_a_seat_that_was_taken_in_vain(desk: Scene) -> None:
    """Hal picks a chat that Gus has, while Bea asks for one: for a moment Hal's only seat looks taken."""
    await desk.agent("gus", max_chats=1)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    first = await desk.chat(ann)
    hal = await desk.agent("hal", max_chats=1)
    for _ in range(20):
        ask = bea.raw_ack("request_chat", {})
        _, asked = await asyncio.gather(hal.raw_ack("take_chat", {"chat_id": first}), ask)
        second = asked["data"]["chat"]["id"]
        await bea.hears("chat_opened", lambda chat, second=second: chat["id"] == second, within=5)
        await bea.ask("end_chat", chat_id=second)


async def test_the_note_of_a_transfer_after_a_refused_one_is_kept(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    hal, ivy = await desk.agent("hal", status="away"), await desk.agent("ivy")
    for _ in range(2):
        await gus.refused("transfer_chat", chat_id=chat_id, agent_id=hal.id, note="For Hal")
    await gus.ask("transfer_chat", chat_id=chat_id, agent_id=ivy.id, note="For Ivy")
    notes = (await ivy.ask("list_notes", chat_id=chat_id))["results"]
    assert [note["body"] for note in notes] == ["For Hal", "For Ivy"]


async def test_an_outlook_from_before_a_change_is_not_kept(desk: Scene) -> None:
    """Gus comes while somebody reads who is there."""
    gus = await desk.agent("gus", status="away")
    seats, chats = desk.desk.rules.queue.assigner.seats, desk.desk.stores.chats

    async def opening(_: str | None) -> Opening:
        await seats.choose_if_allowed(gus.id, "online", None)
        estimates.forget()
        return Opening(True, None)

    estimates = WaitEstimates(chats, seats, opening)
    await estimates.of(None)
    assert (await estimates.of(None)).reason == "all_busy"


@pytest.mark.parametrize("served", [True, False])
async def test_a_place_that_was_read_before_one_was_served_is_not_told(new_desk: NewDesk, served: bool) -> None:
    """A far round has read the queue when Gus takes Ann's chat, or she leaves: she hears of no place behind that."""
    is_due, is_over = asyncio.Event(), asyncio.Event()
    last = "chat_opened" if served else "chat_ended"

    class Slow(Queue):
        async def in_order(self, limit: int = 0) -> list[Waiting]:
            read = await super().in_order(limit)
            if limit == 0 and is_due.is_set():
                is_due.clear()
                await (gus.ask("take_chat", chat_id=chat_id) if served else ann.ask("leave_queue", chat_id=chat_id))
                await ann.hears(last)
            elif limit == 0 and ann.heard(last):
                is_over.set()  # rounds come one after the other
            return read

    desk = await new_desk(stores=lambda database, key: replace(Stores.of(database, key), queue=Slow(database)))
    gus, ann, bea = await desk.agent("gus", status="away"), await desk.customer("ann"), await desk.customer("bea")
    chat_id = await desk.chat(ann)
    await ann.hears("queue_position")
    is_due.set()
    await desk.chat(bea)
    await is_over.wait()
    await ann.ask("queue_status")  # what was pushed has come by now
    events = [event for event, _ in ann.events if event in {"queue_position", last}]
    assert events[-1] == last


async def test_those_who_wait_hear_that_the_last_agent_went(new_desk: NewDesk) -> None:
    desk = await new_desk(agent_grace_seconds=3600)
    gus, ann = await desk.agent("gus", max_chats=0), await desk.customer("ann")
    await desk.chat(ann)
    await ann.hears("queue_position", lambda place: place["reason"] == "all_busy")
    await gus.cut()
    await ann.hears("queue_position", lambda place: place["reason"] == "no_agent_online")


async def test_those_who_wait_hear_that_the_opening_hour_has_come(desk: Scene) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    today = desk.clock.now().date()
    days = {(today + timedelta(days=n)).isoformat(): [["00:00", "24:00"]] for n in (2, 3)}
    sales = await department(ada, "Sales")
    await desk.chat(ann, department="Sales")
    await close(ada, sales, "Sales", special_days=days)
    closed = await ann.hears("queue_position", lambda place: place["reason"] == "outside_hours")
    assert closed["opens_at"][:10] == min(days)
    desk.clock.advance(days=2)
    await ann.hears("queue_position", lambda place: place["reason"] == "no_agent_online")


async def test_a_request_is_answered_while_many_are_served(new_desk: NewDesk) -> None:
    """Twenty agents come online and a thousand wait: giving out those seats takes longer than a command may."""
    goes_on, is_giving = asyncio.Event(), asyncio.Event()
    goes_on.set()

    class Slow(Queue):
        async def next(self, departments: Iterable[str] | None, but: Iterable[str] = ()) -> Chat | None:
            is_giving.set()
            await goes_on.wait()
            return await super().next(departments, but)

    desk = await new_desk(stores=lambda database, key: replace(Stores.of(database, key), queue=Slow(database)))
    ann = await desk.customer("ann")
    goes_on.clear()
    gus = await desk.agent("gus")
    await is_giving.wait()
    assert (await ann.ask("request_chat"))["chat"]["status"] == "queued"
    goes_on.set()
    assert (await ann.hears("chat_opened"))["agent"]["id"] == gus.id


async def test_who_has_no_more_time_leaves_the_rest_to_be_served_behind(desk: Scene) -> None:
    customers, gus = await waiting(desk, 3), await desk.agent("gus", status="away")
    assigner, positions = desk.desk.rules.queue.assigner, desk.desk.rules.queue.positions
    await assigner.seats.choose_if_allowed(gus.id, "online", None)
    own = Assignment(assigner.queue, assigner.seats, assigner, positions)
    await own.fill(0)
    await own.stop()  # before what it left is begun
    assert await desk.documents.chats.count_documents({"status": "open"}) == 1
    own = Assignment(assigner.queue, assigner.seats, assigner, positions)
    await own.fill(0)
    for customer in customers:
        await customer.hears("chat_opened")
    await own.stop()
