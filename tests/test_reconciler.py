"""What a crash between two writes leaves behind is found, healed and counted; without a crash there is nothing to find."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.support.desk import Scene


async def healed(desk: Scene) -> dict[str, int]:
    """What the reconciler has counted so far."""
    _, text = await desk.get("/metrics")
    rows = [line for line in text.splitlines() if line.startswith("deskwire_healed_total{")]
    return {row.split('"')[1]: int(float(row.rsplit(" ", 1)[1])) for row in rows}


async def has_healed(desk: Scene, figures: dict[str, int]) -> None:
    """What is healed is counted when everybody has heard of it."""

    async def holds() -> bool:
        return await healed(desk) == figures

    await desk.until(holds)


async def test_a_seat_held_for_no_chat_is_given_back(new_desk: Callable[..., Awaitable[Scene]]) -> None:
    desk = await new_desk(reconcile_seconds=0.2)
    gus = await desk.agent("gus", max_chats=1)
    await desk.documents.seats.update_one({"_id": gus.id}, {"$push": {"chats": "a chat that was never claimed"}})
    ann = await desk.customer("ann")
    await ann.ask("request_chat")
    await ann.hears("chat_opened")
    await has_healed(desk, {"leaked_seat": 1})


async def test_a_closed_log_under_an_open_chat_ends_it(new_desk: Callable[..., Awaitable[Scene]]) -> None:
    """The server died after the closing line, before the document and the seat followed."""
    desk = await new_desk(reconcile_seconds=0.2)
    gus = await desk.agent("gus", max_chats=1)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    chat_id = await desk.chat(ann)
    await desk.chat(bea)
    last = (await ann.ask("sync_chat", chat_id=chat_id))["chat"]["last_seq"]
    now = desk.clock.now()
    system = {"event": "ended", "ended_type": "agent", "ended_reason": "resolved", "ended_by": gus.id, "ended_at": now}
    closing = {"chat_id": chat_id, "seq": last + 1, "kind": "system", "body": "", "system": system, "closing": True}
    await desk.documents.messages.insert_one({**closing, "sent_at": now})
    shown = (await ann.ask("sync_chat", chat_id=chat_id))["chat"]
    assert shown["status"] == "ended", "the log is the truth, whatever the document still says"
    assert (await ann.refused("send_message", chat_id=chat_id, client_id="late", body="?"))["code"] == "chat_ended"
    await bea.hears("chat_opened")
    await has_healed(desk, {"closed_log": 1})
    for who in (ann, gus):
        assert (await who.hears("chat_ended"))["id"] == chat_id


async def test_a_log_that_was_closed_before_a_long_outage_is_found(desk: Scene) -> None:
    """A quarter of an hour without a database, and so without a round."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    reconciler, now = desk.desk.workers.reconciler, desk.clock.now()
    for _ in range(2):
        await reconciler.run()
    system = {"event": "ended", "ended_type": "agent", "ended_reason": "resolved", "ended_by": gus.id, "ended_at": now}
    closing = {"chat_id": chat_id, "seq": 2, "kind": "system", "body": "", "system": system, "closing": True}
    await desk.documents.messages.insert_one({**closing, "sent_at": now})
    desk.clock.advance(minutes=15)
    for _ in range(2):
        desk.clock.advance(seconds=1)
        await reconciler.run()
    assert await desk.documents.chats.find_one({"_id": chat_id, "status": "ended"})


async def test_what_was_done_and_not_told_is_told(new_desk: Callable[..., Awaitable[Scene]]) -> None:
    """The server died after Gus had been given the chat, before anybody heard of it."""
    desk = await new_desk(reconcile_seconds=0.2)
    gus = await desk.agent("gus", status="away")
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    assigner, now = desk.desk.rules.queue.assigner, desk.clock.now()
    assert await assigner.seats.take_by_hand(gus.id, chat_id, now)
    event = {"event": "opened", "agent": gus.user, "because": "picked"}
    assert await assigner.queue.claim_if_queued(chat_id, gus.id, now, {"rule": "picked", "candidates": []}, event)
    desk.clock.advance(seconds=6)
    await ann.hears("chat_opened")
    assert (await gus.hears("chat_opened"))["id"] == chat_id
    log = (await ann.ask("sync_chat", chat_id=chat_id))["messages"]
    assert [line["system"]["event"] for line in log] == ["opened"]
    await has_healed(desk, {"untold": 1})


async def test_a_quiet_desk_needs_no_healing(new_desk: Callable[..., Awaitable[Scene]]) -> None:
    desk = await new_desk(reconcile_seconds=0.05)
    gus = await desk.agent("gus", max_chats=2)
    for _ in range(5):
        customers = [await desk.customer(f"c{n}") for n in range(4)]
        for customer in customers:
            await customer.ask("request_chat")
        for customer in customers:
            opened = await customer.hears("chat_opened")
            await gus.ask("end_chat", chat_id=opened["id"])
    assert await healed(desk) == {}


async def test_a_leaked_seat_holds_up_nobody(desk: Scene) -> None:
    """The database went away after Gus's seat had been taken for Ann, before her chat was: Bea is served all the same."""
    gus = await desk.agent("gus", status="away", max_chats=3)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    chat_id = await desk.chat(ann)
    await desk.documents.seats.update_one({"_id": gus.id}, {"$push": {"chats": chat_id}})
    await gus.ask("set_status", status="online")
    async with asyncio.timeout(10):
        assert (await bea.ask("request_chat"))["chat"]["status"] == "open"
    for _ in range(2):
        desk.clock.advance(seconds=1)
        await desk.desk.workers.reconciler.run()
    assert (await ann.hears("chat_opened"))["id"] == chat_id


async def test_what_looks_broken_for_less_than_a_second_is_left_alone(desk: Scene) -> None:
    """However short the rounds are: the two writes of one act may lie as far apart under load."""
    gus, reconciler = await desk.agent("gus"), desk.desk.workers.reconciler
    await desk.documents.seats.update_one({"_id": gus.id}, {"$push": {"chats": "just being claimed"}})
    desk.clock.stand_still()
    for _ in range(3):
        assert await reconciler.run() == {}
    desk.clock.advance(seconds=1)
    assert await reconciler.run() == {"leaked_seat": 1}


async def test_a_deed_that_a_crash_kept_untold_is_told_before_the_next_one(desk: Scene) -> None:
    """The server died between two writes, twice; others went on with the chat before the reconciler came."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    assigner, find = desk.desk.rules.queue.assigner, desk.desk.stores.chats.find
    queue, seats, now = assigner.queue, assigner.seats, desk.clock.now()
    event = {"event": "requeued", "from": gus.user, "reason": "agent_vanished"}
    held = await find(chat_id)
    assert held
    assert await queue.return_if_held(held, now, now, event)
    await seats.give_back(gus.id, chat_id)  # here it died
    await desk.desk.rules.queue.assignment.fill()
    opened = await find(chat_id)
    assert opened
    untold = {"event": "opened", "agent": gus.user, "because": "least_busy", "key": "opened@then", "at": now}
    await desk.documents.chats.update_one({"_id": chat_id}, {"$set": {"untold": untold}})  # and here
    await gus.ask("transfer_chat", chat_id=chat_id, department="sales")
    await ann.hears("chat_opened", lambda _: len(ann.heard("chat_opened")) == 4)
    log = (await ann.ask("sync_chat", chat_id=chat_id))["messages"]
    events = [line["system"]["event"] for line in log]
    assert events == ["opened", "requeued", "opened", "opened", "transferred", "opened"]


async def close_log(desk: Scene, chat_id: str, by: str) -> None:
    """The closing line is stored; the database went away before anything else was."""
    now, seq = desk.clock.now(), 1 + await desk.documents.messages.count_documents({"chat_id": chat_id})
    system = {"event": "ended", "ended_type": "agent", "ended_reason": "resolved", "ended_by": by, "ended_at": now}
    closing = {"chat_id": chat_id, "seq": seq, "kind": "system", "body": "", "system": system, "closing": True}
    await desk.documents.messages.insert_one({**closing, "sent_at": now})


@pytest.mark.parametrize("command", ["end_chat", "request_chat", "rate_chat"])
async def test_an_end_that_was_not_told_is_told_by_whoever_finds_it(desk: Scene, command: str) -> None:
    gus, ann, bea = await desk.agent("gus", max_chats=1), await desk.customer("ann"), await desk.customer("bea")
    chat_id = await desk.chat(ann)
    await desk.chat(bea)
    await close_log(desk, chat_id, gus.id)
    payload = {"end_chat": {"chat_id": chat_id}, "rate_chat": {"chat_id": chat_id, "score": 5}}.get(command, {})
    await ann.ask(command, **payload)
    for who in (ann, gus):
        assert (await who.hears("chat_ended"))["id"] == chat_id
        await who.hears("message", lambda line: (line["system"] or {}).get("event") == "ended")
    await bea.hears("chat_opened")
    assert await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "untold": None}))


async def test_an_end_that_was_written_and_not_told_is_told(desk: Scene) -> None:
    """The server died after the document had followed the log."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await close_log(desk, chat_id, gus.id)
    chats, now = desk.desk.stores.chats, desk.clock.now()
    how = {"ended_at": now, "ended_reason": "resolved", "ended_by": gus.id, "ended_type": "agent"}
    assert await chats.settle_if_unended(chat_id, {**how, "ended_comment": None}, {})
    desk.clock.advance(seconds=6)
    assert await desk.desk.workers.reconciler.run() == {"untold": 1}
    for who in (ann, gus):
        assert (await who.hears("chat_ended"))["id"] == chat_id
    assert await desk.desk.workers.reconciler.run() == {}
