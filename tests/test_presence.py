"""Who is there, who is gone, and what becomes of their chats. The desk's own absence counts against nobody."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from server.connections.leases import LEASE, DowntimeCredit, Leases
from server.connections.presence import ConnectionRegistry
from server.core.signals import Signals
from server.realtime.rooms import Connection, Rooms
from server.schemas.queue import RequestChat
from store.chats import Chats
from store.errors import LogBusy
from store.records import Chat
from tests.support.clock import MovableClock
from tests.support.desk import Scene
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]
LONG = 3600  # seconds: a grace that no test waits for; the desk's clock is moved instead


def leases_of(desk: Scene, process_id: str, wall: MovableClock) -> Leases:
    """Those of a process of this desk to which nobody is connected, with a clock of its own."""
    stores, graces, clock = desk.desk.stores, desk.desk.rules.connections.grace_periods, desk.clock
    registry = ConnectionRegistry(process_id, stores.seat_connections, stores.customer_connections, graces, clock)
    timers = desk.desk.rules.chat.timers
    credit = DowntimeCredit(stores.processes, stores.seat_connections, stores.deadlines, graces, timers, clock)
    return Leases(stores.processes, registry, credit, Rooms(), Signals(), desk.settings.tick_seconds, wall=wall)


@asynccontextmanager
async def another_process(desk: Scene) -> AsyncIterator[Leases]:
    """Its clock is ahead of ours: our beats look old to it."""
    wall = MovableClock()
    other = leases_of(desk, "another", wall)
    await other.begin(alone=False)
    wall.advance(seconds=2 * LEASE.total_seconds())
    yield other
    await other.end()


async def test_back_within_the_grace_nothing_happened(new_desk: NewDesk) -> None:
    desk = await new_desk(agent_grace_seconds=LONG)
    gus, hal = await desk.agent("gus"), await desk.agent("hal", status=None)
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.cut()
    await desk.until(lambda: desk.documents.seats.find_one({"_id": gus.id, "connections": []}))
    bea = await desk.customer("bea")
    assert (await bea.ask("request_chat"))["chat"]["status"] == "queued", "who is gone is given nothing new"
    seats = {seat["agent"]["id"]: seat for seat in (await hal.ask("list_agents"))["results"]}
    assert seats[gus.id]["status"] == "online", "within the grace nobody is told"
    await gus.reconnect()
    await bea.hears("chat_opened")
    assert (await gus.hears("welcome"))["chats"][0]["id"] == chat_id
    assert not [p for p in hal.heard("presence") if (p["user_id"], p["status"]) == (gus.id, "offline")]
    log = (await ann.ask("sync_chat", chat_id=chat_id))["messages"]
    assert [line["system"]["event"] for line in log] == ["opened"]


async def test_gone_longer_the_chats_return_and_are_served_first(new_desk: NewDesk) -> None:
    desk = await new_desk(agent_grace_seconds=LONG)
    gus = await desk.agent("gus")
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    chat_id = await desk.chat(ann)
    await gus.ask("set_status", status="away")
    await desk.chat(bea)
    hal = await desk.agent("hal", status="away", max_chats=1)
    await gus.cut()
    await desk.until(lambda: desk.documents.seats.find_one({"_id": gus.id, "connections": []}))
    desk.clock.advance(seconds=LONG + 1)
    returned = await ann.hears("chat_updated", lambda c: c["status"] == "queued")
    assert returned["agent"] is None
    assert (await ann.hears("queue_position"))["position"] == 1, "before Bea, who never had an agent"
    await hal.hears("presence", lambda p: p["user_id"] == gus.id and p["status"] == "offline")
    await hal.ask("set_status", status="online", max_chats=1)
    opened = await hal.hears("chat_opened")
    assert opened["id"] == chat_id
    log = (await hal.ask("sync_chat", chat_id=chat_id))["messages"]
    assert [line["system"]["event"] for line in log] == ["opened", "requeued", "opened"]
    assert log[1]["system"]["reason"] == "agent_vanished"
    await gus.reconnect()
    assert (await gus.hears("welcome"))["chats"] == []


async def test_half_gone_is_there(new_desk: NewDesk) -> None:
    """Two tabs, one dead."""
    desk = await new_desk(agent_grace_seconds=LONG)
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    twin = await gus.another()
    await desk.chat(ann)
    await gus.cut()
    await desk.until(lambda: desk.documents.seats.find_one({"_id": gus.id, "connections": {"$size": 1}}))
    desk.clock.advance(seconds=LONG + 1)
    await desk.looked()
    assert not ann.heard("chat_updated")
    await twin.disconnect()


async def test_a_waiting_customer_who_vanishes_leaves_the_queue(new_desk: NewDesk) -> None:
    desk = await new_desk(queue_grace_seconds=LONG)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    first = await desk.chat(ann)
    await ann.say(first, "Hello?")
    await desk.chat(bea)
    await ann.cut()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": first, "here": []}))
    desk.clock.advance(seconds=LONG + 1)
    await bea.hears("queue_position", lambda q: q["position"] == 1)
    await ann.reconnect()
    assert (await ann.hears("welcome"))["chats"] == []
    ended = (await ann.ask("list_chats"))["results"][0]
    assert (ended["ended_reason"], ended["ended_type"]) == ("abandoned", "timeout")
    bea.events.clear()
    again = await ann.ask("request_chat")
    assert again["queue"]["position"] == 1, "back within ten minutes: her old place"
    await bea.hears("queue_position", lambda q: q["position"] == 2)
    await ann.ask("leave_queue", chat_id=again["chat"]["id"])
    assert (await ann.ask("request_chat"))["queue"]["position"] == 2, "who leaves by choice has no old place"


async def test_back_after_more_than_ten_minutes_one_stands_behind(new_desk: NewDesk) -> None:
    desk = await new_desk(queue_grace_seconds=60)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    first = await desk.chat(ann)
    await desk.chat(bea)
    await ann.cut()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": first, "here": []}))
    desk.clock.advance(seconds=61)
    await bea.hears("queue_position", lambda q: q["position"] == 1)
    desk.clock.advance(minutes=11)
    await ann.reconnect()
    assert (await ann.ask("request_chat"))["queue"]["position"] == 2


async def test_back_within_the_queue_grace_keeps_the_place(new_desk: NewDesk) -> None:
    desk = await new_desk(queue_grace_seconds=60)
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.cut()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "abandon_at": {"$ne": None}}))
    await ann.reconnect()
    desk.clock.advance(seconds=90)
    await desk.looked()
    assert (await ann.ask("queue_status"))["chat"]["id"] == chat_id


async def test_in_an_open_chat_a_lost_connection_changes_nothing(new_desk: NewDesk) -> None:
    desk = await new_desk(queue_grace_seconds=1)
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.cut()
    await gus.hears("presence", lambda p: p["user_id"] == ann.id and p["status"] == "offline")
    desk.clock.advance(seconds=30)
    await desk.looked()
    assert (await gus.ask("sync_chat", chat_id=chat_id))["chat"]["status"] == "open"


async def test_the_time_in_which_the_desk_was_away_counts_against_nobody(new_desk: NewDesk) -> None:
    """Down for an hour: Gus keeps Ann's chat, Bea her place; then each grace runs in full, and only then it is over."""
    desk = await new_desk(agent_grace_seconds=30, queue_grace_seconds=30)
    gus = await desk.agent("gus", max_chats=1)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    served = await desk.chat(ann)
    await gus.say(served, "How can I help?")
    waiting = await desk.chat(bea)
    await desk.close()
    desk.clock.advance(hours=1)
    await desk.open()
    await desk.looked()
    assert await desk.documents.chats.find_one({"_id": served, "status": "open", "agent_id": gus.id})
    assert await desk.documents.chats.find_one({"_id": waiting, "status": "queued"})
    desk.clock.advance(seconds=25)
    await gus.reconnect()
    await bea.reconnect()
    desk.clock.advance(seconds=20)
    await desk.looked()
    assert (await gus.hears("welcome"))["chats"][0]["id"] == served
    assert (await bea.ask("queue_status"))["chat"]["id"] == waiting
    await gus.ask("end_chat", chat_id=served)
    await bea.hears("chat_opened")


async def test_killed_and_restarted_who_does_not_come_back_is_gone_once(new_desk: NewDesk) -> None:
    desk = await new_desk(agent_grace_seconds=30, queue_grace_seconds=30)
    await desk.agent("gus", max_chats=1)
    ann, bea = await desk.customer("ann"), await desk.customer("bea")
    served, waiting = await desk.chat(ann), await desk.chat(bea)
    await desk.close()
    await desk.open()
    await ann.reconnect()
    desk.clock.advance(seconds=31)
    await ann.hears("chat_updated", lambda c: c["status"] == "queued")
    await desk.until(lambda: desk.documents.chats.find_one({"_id": waiting, "ended_reason": "abandoned"}))
    await desk.looked()
    log = (await ann.ask("sync_chat", chat_id=served))["messages"]
    assert [line["system"]["event"] for line in log] == ["opened", "requeued"]


async def test_an_offline_message_that_returns_to_the_queue_is_not_abandoned(new_desk: NewDesk) -> None:
    """Ann left it and closed the page: nobody expects her to wait."""
    desk = await new_desk(queue_grace_seconds=60)
    gus, ann = await desk.agent("gus", status="away"), await desk.customer("ann")
    chat_id = (await ann.ask("request_chat", leave_message=True))["chat"]["id"]
    await ann.cut()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "here": []}))
    await gus.ask("take_chat", chat_id=chat_id)
    await gus.ask("transfer_chat", chat_id=chat_id, department="sales")
    desk.clock.advance(seconds=61)
    await desk.looked()
    assert await desk.documents.chats.find_one({"_id": chat_id, "status": "queued", "abandon_at": None})


async def test_the_end_of_one_who_vanished_survives_a_crash(new_desk: NewDesk) -> None:
    """The desk is killed after it has seen that Ann's time is over, before her chat ends: it ends after the restart."""
    desk = await new_desk(queue_grace_seconds=60, tick_seconds=3600)
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.cut()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "here": []}))
    desk.clock.advance(seconds=61)
    for writer in (desk.desk.stores.log, desk.desk.stores.marks):
        await writer.stop()  # no closing line is stored any more
    with pytest.raises(LogBusy):
        await desk.desk.workers.disconnect_grace.customers()
    await desk.close()
    await desk.open()
    desk.clock.advance(seconds=120)
    await desk.desk.workers.disconnect_grace.customers()
    assert await desk.documents.chats.find_one({"_id": chat_id, "ended_reason": "abandoned"})


async def test_a_process_that_was_taken_for_dead_and_lives_notes_its_people_anew(desk: Scene) -> None:
    """Another process did not see its beat for a while: a clock that was set, an outage that both came out of at once."""
    gus = await desk.agent("gus")
    ann = await desk.customer("ann")
    async with another_process(desk) as other:
        await other.beat()  # ends the lease of ours, which seems to be silent
    await desk.until(lambda: desk.documents.seats.find_one({"_id": gus.id, "connections": {"$size": 1}}))
    desk.clock.advance(seconds=LONG)
    await desk.looked()
    assert (await ann.ask("request_chat"))["chat"]["agent"]["id"] == gus.id


async def test_a_process_that_comes_back_serves_who_waits(new_desk: NewDesk) -> None:
    """Gus was struck off with a process that was taken for dead; Ann came meanwhile."""
    desk = await new_desk(tick_seconds=3600)
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    await desk.desk.ticker.stop()  # no beat of its own comes between
    async with another_process(desk) as other:
        await other.beat()
        assert (await ann.ask("request_chat"))["chat"]["status"] == "queued"
    await desk.desk.workers.leases.beat()
    assert (await ann.hears("chat_opened"))["agent"]["id"] == gus.id


async def test_a_desk_that_was_suspended_was_away(new_desk: NewDesk) -> None:
    """The machine slept for an hour: its monotonic clock stood still, the wall clock did not."""
    desk = await new_desk(agent_grace_seconds=30, queue_grace_seconds=30, tick_seconds=3600)
    ann, wall = await desk.customer("ann"), MovableClock()
    workers = replace(desk.desk.workers, leases=leases_of(desk, "suspended", wall))
    await workers.leases.begin(alone=False)
    chat_id = await desk.chat(ann)
    await ann.cut()
    await desk.until(lambda: desk.documents.chats.find_one({"_id": chat_id, "here": []}))
    desk.clock.advance(hours=1)
    wall.advance(hours=1)
    await workers.look(workers.disconnect_grace.customers)()
    assert await desk.documents.chats.find_one({"_id": chat_id, "status": "queued"})
    desk.clock.advance(seconds=31)
    await desk.desk.workers.disconnect_grace.customers()
    assert await desk.documents.chats.find_one({"_id": chat_id, "ended_reason": "abandoned"})


async def test_who_comes_or_goes_while_the_chat_is_made_is_noted_right(desk: Scene) -> None:
    """One window closes and another opens after the connections were looked up, before there is a chat to note them in."""
    ann = await desk.customer("ann")
    twin = await ann.another()
    rooms, registry = desk.desk.rules.realtime.rooms, desk.desk.rules.connections.registry

    class Slow(Chats):
        async def queue_up(self, *of: Any, **wishes: Any) -> Chat | None:
            before = set(rooms)
            await twin.disconnect()
            windows.append(await ann.another())
            await desk.until(lambda: has_changed(before))
            return await super().queue_up(*of, **wishes)

    async def has_changed(before: set[Connection]) -> bool:
        return len(set(rooms) & before) == len(set(rooms) - before) == 1

    windows: list[Someone] = []
    requests = desk.desk.rules.queue.requests
    (who, _) = [connection.who for connection in rooms]
    asked = await replace(requests, chats=Slow(desk.database)).request(who, RequestChat.load({}))
    noted = (await desk.documents.chats.find_one({"_id": asked["chat"]["id"]}))["here"]
    assert sorted(noted) == sorted(registry.name_of(connection) for connection in rooms)
    await windows[0].disconnect()
