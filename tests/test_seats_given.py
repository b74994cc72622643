"""The seats that an admin gave: an agent may use fewer; and what becomes of the chats of one who is disabled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.branches import Branches
from tests.support.desk import Scene


async def test_an_agent_lowers_its_seats_and_cannot_raise_them_above_the_admins_number(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus", max_chats=3)
    error = await gus.refused("set_status", status="away", max_chats=4)
    assert (error["code"], error["fields"]) == (
        "invalid",
        {"max_chats": ["Your seats: 0 to 3. An admin can give you more."]},
    )
    seat = (await gus.hears("welcome"))["seat"]
    assert (seat["max_chats"], seat["max_allowed"]) == (3, 3)
    lowered = (await gus.ask("set_status", status="online", max_chats=1))["seat"]
    assert (lowered["status"], lowered["max_chats"], lowered["max_allowed"]) == ("online", 1, 3)
    assert (await (await gus.reconnect()).hears("welcome"))["seat"]["max_chats"] == 1, "it is kept"
    assert (await gus.ask("set_status", status="online", max_chats=3))["seat"]["max_chats"] == 3
    given = (await ada.ask("update_user", id=gus.id, max_chats=2))["seat"]
    assert (given["max_chats"], given["max_allowed"]) == (2, 2)
    assert (await gus.refused("set_status", status="online", max_chats=3))["code"] == "invalid"


async def test_the_seats_of_before_are_those_that_were_given(desk: Scene) -> None:
    gus = await desk.agent("gus", max_chats=3)
    await desk.documents.seats.update_one({"_id": gus.id}, {"$unset": {"seats_given": ""}})
    assert (await gus.refused("set_status", status="online", max_chats=4))["code"] == "invalid"
    assert (await gus.ask("set_status", status="online", max_chats=1))["seat"]["max_allowed"] == 3
    assert (await gus.ask("set_status", status="online", max_chats=2))["seat"]["max_chats"] == 2


async def test_the_chats_of_a_disabled_agent_return_at_once(new_desk: Callable[..., Awaitable[Scene]]) -> None:
    """They do not wait for the end of its grace."""
    desk = await new_desk(agent_grace_seconds=600)
    ada, gus, ann = await desk.admin("ada"), await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.hears("chat_opened")
    hal = await desk.agent("hal")
    await ada.ask("update_user", id=gus.id, disabled=True)
    assert (await hal.hears("chat_opened"))["id"] == chat_id
    assert (await desk.documents.seats.find_one({"_id": gus.id}))["chats"] == []


async def test_the_chats_of_one_disabled_return_although_the_process_died_there(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.hears("chat_opened")
    await desk.documents.people.update_one({"_id": gus.id}, {"$set": {"disabled": True}})
    await desk.documents.seats.update_one({"_id": gus.id}, {"$set": {"chosen": "offline", "leaving": True}})
    await ann.hears("chat_updated", lambda chat: chat["id"] == chat_id and chat["status"] == "queued")


@pytest.mark.slow
async def test_the_chats_of_one_who_is_disabled_elsewhere_return_at_once(mongo_url: str, tmp_path: Path) -> None:
    async with Branches(mongo_url, tmp_path, 2, agent_grace_seconds=600) as desk:
        gus, ann = await desk.agent("gus", at=0), await desk.customer("ann", at=0)
        ada = await desk.admin("ada", at=1)
        chat_id = (await ann.ask("request_chat"))["chat"]["id"]
        await gus.hears("chat_opened")
        hal = await desk.agent("hal", at=0)
        await ada.ask("update_user", id=gus.id, disabled=True)
        await gus.hears("session_expired")
        assert (await hal.hears("chat_opened"))["id"] == chat_id
