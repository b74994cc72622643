"""Ann falls silent; Gus owes a reply; the desk watches the clock."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.chat.ending import Endings
from server.chat.timers import ENDING_CLAIM
from store.client import Database
from store.log.history import History
from store.log.records import Digest
from tests.support.desk import Scene
from tests.support.people import Someone

NewDesk = Callable[..., Awaitable[Scene]]


async def served(desk: Scene) -> tuple[Someone, Someone, str]:
    gus = await desk.agent("gus")
    ann = await desk.customer("ann")
    return ann, gus, await desk.chat(ann)


class Interrupted(History):
    """Something happens after digests were read for the first time."""

    def __init__(self, database: Database, happens: Callable[[], Awaitable[object]]) -> None:
        super().__init__(database)
        self.was_interrupted = False
        self._happens = happens

    async def digests(self, chat_ids: Iterable[str]) -> dict[str, Digest]:
        read = await super().digests(chat_ids)
        if not self.was_interrupted:
            self.was_interrupted = True
            await self._happens()
        return read


def interrupted(desk: Scene, happens: Callable[[], Awaitable[object]]) -> Interrupted:
    return Interrupted(desk.desk.stores.database, happens)


async def test_warned_then_ended_once(desk: Scene) -> None:
    ann, gus, chat_id = await served(desk)
    await gus.say(chat_id, "How can I help?")
    desk.clock.advance(seconds=61)
    warning = await ann.hears("idle_warning")
    assert warning["seconds_left"] == 60
    assert (await gus.hears("idle_warning")) == warning
    shown = (await ann.ask("sync_chat", chat_id=chat_id))["chat"]
    assert shown["ends_at"] == warning["ends_at"]
    desk.clock.advance(seconds=61)
    ended = await ann.hears("chat_ended")
    assert (ended["ended_type"], ended["ended_reason"], ended["ended_by"]) == ("timeout", "timeout", None)
    assert ended["ends_at"] is None
    await desk.looked()
    assert len(ann.heard("idle_warning")) == len(ann.heard("chat_ended")) == 1


async def test_a_word_takes_the_warning_back(desk: Scene) -> None:
    ann, gus, chat_id = await served(desk)
    await gus.say(chat_id, "Are you there?")
    desk.clock.advance(seconds=61)
    await ann.hears("idle_warning")
    await ann.say(chat_id, "Yes")
    await gus.hears("idle_cleared")
    assert (await ann.ask("sync_chat", chat_id=chat_id))["chat"]["ends_at"] is None
    desk.clock.advance(hours=5)
    await desk.looked()
    assert not ann.heard("chat_ended"), "now the agent owes the reply: the customer's clock does not run"
    await gus.say(chat_id, "Sorry for the wait")
    desk.clock.advance(seconds=61)
    await ann.hears("idle_warning", lambda w: w != ann.heard("idle_warning")[0])


async def test_nobody_has_spoken_so_the_agent_owes(desk: Scene) -> None:
    ann, _, _ = await served(desk)
    desk.clock.advance(hours=1)
    await desk.looked()
    assert not ann.heard("idle_warning")


async def test_im_still_here(desk: Scene) -> None:
    ann, gus, chat_id = await served(desk)
    await gus.say(chat_id, "Are you there?")
    desk.clock.advance(seconds=61)
    await ann.hears("idle_warning")
    assert (await ann.ask("keep_open", chat_id=chat_id))["chat"]["ends_at"] is None
    await ann.ask("keep_open", chat_id=chat_id)
    await gus.hears("idle_cleared")
    desk.clock.advance(seconds=50)
    await desk.looked()
    assert len(ann.heard("idle_warning")) == 1
    desk.clock.advance(seconds=11)
    await ann.hears("idle_warning", lambda w: w != ann.heard("idle_warning")[0])


async def test_typing_holds_the_clock_for_a_minute_at_most(desk: Scene) -> None:
    ann, gus, chat_id = await served(desk)
    await gus.say(chat_id, "Are you there?")
    desk.clock.advance(seconds=55)
    await ann.ask("typing", chat_id=chat_id, on=True)
    desk.clock.advance(seconds=8)
    await desk.looked()
    assert not ann.heard("idle_warning"), "63 s without a word, but she typed 8 s ago"
    for _ in range(10):
        await ann.ask("typing", chat_id=chat_id, on=True)
        desk.clock.advance(seconds=6)
        await desk.looked()
        if ann.heard("idle_warning"):
            break
    await ann.hears("idle_warning")  # typing for ever does not hold it for ever


async def test_whoever_spoke_last(new_desk: NewDesk) -> None:
    desk = await new_desk(idle_rule="any")
    ann, _, chat_id = await served(desk)
    await ann.say(chat_id, "Hello?")
    desk.clock.advance(seconds=61)
    await ann.hears("idle_warning")


async def test_no_clock_while_queued(desk: Scene) -> None:
    ann = await desk.customer("ann")
    await desk.chat(ann)
    desk.clock.advance(hours=1)
    await desk.looked()
    assert not ann.heard("idle_warning")
    assert not ann.heard("chat_ended")


async def test_after_a_restart_the_warning_stands_as_long_as_ever(desk: Scene) -> None:
    ann, gus, chat_id = await served(desk)
    await gus.say(chat_id, "Are you there?")
    desk.clock.advance(seconds=61)
    await ann.hears("idle_warning")
    await desk.close()
    desk.clock.advance(minutes=10)
    await desk.open()
    await gus.reconnect()
    await ann.reconnect()
    left = (await ann.hears("welcome"))["chats"][0]
    assert left["status"] == "open"
    assert left["ends_at"] is not None
    desk.clock.advance(seconds=50)
    await desk.looked()
    assert not ann.heard("chat_ended")
    desk.clock.advance(seconds=11)
    await ann.hears("chat_ended")


async def test_an_agent_who_owes_a_reply_loses_the_chat(new_desk: NewDesk) -> None:
    desk = await new_desk(reply_seconds=30)
    gus = await desk.agent("gus", max_chats=1)
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "Hello?")
    await gus.say(chat_id, "Hello!")
    await ann.say(chat_id, "It broke")
    desk.clock.advance(seconds=20)
    await ann.say(chat_id, "Hello?")
    hal = await desk.agent("hal", max_chats=1)
    desk.clock.advance(seconds=11)
    opened = await hal.hears("chat_opened")
    assert opened["id"] == chat_id
    assert (await gus.hears("chat_updated", lambda c: c["status"] == "queued"))["agent"] is None
    log = (await hal.ask("sync_chat", chat_id=chat_id))["messages"]
    events = [line["system"]["event"] for line in log if line["system"]]
    assert events == ["opened", "requeued", "opened"]
    assert (await gus.refused("sync_chat", chat_id=chat_id))["code"] == "not_found"


async def test_an_agent_who_answered_keeps_the_chat(new_desk: NewDesk) -> None:
    desk = await new_desk(reply_seconds=30)
    ann, gus, chat_id = await served(desk)
    await ann.say(chat_id, "Hello?")
    desk.clock.advance(seconds=20)
    await gus.say(chat_id, "Hello!")
    desk.clock.advance(seconds=35)
    await desk.looked()
    assert not gus.heard("chat_updated")


@pytest.mark.slow
async def test_typing_holds_the_end_for_a_minute_at_most_too(desk: Scene) -> None:
    ann, gus, chat_id = await served(desk)
    await gus.say(chat_id, "Are you there?")
    desk.clock.advance(seconds=61)
    announced = (await ann.hears("idle_warning"))["ends_at"]
    desk.clock.advance(seconds=55)
    for _ in range(30):
        await ann.raw_ack("typing", {"chat_id": chat_id, "on": True})
        desk.clock.advance(seconds=6)
        await desk.looked()
        if ann.heard("chat_ended"):
            break
    ended = (await ann.hears("chat_ended"))["ended_at"]
    held = (datetime.fromisoformat(ended) - datetime.fromisoformat(announced)).total_seconds()
    assert 60 <= held <= 72, "a minute beyond the end that was announced, seen at the next look"


async def test_who_speaks_in_the_instant_of_the_warning_is_not_warned(new_desk: NewDesk) -> None:
    """Ann's line comes between the look at her chat's log and the warning: in the end nobody thinks that she is idle."""
    desk = await new_desk(tick_seconds=3600)
    ann, gus, chat_id = await served(desk)
    await gus.say(chat_id, "Are you there?")
    desk.clock.advance(seconds=61)
    idle = desk.desk.workers.idle_clock
    await replace(idle, history=interrupted(desk, lambda: ann.say(chat_id, "Yes"))).look()
    await idle.look()
    shown = await ann.ask("sync_chat", chat_id=chat_id)
    assert shown["chat"]["ends_at"] is None
    assert not ann.heard("idle_warning")


async def test_a_warning_that_came_while_one_spoke_is_taken_back(new_desk: NewDesk) -> None:
    """Ann's chat was read before the warning, her line stored after it; or she said that she is still here."""
    desk = await new_desk(tick_seconds=3600)
    ann, gus, chat_id = await served(desk)
    await gus.say(chat_id, "Are you there?")
    idle = desk.desk.workers.idle_clock
    desk.clock.advance(seconds=61)
    for speak in (True, False):
        before = await desk.desk.stores.chats.find(chat_id)
        ann.events.clear()
        desk.clock.advance(seconds=61)
        await idle.look()
        await ann.hears("idle_warning")
        if speak:
            line = await idle.history.line_of(chat_id, gus.id, f"{gus.id}-1")
            await idle.spoken(before, replace(line, side="agent", sent_at=desk.clock.now()))
        else:
            await idle.keep_open(before)
        await ann.hears("idle_cleared")
        assert (await ann.ask("sync_chat", chat_id=chat_id))["chat"]["ends_at"] is None


async def test_a_warning_that_a_crash_left_standing_is_taken_back_aloud(new_desk: NewDesk) -> None:
    """Ann's line was stored, and the server died before it took the warning back."""
    desk = await new_desk(tick_seconds=3600)
    ann, gus, chat_id = await served(desk)
    await gus.say(chat_id, "Are you there?")
    idle = desk.desk.workers.idle_clock
    desk.clock.advance(seconds=61)
    await idle.look()
    await ann.hears("idle_warning")
    await ann.say(chat_id, "Yes")
    await desk.documents.chats.update_one({"_id": chat_id}, {"$set": {"warned": True, "idle_at": desk.clock.now()}})
    ann.events.clear()
    await idle.look()
    await ann.hears("idle_cleared")


async def warned(desk: Scene) -> tuple[Someone, str]:
    """Ann was warned in this chat, and her time is over."""
    ann, gus, chat_id = await served(desk)
    await gus.say(chat_id, "Are you there?")
    desk.clock.advance(seconds=61)
    await desk.desk.workers.idle_clock.look()
    await ann.hears("idle_warning")
    desk.clock.advance(seconds=61)
    return ann, chat_id


async def test_who_is_still_there_after_the_end_was_claimed_hears_that_it_ended(new_desk: NewDesk) -> None:
    """ "I'm still here" comes between the look at the log and the closing line: never acked and ended all the same."""
    desk = await new_desk(tick_seconds=3600)
    ann, chat_id = await warned(desk)
    idle = desk.desk.workers.idle_clock

    class Late(Endings):
        async def end(self, *of: Any, **how: Any) -> bool:
            refusals.append((await ann.refused("keep_open", chat_id=chat_id))["code"])
            return await super().end(*of, **how)

    refusals: list[str] = []
    await replace(
        idle, endings=Late(idle.endings.log, idle.endings.finalizer, idle.endings.obligations, desk.clock)
    ).look()
    await ann.hears("chat_ended")
    assert refusals == ["chat_ended"]


async def test_who_is_still_there_before_the_end_is_claimed_keeps_the_chat(new_desk: NewDesk) -> None:
    desk = await new_desk(tick_seconds=3600)
    """She says so after a look has read that her time is over."""
    ann, chat_id = await warned(desk)
    late = interrupted(desk, lambda: ann.ask("keep_open", chat_id=chat_id))
    await replace(desk.desk.workers.idle_clock, history=late).look()
    assert late.was_interrupted
    assert (await ann.ask("sync_chat", chat_id=chat_id))["chat"]["status"] == "open"


async def test_a_word_after_the_end_was_claimed_takes_the_warning_back(new_desk: NewDesk) -> None:
    desk = await new_desk(tick_seconds=3600)
    ann, chat_id = await warned(desk)
    idle = desk.desk.workers.idle_clock

    class Late(Endings):
        async def end(self, *of: Any, **how: Any) -> bool:
            await ann.say(chat_id, "Wait!")
            return await super().end(*of, **how)

    await replace(
        idle, endings=Late(idle.endings.log, idle.endings.finalizer, idle.endings.obligations, desk.clock)
    ).look()
    await ann.hears("idle_cleared")
    await idle.look()
    shown = (await ann.ask("sync_chat", chat_id=chat_id))["chat"]
    assert (shown["status"], shown["ends_at"]) == ("open", None)
    assert not await desk.documents.chats.find_one({"_id": chat_id, "idle_at": {"$ne": None}}), "now Gus owes the reply"


async def test_an_end_that_was_claimed_and_cut_off_comes_later(new_desk: NewDesk) -> None:
    desk = await new_desk(tick_seconds=3600)
    ann, chat_id = await warned(desk)
    chat = await desk.desk.stores.chats.find(chat_id)
    assert chat
    idle, until = desk.desk.workers.idle_clock, desk.clock.now() + ENDING_CLAIM
    assert await idle.deadlines.move_if_still(chat, "idle_at", until, ending_until=until)  # here it died
    desk.clock.advance(seconds=11)
    await idle.look()
    await ann.hears("chat_ended")


async def test_all_that_is_due_is_looked_at_whatever_is_wrong_with_one(new_desk: NewDesk) -> None:
    """After a start all deadlines fall on one instant; the first chat cannot be judged."""
    desk = await new_desk(tick_seconds=3600)
    ann, gus, chat_id = await served(desk)
    await gus.say(chat_id, "Are you there?")
    chats, messages, then = desk.documents.chats, desk.documents.messages, desk.clock.now() - timedelta(seconds=90)
    chat, line = await chats.find_one({"_id": chat_id}), await messages.find_one({"chat_id": chat_id, "side": "agent"})
    chat |= {"idle_at": then, "assigned_at": then, "created_at": then}
    ids = [f"open{n}" for n in range(1100)]
    await chats.insert_many([{**chat, "_id": each, "customer_id": f"c{each}"} for each in ids])
    await messages.insert_many(
        [{**line, "_id": each, "chat_id": each, "seq": 1, "client_id": each, "sent_at": then} for each in ids]
    )
    broken = {"kept_open_at": "yesterday", "idle_at": then - timedelta(seconds=1)}
    await chats.update_one({"_id": ids[0]}, {"$set": broken})
    await desk.documents.meta.delete_one({"_id": "credit"})
    await desk.desk.workers.idle_clock.look()
    assert await chats.count_documents({"_id": {"$in": ids}, "warned": True}) == 1099
    assert not ann.heard("idle_warning"), "she is not due"
