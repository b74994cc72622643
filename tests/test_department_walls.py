"""DEPARTMENT_WALLS: agents list, see and take the chats of their departments and those without one, and no others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from store.build import Stores
from store.client import Database
from store.log.messages import MessageLog, Posted
from store.records import Message
from tests.support.desk import Scene
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]


async def walled(new_desk: NewDesk, **settings: Any) -> tuple[Scene, Someone, Someone]:
    """Sam of Sales and Rita of Repairs, both away."""
    desk = await new_desk(department_walls="on", **settings)
    sam = await desk.agent("sam", status="away", departments=["Sales"])
    rita = await desk.agent("rita", status="away", departments=["Repairs"])
    return desk, sam, rita


async def listed(agent: Someone, command: str = "list_queue", **payload: Any) -> set[str]:
    found = await agent.ask(command, **payload)
    assert found["count"] == len(found["results"])
    return {chat["id"] for chat in found["results"]}


async def test_agents_list_and_take_only_what_is_theirs(new_desk: NewDesk) -> None:
    desk, sam, rita = await walled(new_desk)
    ann, bea, cid = [await desk.customer(name) for name in ("ann", "bea", "cid")]
    for_sales = await desk.chat(ann, department="Sales")
    for_repairs = await desk.chat(bea, department="Repairs")
    for_anybody = await desk.chat(cid)
    assert await listed(sam) == {for_sales, for_anybody}
    assert await listed(rita) == {for_repairs, for_anybody}
    others, absent = [await sam.refused("take_chat", chat_id=each) for each in (for_repairs, "nowhere")]
    assert (others["code"], others) == ("not_found", absent)
    await rita.ask("take_chat", chat_id=for_repairs)
    assert await sam.refused("take_chat", chat_id=for_repairs) == absent
    await sam.ask("take_chat", chat_id=for_anybody)
    everybody = await desk.agent("all", status="away", departments=[])
    assert await listed(everybody) == {for_sales}


async def test_left_messages_stand_behind_the_wall_too(new_desk: NewDesk) -> None:
    desk, sam, rita = await walled(new_desk)
    ann = await desk.customer("ann")
    left = await desk.chat(ann, department="Repairs", leave_message=True)
    assert await listed(sam, offline=True) == set()
    assert (await sam.refused("take_chat", chat_id=left))["code"] == "not_found"
    assert await listed(rita, offline=True) == {left}


async def test_each_hears_how_many_of_its_own_wait(new_desk: NewDesk) -> None:
    desk, sam, rita = await walled(new_desk)
    ada = await desk.admin("ada")
    await desk.chat(await desk.customer("ann"), department="Repairs")
    await rita.hears("queue_changed", lambda told: told["waiting"] == 1)
    await desk.chat(await desk.customer("bea"), department="Repairs")
    await ada.hears("queue_changed", lambda told: told["waiting"] == 2)
    await rita.hears("queue_changed", lambda told: told["waiting"] == 2)
    await desk.chat(await desk.customer("cid"))
    await sam.hears("queue_changed", lambda told: told["waiting"] == 1)
    assert {told["waiting"] for told in sam.heard("queue_changed")} <= {0, 1}


async def test_history_and_what_a_chat_continues_end_at_the_wall(new_desk: NewDesk) -> None:
    desk, sam, rita = await walled(new_desk)
    ann = await desk.customer("ann")
    before = await desk.chat(ann, department="Repairs")
    await rita.ask("take_chat", chat_id=before)
    await ann.say(before, "my kettle leaks")
    await rita.ask("end_chat", chat_id=before)
    now = await desk.chat(ann, department="Sales", continues=before)
    await sam.ask("take_chat", chat_id=now)
    assert await listed(sam, "customer_history", customer_id=ann.id) == {now}
    assert (await sam.refused("sync_chat", chat_id=before))["code"] == "not_found"
    assert await listed(rita, "customer_history", customer_id=ann.id) == {before}
    assert (await sam.ask("sync_chat", chat_id=now))["messages"]


async def test_a_chat_is_handed_over_to_who_serves_it_or_by_a_department(new_desk: NewDesk) -> None:
    desk, sam, rita = await walled(new_desk)
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    chat_id = await desk.chat(ann, department="Sales")
    await sam.ask("take_chat", chat_id=chat_id)
    await rita.ask("set_status", status="online")
    refusal = await sam.refused("transfer_chat", chat_id=chat_id, agent_id=rita.id)
    assert (refusal["code"], "department of theirs" in refusal["detail"]) == ("conflict", True)
    await sam.ask("transfer_chat", chat_id=chat_id, department="Repairs")
    await rita.hears("chat_opened")
    assert chat_id not in await listed(sam, "list_chats")
    await sam.ask("set_status", status="online")
    await ada.ask("assign_chat", chat_id=chat_id, agent_id=sam.id)
    assert (await sam.ask("sync_chat", chat_id=chat_id))["chat"]["department"] == "Repairs", (
        "what an admin gives is his"
    )
    assert chat_id in await listed(sam, "list_chats")


async def test_without_walls_everybody_sees_the_queue(desk: Scene) -> None:
    sam = await desk.agent("sam", status="away", departments=["Sales"])
    chat_id = await desk.chat(await desk.customer("ann"), department="Repairs")
    assert await listed(sam) == {chat_id}
    await sam.ask("take_chat", chat_id=chat_id)


async def test_who_had_a_chat_sees_nothing_of_it_after_it_went(desk: Scene) -> None:
    gus, hal, ann = await desk.agent("gus"), await desk.agent("hal", status="away"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "for Gus")
    await gus.ask("mark_read", chat_id=chat_id, seq=2)
    await hal.ask("set_status", status="online")
    await gus.ask("transfer_chat", chat_id=chat_id, agent_id=hal.id)
    handed = (await gus.ask("customer_history", customer_id=ann.id))["results"][0]
    assert (handed["last_message"]["body"], handed["last_seq"], handed["agent"]["id"]) == ("for Gus", 3, hal.id)
    desk.clock.advance(seconds=5)
    await ann.say(chat_id, "not for Gus")
    await hal.ask("mark_read", chat_id=chat_id, seq=4)
    (seen,) = (await gus.ask("customer_history", customer_id=ann.id))["results"]
    assert {**seen, "receipts": None} == {**handed, "receipts": None}
    assert seen["receipts"]["agent"]["read_seq"] == 3, "as far as he had it"
    (his,) = (await hal.ask("customer_history", customer_id=ann.id))["results"]
    assert (his["last_message"]["body"], his["last_seq"]) == ("not for Gus", 4)
    await hal.ask("end_chat", chat_id=chat_id)
    (ended,) = (await gus.ask("customer_history", customer_id=ann.id))["results"]
    assert ended["last_message"]["body"] == "not for Gus", "a chat that is over is part of the customer's history"


async def test_who_served_before_sees_nothing_said_in_another_live_chat(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    await gus.ask("end_chat", chat_id=await desk.chat(ann))
    await gus.ask("set_status", status="away")
    hal = await desk.agent("hal")
    chat_id = await desk.chat(ann)
    await hal.hears("chat_opened")
    await ann.say(chat_id, "for Hal")
    now = (await gus.ask("customer_history", customer_id=ann.id))["results"][0]
    assert (now["id"], now["last_message"], now["last_seq"], now["unread"]) == (chat_id, None, 0, 0)


async def test_a_chat_that_went_back_to_the_line_says_nothing_new_in_ones_list(desk: Scene) -> None:
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "for Gus")
    await gus.ask("set_status", status="away")
    await gus.ask("transfer_chat", chat_id=chat_id, department="anything")
    await ann.say(chat_id, "for whoever comes")
    (seen,) = (await gus.ask("list_chats"))["results"]
    assert (seen["status"], seen["last_message"]["body"]) == ("queued", "for Gus")


async def test_what_is_said_behind_the_wall_stays_there_when_the_chat_ends(new_desk: NewDesk) -> None:
    desk, sam, _ = await walled(new_desk)
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann, department="Sales")
    await sam.ask("take_chat", chat_id=chat_id)
    await ann.say(chat_id, "for Sam")
    await sam.ask("transfer_chat", chat_id=chat_id, department="Repairs")
    await ann.say(chat_id, "for the eyes of Repairs only")
    await ann.ask("end_chat", chat_id=chat_id, comment="for Repairs, too")
    await ann.ask("rate_chat", chat_id=chat_id, score=2, comment="and this")
    another = await desk.chat(ann, department="Sales")
    await sam.ask("take_chat", chat_id=another)
    await sam.hears("chat_opened", lambda told: told["id"] == another)
    assert "chat_ended" not in dict(sam.events)
    assert (await sam.refused("sync_chat", chat_id=chat_id))["code"] == "not_found"
    for command, payload in (("list_chats", {}), ("customer_history", {"customer_id": ann.id})):
        (seen,) = [row for row in (await sam.ask(command, **payload))["results"] if row["id"] == chat_id]
        assert (seen["status"], seen["last_message"]["body"], seen["rating"]) == ("ended", "for Sam", None)
    assert not any("Repairs only" in str(told) or "too" in str(told) for told in sam.events)


async def test_a_chat_that_comes_back_over_the_wall_is_ones_own_again(new_desk: NewDesk) -> None:
    desk, sam, _ = await walled(new_desk)
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    chat_id = await desk.chat(ann, department="Sales")
    await sam.ask("take_chat", chat_id=chat_id)
    await sam.ask("transfer_chat", chat_id=chat_id, department="Repairs")
    await sam.ask("set_status", status="online")
    await ada.ask("assign_chat", chat_id=chat_id, agent_id=sam.id)
    await ann.say(chat_id, "are you back?")
    await ann.ask("end_chat", chat_id=chat_id)
    assert (await sam.hears("chat_ended"))["last_message"]["body"] == "are you back?"
    assert (await sam.ask("sync_chat", chat_id=chat_id))["chat"]["status"] == "ended"


class LogWithAHaste(MessageLog):
    """Right behind the line by which a chat goes to somebody else stands what its customer says."""

    async def append(self, draft: Message, *, only_after: int | None = None) -> Posted:
        posted = await super().append(draft, only_after=only_after)
        if draft.system and draft.system["event"] == "transferred":
            said = replace(
                draft,
                side="customer",
                client_id=f"behind {draft.client_id}",
                kind="text",
                body="not for Gus",
                system=None,
            )
            await super().append(
                replace(said, sender_id="c1", sender={"id": "c1", "role": "customer", "name": "Ann", "avatar": None})
            )
        return posted


async def test_who_gives_a_chat_away_is_not_told_what_is_said_next(mongo_url: str, tmp_path: Path) -> None:
    def stores(database: Database, key: str) -> Stores:
        return Stores(**{**vars(Stores.of(database, key)), "log": LogWithAHaste(database)})

    async with Scene(mongo_url, tmp_path, stores) as desk:
        gus, hal, ann = await desk.agent("gus"), await desk.agent("hal", status="away"), await desk.customer("ann")
        first = await desk.chat(ann)
        await ann.say(first, "for Gus")
        await hal.ask("set_status", status="online")
        await gus.ask("transfer_chat", chat_id=first, agent_id=hal.id)
        told = (await gus.hears("chat_transferred"))["chat"]
        assert (told["last_message"]["body"], told["agent"]["id"]) == ("for Gus", hal.id)
        heard = await hal.hears("chat_transferred")
        assert heard["chat"]["last_message"]["body"] == "not for Gus"
        await hal.ask("set_status", status="away")
        await gus.ask("set_status", status="away")
        await hal.ask("transfer_chat", chat_id=first, department="anything")
        back = await hal.hears("chat_updated", lambda chat: chat["status"] == "queued")
        assert back["last_seq"] == heard["chat"]["last_seq"] + 1, "the line by which it went, and none behind it"
