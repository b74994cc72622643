"""The outbox: what is to reach somebody goes once, however it fails on the way, and what a crash left goes as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
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
    assert (await ada.ask("retry_delivery", id=stored.id))["delivery"]["attempts"] == 0
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


async def test_an_event_that_cannot_be_handed_over_holds_up_nobody(
    desk: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ada, ann = await desk.admin("ada"), await desk.customer("ann")

    class Broken(Notices):
        async def deliveries(self, event: DeskEvent) -> Iterable[NewDelivery]:
            if event.name == "chat_requested":
                raise ValueError("of no use")
            return await super().deliveries(event)

    desk.desk.outbox.obligations.subscribe(Broken(ada.id, ["message_posted", "chat_requested"]))
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "Hello")
    assert (await ada.hears("notice"))["body"].startswith("message_posted")
    assert await desk.documents.chats.count_documents({"_id": chat_id, "owes.event": "chat_requested"}) == 1
    assert "chat_requested" in caplog.text


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
