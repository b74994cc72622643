"""The outbox: what is to reach somebody goes once, however it fails on the way, and what a crash left goes as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from server.core.settings.kinds import Rate
from server.outbox.obligations import DeskEvent
from server.sending.breaker import FAILURES, Breakers
from server.sending.places import Pace
from server.sending.waits import LONGEST, Waits
from store.outbox.deliveries import NewDelivery
from store.records import Membership, Message
from tests.support.desk import Scene

NewDesk = Callable[..., Awaitable[Scene]]
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def notice(to: str, about: str = "hello", **more: Any) -> NewDelivery:
    data = {"title": "A notice", "body": about, "url": None}
    return NewDelivery(f"notice:{about}:{to}", "notice", "socket", to, f"socket:{to}", data=data, **more)


class Notices:
    """Somebody who wants a notice for Ada of each of these events."""

    def __init__(self, to: str, events: Iterable[str]) -> None:
        self.to = to
        self.events = set(events)

    def wants(self, event: str, chat: Membership | None, line: Message | None) -> bool:
        return event in self.events

    async def deliveries(self, event: DeskEvent) -> Iterable[NewDelivery]:
        return [notice(self.to, f"{event.name} {event.key}")] if event.name in self.events else []


async def nothing_is_owed(desk: Scene) -> None:
    """The mark goes once the delivery is stored, so it may still be there when that has arrived."""

    async def is_none() -> bool:
        lines = await desk.documents.messages.count_documents({"owes": {"$exists": True}})
        return not lines + await desk.documents.chats.count_documents({"owes.0": {"$exists": True}})

    await desk.until(is_none)


async def test_a_notice_is_told_once_to_who_is_there_and_to_others_at_their_next_visit(desk: Scene) -> None:
    ada, ann, gus = await desk.admin("ada"), await desk.customer("ann"), await desk.agent("gus")
    ben = await desk.customer("ben", connected=False)
    outbox = desk.desk.outbox.outbox
    for _ in range(2):
        await outbox.add([notice(person.id) for person in (ada, ann, gus, ben)])
    for person in (ada, ann, gus):
        told = await person.hears("notice")
        assert (told["kind"], told["title"], told["body"], told["url"]) == ("notice", "A notice", "hello", None)

    async def held() -> list[Any]:
        return (await ada.ask("list_deliveries", state="held", channel="socket"))["results"]

    (waiting,) = await desk.until(held)
    assert (waiting["to"], waiting["next_at"], waiting["sent_at"]) == (ben.id, None, None)
    await ben.connect()
    assert (await ben.hears("notice"))["id"] == waiting["id"]

    async def all_sent() -> bool:
        return (await ada.ask("list_deliveries", state="sent"))["count"] == 4

    await desk.until(all_sent)
    await ben.reconnect()
    await outbox.add([notice(ben.id, "second")])
    assert (await ben.hears("notice", lambda told: told["body"] == "second"))["kind"] == "notice"
    assert [len(person.heard("notice")) for person in (ada, ann, gus, ben)] == [1, 1, 1, 2]


async def test_admins_drop_a_delivery_and_send_it_again(desk: Scene) -> None:
    ada, ben = await desk.admin("ada"), await desk.customer("ben", connected=False)
    (stored,) = await desk.desk.outbox.outbox.add([notice(ben.id, held=True, about="later")])
    (listed,) = (await ada.ask("list_deliveries"))["results"]
    assert (listed["id"], listed["state"], listed["key"]) == (stored.id, "held", stored.key)
    for _ in range(2):
        assert (await ada.ask("drop_delivery", id=stored.id))["delivery"]["state"] == "dropped"
    await ben.connect()
    assert (await ada.ask("retry_delivery", id=stored.id))["delivery"]["id"] == stored.id
    assert (await ben.hears("notice"))["id"] == stored.id

    async def is_sent() -> bool:
        return (await ada.ask("list_deliveries", state="sent"))["count"] == 1

    await desk.until(is_sent)
    for command in ("retry_delivery", "drop_delivery"):
        assert (await ada.refused(command, id=stored.id))["code"] == "conflict"
        assert (await ada.refused(command, id="nobody"))["code"] == "not_found"
    assert (await ada.ask("list_deliveries", about={"chat_id": "none"}))["count"] == 0
    whats = [row["what"] for row in (await ada.ask("list_audit"))["results"]]
    assert (whats.count("delivery_dropped"), whats.count("delivery_retried")) == (1, 1)


async def test_each_deed_of_a_chat_is_owed_once_and_handed_over(desk: Scene) -> None:
    ada, ann, gus = await desk.admin("ada"), await desk.customer("ann"), await desk.agent("gus")
    events = ("chat_requested", "chat_opened", "message_posted", "chat_ended", "chat_rated", "message_left")
    desk.desk.outbox.obligations.subscribe(Notices(ada.id, events))
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "Hello", client_id="h1")
    await ann.say(chat_id, "Hello", client_id="h1")
    await gus.ask("end_chat", chat_id=chat_id)
    await ann.ask("rate_chat", chat_id=chat_id, score=5)
    await ann.ask("request_chat", leave_message=True)

    async def told() -> bool:
        return len(ada.heard("notice")) >= 6

    await desk.until(told)
    assert sorted(each["body"].split()[0] for each in ada.heard("notice")) == sorted(events)
    await nothing_is_owed(desk)


async def test_what_a_crash_left_owed_is_handed_over_once(new_desk: NewDesk) -> None:
    desk = await new_desk(reconcile_seconds=0.1)
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    said = await ann.say(await desk.chat(ann), "Is somebody there?")
    desk.desk.outbox.obligations.subscribe(Notices(ada.id, ["message_posted", "chat_requested"]))
    # As a process leaves them that is killed between the commit and the relay.
    line, chat = {"chat_id": said["chat_id"], "seq": said["seq"]}, {"_id": said["chat_id"]}
    await desk.documents.messages.update_one(line, {"$set": {"owes": "message_posted"}})
    await desk.documents.chats.update_one(
        chat, {"$set": {"owes": [{"event": "chat_requested", "at": desk.clock.now()}]}}
    )
    desk.clock.advance(minutes=1)
    await ada.hears("notice", lambda told: told["body"] == f"message_posted {said['chat_id']}:{said['seq']}")
    await ada.hears("notice", lambda told: told["body"].startswith("chat_requested"))
    await nothing_is_owed(desk)
    assert len(ada.heard("notice")) == 2


class Ordered(Notices):
    """The same, one after the other within a chat."""

    async def deliveries(self, event: DeskEvent) -> Iterable[NewDelivery]:
        if event.name not in self.events:
            return []
        new = notice(self.to, f"{event.name} {event.seq}", order=f"notices:{event.chat_id}", rank=event.seq or 0)
        return [replace(new, about={"chat_id": str(event.chat_id)})]


class Broken(Notices):
    """Somebody who fails for one line of a chat, whenever it is asked."""

    async def deliveries(self, event: DeskEvent) -> Iterable[NewDelivery]:
        if event.seq == 1:
            raise ValueError("of no use")
        return []


async def test_an_event_that_cannot_be_handed_over_holds_up_nobody(
    new_desk: NewDesk, caplog: pytest.LogCaptureFixture
) -> None:
    desk = await new_desk(reconcile_seconds=0.05)
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    desk.desk.outbox.obligations.subscribe(Broken(ada.id, ["message_posted"]))
    desk.desk.outbox.obligations.subscribe(Ordered(ada.id, ["message_posted"]))
    chat_id = await desk.chat(ann)
    for body in ("one", "two", "three"):
        await ann.say(chat_id, body)
    await ada.hears("notice", lambda told: told["body"] == "message_posted 3")
    assert [told["body"] for told in ada.heard("notice")] == [f"message_posted {seq}" for seq in (1, 2, 3)]
    desk.clock.advance(minutes=1)
    await nothing_is_owed(desk)
    assert "is given up after 20 tries" in caplog.text


async def test_what_began_a_chat_comes_before_its_lines(new_desk: NewDesk) -> None:
    desk = await new_desk(reconcile_seconds=0.1)
    ada, ann = await desk.admin("ada"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    # As a process leaves it that is killed before the relay; another one has relayed the line since.
    begun = [{"event": "chat_requested", "at": desk.clock.now()}]
    await desk.documents.chats.update_one({"_id": chat_id}, {"$set": {"owes": begun}})
    desk.desk.outbox.obligations.subscribe(Ordered(ada.id, ["message_posted", "chat_requested"]))
    await ann.say(chat_id, "Hello")
    desk.clock.advance(minutes=1)
    await ada.hears("notice", lambda told: told["body"] == "message_posted 1")
    assert [told["body"] for told in ada.heard("notice")] == ["chat_requested None", "message_posted 1"]


async def test_what_has_no_channel_here_holds_up_nobody(desk: Scene) -> None:
    ada = await desk.admin("ada")
    mails = [NewDelivery(f"mail:{number}", "unread_lines", "email", "c1", "example.com") for number in range(250)]
    await desk.desk.outbox.outbox.add(mails)
    await desk.desk.outbox.outbox.add([notice(ada.id)])
    assert (await ada.hears("notice"))["body"] == "hello"
    assert (await ada.ask("list_deliveries", state="waiting", channel="email"))["count"] == len(mails)


async def test_dropping_the_first_of_an_order_lets_the_next_one_go(desk: Scene) -> None:
    ada, ben = await desk.admin("ada"), await desk.customer("ben", connected=False)
    one = notice(ben.id, "one", order="orders", rank=1, held=True)
    (first, *_) = await desk.desk.outbox.outbox.add([one, notice(ada.id, "two", order="orders", rank=2)])
    await ada.ask("drop_delivery", id=first.id)
    assert (await ada.hears("notice"))["body"] == "two"


def test_waits_grow_to_a_day_and_obey_the_other_side() -> None:
    waits = Waits(5)
    seconds = [waits.after(attempts).total_seconds() for attempts in range(1, 12)]
    assert 4 <= seconds[0] <= 6
    assert all(later > sooner for sooner, later in pairwise(seconds[:9]))
    assert waits.after(500) <= LONGEST
    assert waits.after(1, asked_seconds=90) == timedelta(seconds=90)
    assert waits.after(1, asked_seconds=1e9) == LONGEST


def test_a_destination_that_keeps_failing_is_left_alone_and_tried_by_one() -> None:
    breakers = Breakers(timedelta(seconds=5))
    for _ in range(FAILURES - 1):
        assert breakers.note_failure("shop", NOON) is None
    until = breakers.note_failure("shop", NOON)
    assert until == NOON + timedelta(seconds=5)
    assert breakers.open_until("shop", NOON) == until
    assert breakers.open_until("shop", until) is None
    assert breakers.is_on_trial("shop")
    assert breakers.note_failure("shop", until) == until + timedelta(seconds=10)
    breakers.note_success("shop")
    assert breakers.open_until("shop", until) is None
    assert not breakers.is_on_trial("shop")
    assert not breakers.is_on_trial("another")


def test_a_channel_keeps_its_pace() -> None:
    pace = Pace(Rate(2, 60))
    assert (pace.room(), pace.seconds_until_room()) == (2, None)
    pace.note()
    pace.note()
    assert pace.room() == 0
    assert 0 < (pace.seconds_until_room() or 0) <= 60
    assert Pace(None).room() is None
