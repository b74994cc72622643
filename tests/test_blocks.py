"""Blocked customers: what they hear, what they may still do, and that nothing of theirs is stored any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import jwt
import pytest

from bench.support.starting import ROOT
from tests.support.desk import Scene
from tests.support.people import Refused, Someone

NewDesk = Callable[..., Awaitable[Scene]]
WEAKENED = ROOT / "tests/support/weakened.py"
SECRET = "the host site's secret, thirty-two characters"


async def talking(desk: Scene) -> tuple[Someone, Someone, str]:
    """Ann, Gus who serves her, and their chat, in which she has said something."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await gus.hears("chat_opened")
    await ann.say(chat_id, "you again!", client_id="first")
    return ann, gus, chat_id


async def upload(desk: Scene, someone: Someone) -> tuple[int, Any]:
    form = aiohttp.FormData()
    form.add_field("file", b"some words", filename="words.txt")
    return await desk.post("/api/uploads", token=someone.token, data=form)


async def is_blocked(someone: Someone) -> bool:
    return (await someone.raw_ack("request_chat", {})).get("error", {}).get("code") == "forbidden"


async def test_a_blocked_customer_reads_and_does_nothing_else(desk: Scene) -> None:
    ann, gus, chat_id = await talking(desk)
    window = await ann.another()
    block = (await gus.ask("block_customer", customer_id=ann.id, reason="swears at us"))["block"]
    assert (block["customer_id"], block["until"], block["reason"], block["by"]) == (
        ann.id, None, "swears at us", gus.user,
    )  # fmt: skip
    for someone in (ann, window, gus):
        ended = await someone.hears("chat_ended")
        assert (ended["ended_type"], ended["ended_by"], ended["ended_reason"]) == ("system", gus.id, "other")
    for command, payload in (
        ("request_chat", {}),
        ("request_chat", {"leave_message": True}),
        ("request_chat", {"continues": chat_id}),
        ("send_message", {"chat_id": chat_id, "client_id": "more", "body": "and another thing"}),
        ("typing", {"chat_id": chat_id, "on": True}),
        ("keep_open", {"chat_id": chat_id}),
        ("rate_chat", {"chat_id": chat_id, "score": 1, "comment": "and another thing"}),
    ):
        error = await ann.refused(command, **payload)
        assert (error["code"], "blocked" in error["detail"], "swears" in error["detail"]) == ("forbidden", True, False)
    status, body = await upload(desk, ann)
    assert (status, body["code"]) == (403, "forbidden")
    await ann.reconnect()
    read = await ann.ask("sync_chat", chat_id=chat_id)
    assert "you again!" in [line["body"] for line in read["messages"]]
    assert (await ann.ask("list_chats"))["count"] == 1
    await ann.ask("mark_read", chat_id=chat_id, seq=1)
    assert await ann.ask("queue_status") == {"chat": None, "queue": None}
    assert await desk.documents.messages.count_documents({"sender_id": ann.id}) == 1
    await window.disconnect()


async def test_what_was_stored_before_the_block_is_acked_again(desk: Scene) -> None:
    ann, gus, chat_id = await talking(desk)
    await gus.ask("block_customer", customer_id=ann.id)
    again = await ann.ask("send_message", chat_id=chat_id, client_id="first", body="you again!")
    assert again["duplicate"]


async def test_unblocked_she_may_write_again(desk: Scene) -> None:
    ann, gus, _ = await talking(desk)
    await gus.ask("block_customer", customer_id=ann.id, hours=5)
    assert await is_blocked(ann)
    for _ in range(2):
        assert await gus.ask("unblock_customer", customer_id=ann.id) == {}
    chat_id = await desk.chat(ann)
    await ann.say(chat_id, "sorry")
    assert (await upload(desk, ann))[0] == 201


async def test_a_block_with_hours_ends_on_its_second(desk: Scene) -> None:
    ann, gus, _ = await talking(desk)
    eve = await desk.admin("eve")
    await gus.ask("block_customer", customer_id=ann.id, hours=2)
    desk.clock.advance(seconds=2 * 3600 - 1)
    assert await is_blocked(ann)
    assert (await eve.ask("list_blocks"))["count"] == 1
    desk.clock.advance(seconds=1)
    assert not await is_blocked(ann)
    assert await eve.ask("list_blocks") == {"count": 0, "results": []}


async def test_again_answers_as_the_first_time_and_other_hours_replace(desk: Scene) -> None:
    ann, gus, _ = await talking(desk)
    eve = await desk.admin("eve")
    first = await gus.ask("block_customer", customer_id=ann.id, hours=1, reason="spam")
    desk.clock.advance(seconds=60)
    assert await eve.ask("block_customer", customer_id=ann.id, hours=1, reason="spam") == first
    for given in ({"hours": 2, "reason": "spam"}, {"hours": 2, "reason": "more spam"}, {"hours": 2}, {}):
        block = (await eve.ask("block_customer", customer_id=ann.id, **given))["block"]
        assert (block["by"], block["reason"]) == (eve.user, given.get("reason"))
        assert (block["until"] is None) == (given.get("hours") is None)
        assert (await eve.ask("list_blocks"))["results"] == [block]
    ten = await asyncio.gather(*(gus.ask("block_customer", customer_id=ann.id, hours=9) for _ in range(10)))
    assert len({str(answer) for answer in ten}) == 1


async def test_blocks_in_force_are_listed_the_newest_first(desk: Scene) -> None:
    eve = await desk.admin("eve")
    people = [await desk.customer(name) for name in ("ann", "bob", "cat")]
    for someone in people:
        await eve.ask("block_customer", customer_id=someone.id)
        desk.clock.advance(seconds=1)
    await eve.ask("unblock_customer", customer_id=people[1].id)
    pages = [await eve.ask("list_blocks", page=page, page_size=1) for page in (1, 2, 3)]
    assert [page["count"] for page in pages] == [2, 2, 2]
    assert [[block["customer_id"] for block in page["results"]] for page in pages] == [
        [people[2].id], [people[0].id], [],
    ]  # fmt: skip


async def test_who_may_block_whom(desk: Scene) -> None:
    ann, gus, chat_id = await talking(desk)
    fay, eve = await desk.agent("fay"), await desk.admin("eve")
    for command in ("block_customer", "unblock_customer"):
        assert (await fay.refused(command, customer_id=ann.id))["code"] == "not_found"
        for stranger in ("c99", gus.id, eve.id):
            assert (await eve.refused(command, customer_id=stranger))["code"] == "not_found"
        assert (await ann.refused(command, customer_id=ann.id))["code"] == "unknown_event"
    for hours in (0, -1, 8761, 1.5, "1"):
        assert (await eve.refused("block_customer", customer_id=ann.id, hours=hours))["code"] == "invalid"
    await gus.ask("end_chat", chat_id=chat_id)
    await gus.ask("block_customer", customer_id=ann.id)  # whom he has served


async def test_blocks_are_audited_by_ids_only(desk: Scene) -> None:
    ann, gus, _ = await talking(desk)
    eve = await desk.admin("eve")
    for _ in range(2):
        await gus.ask("block_customer", customer_id=ann.id, reason="swears at us")
    for _ in range(2):
        await eve.ask("unblock_customer", customer_id=ann.id)
    rows = (await eve.ask("list_audit"))["results"]
    found = [(row["what"], row["who"]["id"], row["whom"], row["details"]) for row in rows if "blocked" in row["what"]]
    assert found == [("customer_unblocked", eve.id, ann.id, {}), ("customer_blocked", gus.id, ann.id, {})]


async def test_who_waits_and_who_left_a_message_is_blocked_too(desk: Scene) -> None:
    eve = await desk.admin("eve")
    for wishes in ({}, {"leave_message": True}):
        ann = await desk.customer("ann")
        chat_id = await desk.chat(ann, **wishes)
        await eve.ask("block_customer", customer_id=ann.id)
        assert (await ann.hears("chat_ended"))["ended_by"] == eve.id
        assert (await ann.refused("send_message", chat_id=chat_id, client_id="1", body="x"))["code"] == "forbidden"


def named(desk: Scene, sub: str) -> str:
    """The host site's word for who somebody is."""
    expires = int(desk.clock.now().timestamp()) + 3600
    return jwt.encode({"sub": sub, "exp": expires}, SECRET, "HS256")


async def identified(desk: Scene, guest: Someone, sub: str) -> Someone:
    """The guest's connection as the customer whom the site knows."""
    status, body = await desk.post("/api/auth/identify", {"identity_token": named(desk, sub)}, token=guest.token)
    assert status == 200, body
    customer = Someone(desk.base_url, "/customer", body["token"], body["user"])
    customer.misfits = guest.misfits
    return await customer.connect()


async def test_a_block_goes_with_the_guest_and_holds_for_its_other_guests(new_desk: NewDesk) -> None:
    desk = await new_desk(site_secret=SECRET)
    eve, gus = await desk.admin("eve"), await desk.agent("gus")
    guest = await desk.customer("ann")
    await eve.ask("block_customer", customer_id=guest.id, hours=3, reason="spam")
    ann = await identified(desk, guest, "shop-7")
    assert await is_blocked(ann)
    listed = (await eve.ask("list_blocks"))["results"]
    assert [(block["customer_id"], block["reason"]) for block in listed] == [(ann.id, "spam")]
    second = await desk.customer("second")
    chat_id = await desk.chat(second)
    await gus.hears("chat_opened")
    twin = await identified(desk, second, "shop-7")
    assert twin.id == ann.id
    assert await is_blocked(twin)
    assert (await twin.refused("send_message", chat_id=chat_id, client_id="1", body="x"))["code"] == "forbidden"
    assert (await gus.hears("chat_ended"))["ended_by"] == eve.id
    await eve.ask("unblock_customer", customer_id=ann.id)
    assert not await is_blocked(twin)
    for someone in (ann, twin):
        await someone.disconnect()


async def test_of_two_blocks_the_longer_one_stays_with_the_customer(new_desk: NewDesk) -> None:
    desk = await new_desk(site_secret=SECRET)
    eve = await desk.admin("eve")
    ann = await identified(desk, await desk.customer("ann"), "shop-7")
    await eve.ask("block_customer", customer_id=ann.id, hours=1)
    for hours, left in ((5, 5), (2, 5), (None, None), (9, None)):
        guest = await desk.customer("again")
        await eve.ask("block_customer", customer_id=guest.id, **({"hours": hours} if hours else {}))
        twin = await identified(desk, guest, "shop-7")
        [block] = (await eve.ask("list_blocks"))["results"]
        until = desk.clock.now().timestamp() + left * 3600 if left else None
        assert block["customer_id"] == ann.id
        assert (block["until"] is None) == (until is None), (hours, block)
        await twin.disconnect()
    await ann.disconnect()


async def test_a_crash_between_the_block_and_the_end_of_the_chat(new_desk: NewDesk) -> None:
    """What a process that was killed there leaves behind: the row of the block, and an open chat."""
    desk = await new_desk(reconcile_seconds=0.2)
    ann, gus, chat_id = await talking(desk)
    await desk.documents.blocks.insert_one({"_id": ann.id, "by": gus.id, "at": desk.clock.now()})
    assert (await ann.hears("chat_ended"))["ended_by"] == gus.id
    assert (await ann.refused("send_message", chat_id=chat_id, client_id="1", body="x"))["code"] == "forbidden"


async def test_a_block_outlives_the_process(desk: Scene) -> None:
    ann, gus, chat_id = await talking(desk)
    await gus.ask("block_customer", customer_id=ann.id)
    await desk.close()
    await desk.open()
    await ann.reconnect()
    assert (await ann.refused("typing", chat_id=chat_id, on=True))["code"] == "forbidden"  # by what it remembers
    assert await is_blocked(ann)


async def flood(ann: Someone, is_over: asyncio.Event) -> list[tuple[float, bool]]:
    """Asks for chats and writes into whatever there is, as fast as it is answered: when each message was asked, and whether
    it was taken.
    """
    tries: list[tuple[float, bool]] = []
    while not is_over.is_set():
        try:
            chat = (await ann.ask("request_chat"))["chat"]
            asked_at = time.monotonic()
            tries.append((asked_at, False))
            await ann.ask("send_message", chat_id=chat["id"], client_id=f"{id(ann)}-{len(tries)}", body="spam")
            tries[-1] = (asked_at, True)
        except Refused as refusal:
            assert refusal.code in {"forbidden", "chat_ended"}, refusal.error
            await asyncio.sleep(0)
    return tries


@pytest.mark.slow
@pytest.mark.parametrize("loses", ["nothing", "changed"])
async def test_nothing_is_stored_once_the_block_is_acked_in_any_process(
    new_branches: Callable[..., Any], loses: str
) -> None:
    """Ann floods from four windows at two processes while she is blocked, again and again; the hint may be lost."""
    desk = await new_branches(2, entry=WEAKENED, loses=loses)
    eve, gus = await desk.admin("eve", at=0), await desk.agent("gus", at=1)
    ann = await desk.customer("ann", at=0)
    windows = [ann, *[await desk.window(ann, at) for at in (0, 1, 1)]]
    for _ in range(3):
        is_over = asyncio.Event()
        floods = [asyncio.create_task(flood(window, is_over)) for window in windows]
        await gus.hears("message", lambda line: line["body"] == "spam")
        await eve.ask("block_customer", customer_id=ann.id)
        stored = await desk.database.collections.messages.count_documents({"sender_id": ann.id})
        for _ in range(20):  # commands go on coming
            for window in windows:
                await window.ask("queue_status")
        is_over.set()
        await asyncio.gather(*floods)
        assert await desk.database.collections.messages.count_documents({"sender_id": ann.id}) == stored
        assert await desk.database.collections.chats.count_documents({"unended": True}) == 0
        for window in windows:
            assert (await window.refused("request_chat"))["code"] == "forbidden"
        await eve.ask("unblock_customer", customer_id=ann.id)
        gus.events.clear()


@pytest.mark.slow
async def test_a_block_is_known_elsewhere_while_redis_is_away(new_branches: Callable[..., Any]) -> None:
    desk = await new_branches(2)
    eve, gus = await desk.admin("eve", at=0), await desk.agent("gus", at=1)
    ann = await desk.customer("ann", at=1)
    chat_id = (await ann.ask("request_chat"))["chat"]["id"]
    await gus.hears("chat_opened")
    desk.redis.kill()
    await eve.ask("block_customer", customer_id=ann.id)
    error = await ann.refused("send_message", chat_id=chat_id, client_id="1", body="x")
    assert error["code"] == "forbidden"
    await ann.hears("chat_ended")
    await eve.ask("unblock_customer", customer_id=ann.id)
    async with asyncio.timeout(20):  # what is remembered there hears of it by the gap reader
        while (await ann.raw_ack("typing", {"chat_id": chat_id, "on": False}))["error"]["code"] != "chat_ended":
            await asyncio.sleep(0.05)
