"""Gus has two windows: whatever changes his seat, and whoever does it, both hear the right numbers."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.branches import Branches
from tests.support.desk import Scene
from tests.support.hours import department
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]


class Windows:
    """Of one agent. `await windows.hear(open=1)`: each hears a seat with these values after what was heard before."""

    def __init__(self, *windows: Someone) -> None:
        self.windows = windows

    async def hear(self, **values: Any) -> None:
        await asyncio.gather(
            *(
                window.hears("seat", lambda seat: all(seat[name] == value for name, value in values.items()))
                for window in self.windows
            )
        )
        for window in self.windows:
            window.events.clear()


async def two_windows(agent: Someone) -> Windows:
    twin = await agent.another()
    for window in (agent, twin):
        window.events.clear()
    return Windows(agent, twin)


async def test_what_the_agent_chooses_in_another_window(desk: Scene) -> None:
    gus = await desk.agent("gus")
    windows = await two_windows(gus)
    await gus.ask("set_status", status="away")
    await windows.hear(status="away", chosen="away", max_chats=5)
    await windows.windows[1].ask("set_status", status="online", max_chats=3)
    await windows.hear(status="online", max_chats=3, open=0)


async def test_what_an_admin_changes(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    sales = await department(ada, "Sales")
    windows = await two_windows(gus)
    await ada.ask("update_user", id=gus.id, max_chats=2)
    await windows.hear(max_chats=2)
    await ada.ask("update_user", id=gus.id, departments=["Sales"])
    await windows.hear(departments=["Sales"], max_chats=2)
    await department(ada, "Shop", id=sales)
    await windows.hear(departments=["Shop"])
    await ada.ask("update_user", id=gus.id, name="August")
    await windows.hear(agent={**gus.user, "name": "August"})
    await ada.ask("update_user", id=gus.id, disabled=True)
    await windows.hear(chosen="offline")


async def test_chats_that_come_and_end(desk: Scene) -> None:
    gus, ann, bea = await desk.agent("gus"), await desk.customer("ann"), await desk.customer("bea")
    windows = await two_windows(gus)
    first = await desk.chat(ann)
    await windows.hear(open=1)
    await gus.ask("set_status", status="away")
    await windows.hear(status="away", open=1)
    second = await desk.chat(bea)
    await gus.ask("take_chat", chat_id=second)
    await windows.hear(open=2)
    await ann.ask("end_chat", chat_id=first)
    await windows.hear(open=1)
    await gus.ask("end_chat", chat_id=second)
    await windows.hear(open=0)


async def test_chats_that_change_hands(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    ann, hal = await desk.customer("ann"), await desk.agent("hal", status="away")
    of_gus, of_hal = await two_windows(gus), await two_windows(hal)
    chat_id = await desk.chat(ann)
    await of_gus.hear(open=1)
    await hal.ask("set_status", status="online")
    await of_hal.hear(status="online", open=0)
    await gus.ask("transfer_chat", chat_id=chat_id, agent_id=hal.id)
    await of_gus.hear(open=0)
    await of_hal.hear(open=1)
    await ada.ask("assign_chat", chat_id=chat_id, agent_id=gus.id)
    await of_gus.hear(open=1)
    await of_hal.hear(open=0)
    for agent, windows in ((gus, of_gus), (hal, of_hal)):
        await agent.ask("set_status", status="away")
        await windows.hear(status="away")
    await gus.ask("transfer_chat", chat_id=chat_id, department="anything")
    await of_gus.hear(open=0)
    await ann.hears("queue_position")
    await hal.ask("take_chat", chat_id=chat_id)
    await of_hal.hear(open=1)


async def test_chats_that_the_clock_takes(new_desk: NewDesk) -> None:
    desk = await new_desk(reply_seconds=300, idle_warning_seconds=60, idle_end_seconds=120)
    gus, ann, bea = await desk.agent("gus"), await desk.customer("ann"), await desk.customer("bea")
    windows = await two_windows(gus)
    await desk.chat(ann)
    await windows.hear(open=1)
    await gus.ask("set_status", status="away")
    await windows.hear(status="away", open=1)
    desk.clock.advance(seconds=301)  # he owed the reply
    await windows.hear(open=0)
    chat_id = await desk.chat(bea)
    await gus.ask("take_chat", chat_id=chat_id)
    await windows.hear(open=1)
    await gus.say(chat_id, "Are you there?")
    desk.clock.advance(seconds=61)
    await bea.hears("idle_warning")
    desk.clock.advance(seconds=61)
    await windows.hear(open=0)
    assert (await bea.hears("chat_ended"))["ended_type"] == "timeout"


async def test_a_seat_that_an_absentee_held(new_desk: NewDesk) -> None:
    desk = await new_desk(away_end_seconds=600)
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    windows = await two_windows(gus)
    chat_id = await desk.chat(ann)
    await windows.hear(open=1)
    await ann.say(chat_id, "It whistles")
    await ann.disconnect()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "away_at": {"$ne": None}}))
    desk.clock.advance(seconds=601)
    await windows.hear(open=0)
    await ann.reconnect()  # what she left as a message goes on
    await windows.hear(open=1)


async def test_a_seat_that_a_crash_left_taken(new_desk: NewDesk) -> None:
    """Between taking a seat and claiming the chat the process died: the reconciler gives it back, and says so."""
    desk = await new_desk(reconcile_seconds=0.2)
    gus = await desk.agent("gus")
    windows = await two_windows(gus)
    await desk.documents.seats.update_one({"_id": gus.id}, {"$push": {"chats": "nothing"}})
    await windows.hear(open=0)

    async def is_given_back() -> bool:  # the seat of set_status may have been heard only now
        return bool((await desk.documents.seats.find_one({"_id": gus.id}))["chats"] == [])

    await desk.until(is_given_back)


async def test_a_seat_taken_for_nothing(desk: Scene) -> None:
    """Gus is a moment too late: the chat waits no more, though his seat was taken for it."""
    gus, hal, ann = (
        await desk.agent("gus", status="away"),
        await desk.agent("hal", status="away"),
        await desk.customer("ann"),
    )
    chat_id = await desk.chat(ann)
    assigner = desk.desk.rules.queue.assigner
    waiting = await desk.desk.stores.chats.find(chat_id)
    assert waiting
    await hal.ask("take_chat", chat_id=chat_id)
    windows = await two_windows(gus)
    assert not await assigner.open(waiting, gus.id, {"rule": "picked"}, by_hand=True)
    await windows.hear(open=0)


async def test_what_a_department_change_leaves_alone_is_not_told(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus", departments=["Sales"])
    hal = await desk.agent("hal", departments=["Returns"])
    sales = await department(ada, "Sales")
    windows, others = await two_windows(gus), await two_windows(hal)
    await department(ada, "Shop", id=sales)
    await windows.hear(departments=["Shop"])
    await hal.ask("set_status", status="away")
    await others.hear(status="away", departments=["Returns"])


async def test_the_last_word_after_a_rush_is_how_it_stands(desk: Scene) -> None:
    gus = await desk.agent("gus", max_chats=8)
    windows = await two_windows(gus)
    customers = [await desk.customer(f"customer {n}") for n in range(12)]
    await asyncio.gather(*(customer.ask("request_chat") for customer in customers))
    opened = [chat["id"] for chat in (await gus.ask("list_chats", status="open"))["results"]]
    await asyncio.gather(*(gus.ask("end_chat", chat_id=chat_id) for chat_id in opened[:6]))

    async def all_say_the_same() -> bool:
        seats = (await gus.ask("list_agents"))["results"]
        return all(window.heard("seat")[-1:] == seats for window in windows.windows)

    await desk.until(all_say_the_same)


@pytest.mark.slow
async def test_in_every_process(mongo_url: str, tmp_path: Path) -> None:
    async with Branches(mongo_url, tmp_path, 2) as desk:
        gus = await desk.agent("gus", at=0)
        there = await desk.window(gus, at=1)
        ada, hal, ann = await desk.admin("ada", at=1), await desk.agent("hal", at=1), await desk.customer("ann", at=1)
        await hal.ask("set_status", status="away")
        windows = Windows(gus, there)
        for window in windows.windows:
            window.events.clear()
        await gus.ask("set_status", status="away")
        await windows.hear(status="away")
        await ada.ask("update_user", id=gus.id, max_chats=2, departments=["Sales"])
        await windows.hear(max_chats=2, departments=["Sales"])
        chat_id = (await ann.ask("request_chat"))["chat"]["id"]
        await there.ask("take_chat", chat_id=chat_id)
        await windows.hear(open=1)
        await hal.ask("set_status", status="online")
        await gus.ask("transfer_chat", chat_id=chat_id, agent_id=hal.id)
        await windows.hear(open=0)
        await gus.ask("set_status", status="online")
        await windows.hear(status="online", open=0)
        await ada.ask("assign_chat", chat_id=chat_id, agent_id=gus.id)
        await windows.hear(open=1)
        await ann.ask("end_chat", chat_id=chat_id)
        await windows.hear(open=0)
        await ada.ask("update_user", id=gus.id, disabled=True)
        await windows.hear(chosen="offline")
