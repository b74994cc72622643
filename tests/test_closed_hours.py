"""A closed department lets nobody into its line, whoever is online; what it is asked waits as a left message."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.support.desk import Scene
from tests.support.hours import close, department

NewDesk = Callable[..., Any]


async def test_a_closed_department_takes_left_messages_only(desk: Scene) -> None:
    ada, gus, ann = await desk.admin("ada"), await desk.agent("gus"), await desk.customer("ann")
    tomorrow = (desk.clock.now() + timedelta(days=1)).date().isoformat()
    await department(ada, "Sales", hours={}, special_days={tomorrow: [["09:00", "17:00"]]})
    asked = await ann.ask("request_chat", department="Sales", topic="A kettle")
    assert (asked["chat"]["status"], asked["chat"]["offline"], asked["queue"]) == ("queued", True, None)
    assert asked["opens_at"] == f"{tomorrow}T09:00:00.000Z"
    again = await ann.ask("request_chat")
    assert (again["chat"]["id"], again["chat"]["offline"]) == (asked["chat"]["id"], True), "asked again: still closed"
    await desk.looked()
    await gus.ask("list_agents")  # what was told him before has come
    assert not gus.heard("chat_opened"), "nobody gets it by itself"
    taken = (await gus.ask("take_chat", chat_id=asked["chat"]["id"]))["chat"]
    assert (taken["status"], taken["agent"]["id"]) == ("open", gus.id), "but an agent may pick it"


async def test_an_open_department_beside_a_closed_one(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    await department(ada, "Sales")
    repairs = await department(ada, "Repairs")
    await close(ada, repairs, "Repairs")
    asked = await ann.ask("request_chat", department="Sales")
    assert (asked["chat"]["status"], asked["opens_at"]) == ("open", None)
    assert (await bea.ask("request_chat"))["chat"]["agent"]["id"] == gus.id, "for no department: one is open"


async def test_a_chat_for_no_department_while_all_are_closed(desk: Scene) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    await desk.agent("gus")
    days = [(desk.clock.now() + timedelta(days=n)).date().isoformat() for n in (2, 3)]
    for name, day in zip(("Sales", "Repairs"), days, strict=True):
        await department(ada, name, hours={}, special_days={day: [["10:00", "12:00"]]})
    asked = await ann.ask("request_chat")
    assert (asked["chat"]["offline"], asked["opens_at"]) == (True, f"{days[0]}T10:00:00.000Z"), "the earlier opening"


async def test_who_stands_in_the_line_when_it_closes_is_served(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus", status="away")
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    sales = await department(ada, "Sales")
    first = await ann.ask("request_chat", department="Sales")
    await close(ada, sales, "Sales")
    assert (await ann.ask("request_chat"))["queue"]["chat_id"] == first["chat"]["id"], "she asks again, and stays"
    late = await desk.chat(bea, department="Sales")
    await gus.ask("set_status", status="online")
    assert (await gus.hears("chat_opened"))["id"] == first["chat"]["id"]
    await desk.looked()
    assert (await bea.ask("queue_status"))["chat"]["status"] == "queued"
    assert late not in [chat["id"] for chat in gus.heard("chat_opened")]


async def test_returned_and_transferred_chats_enter_a_closed_line(new_desk: NewDesk) -> None:
    desk = await new_desk(agent_grace_seconds=0.2)
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    sales = await department(ada, "Sales")
    repairs = await department(ada, "Repairs")
    for customer in (ann, bea):
        await desk.chat(customer, department="Sales")
        await customer.hears("chat_opened")
    await close(ada, sales, "Sales")
    await close(ada, repairs, "Repairs")
    await gus.ask("set_status", status="away")
    moved = (await gus.ask("transfer_chat", chat_id=gus.heard("chat_opened")[0]["id"], department="Repairs"))["chat"]
    assert (moved["status"], moved["offline"], moved["department"]) == ("queued", False, "Repairs")
    assert (await ann.hears("queue_position"))["position"] == 1
    await gus.cut()
    returned = await bea.hears("chat_updated", lambda chat: chat["status"] == "queued")
    assert not returned["offline"]
    hal = await desk.agent("hal")
    for _ in range(2):
        await hal.hears("chat_opened")


async def test_a_closed_department_is_asked_beside_a_full_line(new_desk: NewDesk) -> None:
    """A left message takes no place, so a full line is no reason to refuse it."""
    desk = await new_desk(queue_max=1)
    ada, ann, bea = await desk.admin("ada"), await desk.customer("ann"), await desk.customer("bea")
    await department(ada, "Sales")
    repairs = await department(ada, "Repairs")
    await close(ada, repairs, "Repairs")
    await desk.chat(ann, department="Sales")
    assert (await bea.ask("request_chat", department="Repairs"))["chat"]["offline"]
