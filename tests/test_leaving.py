"""Colleagues who leave for good: out at once, their chats are others', their names stay with what they wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from store.credentials import AccountStates
from store.seats import Seats
from tests.support.desk import PASSWORD, Scene
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]


async def served(desk: Scene, agent: Someone, name: str) -> tuple[Someone, str]:
    """A customer whom the agent has answered, and their chat."""
    customer = await desk.customer(name)
    chat_id = await desk.chat(customer)
    await agent.hears("chat_opened", lambda chat: chat["id"] == chat_id)
    await customer.say(chat_id, "hello")
    await agent.say(chat_id, f"hello {name}")
    return customer, chat_id


async def test_who_leaves_is_out_at_once_and_a_colleague_goes_on(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    ann, first = await served(desk, gus, "ann")
    bob, second = await served(desk, gus, "bob")
    hal = await desk.agent("hal", max_chats=1)
    assert await ada.ask("delete_user", id=gus.id, to=hal.id, password=PASSWORD) == {}
    await gus.hears("session_expired")
    moved = (await hal.hears("chat_transferred"))["chat"]["id"]
    waits = {first: second, second: first}[moved]  # hal has one seat: the other chat is in the line
    chats = {chat["id"]: chat for chat in (await ada.ask("list_chats"))["results"]}
    assert (chats[moved]["agent"]["id"], chats[waits]["status"]) == (hal.id, "queued")
    said = (await (ann if waits == first else bob).ask("sync_chat", chat_id=waits))["messages"]
    assert "Gus" in [line["sender"]["name"] for line in said if line["sender"]]
    assert [user["name"] for user in (await ada.ask("list_users"))["results"]] == ["Hal", "Ada"]
    status, _ = await desk.post("/api/auth/login", {"username": "gus", "password": PASSWORD})
    assert status == 401
    assert (await desk.post("/api/auth/logout", token=gus.token))[0] == 401
    rows = [row for row in (await ada.ask("list_audit"))["results"] if row["what"] == "user_deleted"]
    assert [(row["who"]["id"], row["whom_user"]["name"], row["details"]["to"]) for row in rows] == [
        (ada.id, "Gus", hal.id)
    ]
    assert await desk.documents.seats.find_one({"_id": gus.id}) is None
    kept = await desk.documents.people.find_one({"_id": gus.id})
    assert not {"username", "username_key", "password_hash"} & kept.keys()
    assert await ada.ask("delete_user", id=gus.id, password=PASSWORD) == {}
    again = await ada.ask("create_agent", name="Gus the second", username="Gus")
    assert again["user"]["id"] != gus.id, "the user name is free, the id never is"


async def test_what_was_left_waits_for_another(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann, leave_message=True)
    await gus.ask("take_chat", chat_id=chat_id)
    hal = await desk.agent("hal")
    await ada.ask("delete_user", id=gus.id, to=hal.id, password=PASSWORD)
    queued = (await hal.ask("list_queue", offline=True))["results"]
    assert [(chat["id"], chat["status"], chat["offline"]) for chat in queued] == [(chat_id, "queued", True)]


async def test_what_cannot_be(desk: Scene) -> None:
    ada, gus, ann = await desk.admin("ada"), await desk.agent("gus"), await desk.customer("ann")
    off = await desk.agent("off")
    await ada.ask("update_user", id=off.id, disabled=True)
    for given, code, fields in (
        ({"id": gus.id, "password": "wrong horse"}, "invalid", ["password"]),
        ({"id": gus.id}, "invalid", ["password"]),
        *(
            ({"id": gus.id, "password": PASSWORD, "to": to}, "invalid", ["to"])
            for to in (gus.id, ada.id, off.id, ann.id, "g99")
        ),
        ({"id": ada.id, "password": PASSWORD}, "forbidden", None),
        ({"id": ann.id, "password": PASSWORD}, "not_found", None),
        ({"id": "g99", "password": PASSWORD}, "not_found", None),
    ):
        error = await ada.refused("delete_user", **given)
        assert (error["code"], list(error["fields"]) if fields else None) == (code, fields), given
    assert (await gus.refused("delete_user", id=off.id, password=PASSWORD))["code"] == "unknown_event"
    assert not gus.heard("session_expired")
    await ada.ask("delete_user", id=off.id, password=PASSWORD)
    for command, more in (("update_user", {"disabled": False}), ("reset_second_factor", {"password": PASSWORD})):
        assert (await ada.refused(command, id=off.id, **more))["code"] == "not_found"


async def test_who_is_being_deleted_is_not_enabled_again(desk: Scene) -> None:
    """By another admin at that moment: it is gone, or it was not deleted and has all that it had."""
    ada, eve = await desk.admin("ada"), await desk.admin("eve")
    for turn in range(5):
        gus = await desk.agent(f"gus{turn}", connected=False)
        deleting = asyncio.create_task(ada.raw_ack("delete_user", {"id": gus.id, "password": PASSWORD}))
        enabled: list[str] = []
        while not deleting.done():
            ack = await eve.raw_ack("update_user", {"id": gus.id, "disabled": False})
            enabled.append("ok" if ack["ok"] else ack["error"]["code"])
        assert (await deleting)["ok"], enabled
        kept = await desk.documents.people.find_one({"_id": gus.id})
        assert (kept["disabled"], bool(kept.get("deleted_at"))) == (True, True), enabled
        assert set(enabled) <= {"ok", "conflict", "not_found"}


async def test_who_a_crash_left_half_deleted_is_only_deleted(desk: Scene) -> None:
    ada, gus = await desk.admin("ada"), await desk.agent("gus", connected=False)
    await AccountStates(desk.database).leave(gus.id, desk.clock.now())
    await desk.documents.second_factors.insert_one({"_id": gus.id})
    assert (await ada.refused("update_user", id=gus.id, disabled=False))["code"] == "conflict"
    assert await ada.ask("delete_user", id=gus.id, password=PASSWORD) == {}
    assert await desk.documents.second_factors.count_documents({}) == 0


@pytest.mark.slow
async def test_the_last_admin_stays(desk: Scene) -> None:
    ada, bea = await desk.admin("ada"), await desk.admin("bea")
    acks = await asyncio.gather(
        ada.raw_ack("delete_user", {"id": bea.id, "password": PASSWORD}),
        bea.raw_ack("delete_user", {"id": ada.id, "password": PASSWORD}),
        return_exceptions=True,  # one of them is out before it hears its answer
    )
    assert len(acks) == 2
    left = [person async for person in desk.documents.people.find({"role": "admin", "deleted_at": None})]
    assert len(left) >= 1
    assert [person for person in left if not person.get("disabled")]


async def test_what_a_crash_leaves_is_finished_by_asking_again(desk: Scene) -> None:
    """After the account was closed, and before anything else: it is listed as disabled, and its chat waits meanwhile."""
    ada, gus = await desk.admin("ada"), await desk.agent("gus")
    _, chat_id = await served(desk, gus, "ann")
    await AccountStates(desk.database).disable_if_enabled(gus.id, desk.clock.now())
    assert [user["disabled"] for user in (await ada.ask("list_users", role="agent"))["results"]] == [True]
    hal = await desk.agent("hal")
    await ada.ask("delete_user", id=gus.id, to=hal.id, password=PASSWORD)
    assert (await hal.hears("chat_transferred"))["chat"]["id"] == chat_id
    assert (await ada.ask("list_users", role="agent"))["count"] == 1
    assert await Seats(desk.database).find(gus.id) is None
