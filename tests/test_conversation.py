"""Ann talks to Gus."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.support.desk import Scene
from tests.support.people import Someone


async def open_chat(desk: Scene) -> tuple[Someone, Someone, str]:
    """Gus serves Ann."""
    gus = await desk.agent("gus")
    ann = await desk.customer("ann")
    return ann, gus, await desk.chat(ann)


async def test_a_whole_chat(desk: Scene) -> None:
    gus = await desk.agent("gus")
    ann = await desk.customer("ann")

    asked = await ann.ask("request_chat", topic="A broken kettle")
    chat_id = asked["chat"]["id"]
    assert asked["chat"]["status"] == "open"
    assert asked["queue"] is None
    assert asked["chat"]["agent"]["id"] == gus.id
    assert (await gus.hears("chat_opened"))["id"] == chat_id

    hello = await ann.say(chat_id, "Hello?")
    assert (await gus.hears("message", lambda m: m["kind"] == "text"))["body"] == "Hello?"
    await gus.ask("mark_delivered", chat_id=chat_id, seq=hello["seq"])
    assert (await ann.hears("receipt"))["delivered_seq"] == hello["seq"]
    await gus.ask("typing", chat_id=chat_id, on=True)
    assert (await ann.hears("typing"))["user_id"] == gus.id
    assert not gus.heard("typing")
    await gus.say(chat_id, "Good morning!")
    await ann.hears("message", lambda m: m["body"] == "Good morning!")

    await gus.ask("end_chat", chat_id=chat_id)
    assert (await ann.hears("chat_ended"))["ended_type"] == "agent"
    rated = await ann.ask("rate_chat", chat_id=chat_id, score=5, comment="Quick!")
    assert rated["chat"]["rating"]["score"] == 5
    assert (await gus.hears("chat_updated", lambda c: c["rating"]))["rating"]["comment"] == "Quick!"

    log = (await ann.ask("sync_chat", chat_id=chat_id))["messages"]
    assert [line["seq"] for line in log] == list(range(1, len(log) + 1))
    assert [line["kind"] for line in log] == ["system", "text", "text", "system"]
    assert log[-1]["system"]["event"] == "ended"


async def test_the_same_client_id_is_stored_once(desk: Scene) -> None:
    ann, gus, chat_id = await open_chat(desk)
    first = await ann.ask("send_message", chat_id=chat_id, client_id="one", body="Hello")
    again = await ann.ask("send_message", chat_id=chat_id, client_id="one", body="Hello, changed")
    assert not first["duplicate"]
    assert again["duplicate"]
    assert again["message"]["seq"] == first["message"]["seq"]
    assert again["message"]["body"] == "Hello"
    theirs = await gus.ask("send_message", chat_id=chat_id, client_id="one", body="The agent's own")
    assert not theirs["duplicate"], "a client_id is unique per sender"
    await gus.ask("end_chat", chat_id=chat_id)
    late = await ann.ask("send_message", chat_id=chat_id, client_id="one", body="Hello")
    assert late["duplicate"], "a resend is answered as the first time, also behind the closing line"
    assert (await ann.refused("send_message", chat_id=chat_id, client_id="two", body="Late"))["code"] == "chat_ended"


async def test_a_hundred_resends_at_once_store_one_line(desk: Scene) -> None:
    ann, _, chat_id = await open_chat(desk)
    twins = [await ann.another() for _ in range(4)]
    payload = {"chat_id": chat_id, "client_id": "same", "body": "Once"}
    acks = await asyncio.gather(*(twin.ask("send_message", **payload) for twin in twins for _ in range(25)))
    assert len({ack["message"]["seq"] for ack in acks}) == 1
    assert sum(not ack["duplicate"] for ack in acks) == 1


async def test_everybody_sees_one_order_without_gaps(desk: Scene) -> None:
    """Two windows of Ann and one of Gus talk at once; all three, and the log, have the same lines."""
    ann, gus, chat_id = await open_chat(desk)
    twin = await ann.another()
    await asyncio.gather(*(who.say(chat_id, str(n), f"{id(who)}-{n}") for n in range(40) for who in (ann, twin, gus)))
    log = (await gus.ask("sync_chat", chat_id=chat_id, limit=500))["messages"]
    assert [line["seq"] for line in log] == list(range(1, 122))
    for who in (ann, twin, gus):
        await who.hears("message", lambda m: m["seq"] == 121)
        told = [m["seq"] for m in who.heard("message")]
        assert told == sorted(told), "events come in the log's order"
        assert set(told) >= set(range(2, 122))
    of_ann = [line["body"] for line in log if line["client_id"] and line["client_id"].startswith(f"{id(ann)}-")]
    assert of_ann == [str(n) for n in range(40)], "one sender's order is kept"


async def test_nothing_lands_behind_the_closing_line(desk: Scene) -> None:
    """Ann and Gus both talk and end while it happens, ten times over."""
    ann, gus, chat_id = await open_chat(desk)
    for _ in range(10):
        words = [who.raw_ack("send_message", {"chat_id": chat_id, "client_id": f"{who.id}{n}", "body": "x"})
                 for n in range(10) for who in (ann, gus)]  # fmt: skip
        acks = await asyncio.gather(
            *words, ann.raw_ack("end_chat", {"chat_id": chat_id}), gus.raw_ack("end_chat", {"chat_id": chat_id})
        )
        assert all(ack["ok"] or ack["error"]["code"] == "chat_ended" for ack in acks)
        log = (await ann.ask("sync_chat", chat_id=chat_id))["messages"]
        assert [line["seq"] for line in log] == list(range(1, len(log) + 1))
        assert [line["seq"] for line in log if line["system"] and line["system"]["event"] == "ended"] == [len(log)]
        acked = {ack["data"]["message"]["seq"] for ack in acks if ack["ok"] and "message" in ack["data"]}
        assert acked <= {line["seq"] for line in log}
        chat_id = await desk.chat(ann)


async def test_marks_only_move_on(desk: Scene) -> None:
    ann, gus, chat_id = await open_chat(desk)
    for n in range(5):
        await ann.say(chat_id, str(n))
    read = await gus.ask("mark_read", chat_id=chat_id, seq=4)
    assert read["receipts"]["agent"] == {"delivered_seq": 4, "read_seq": 4}, "read implies delivered"
    desk.clock.advance(seconds=5)
    lower = await gus.ask("mark_delivered", chat_id=chat_id, seq=2)
    assert (lower["receipts"], lower["at"]) == (read["receipts"], read["at"]), "an old mark changes nothing"
    beyond = await gus.ask("mark_delivered", chat_id=chat_id, seq=10**9)
    assert beyond["receipts"]["agent"] == {"delivered_seq": 6, "read_seq": 4}, "never past the end of the log"
    again = await gus.ask("mark_delivered", chat_id=chat_id, seq=10**9)
    assert again == beyond, "again answers as the first time"
    lines = (await ann.ask("sync_chat", chat_id=chat_id))["messages"]
    assert [line["status"] for line in lines[1:]] == ["read", "read", "read", "delivered", "delivered"]
    assert lines[1]["read_at"] == read["at"]
    assert lines[5]["delivered_at"] == beyond["at"]
    assert lines[5]["read_at"] is None
    mine = await ann.ask("mark_read", chat_id=chat_id, seq=6)
    assert mine["receipts"]["customer"]["read_seq"] == 6
    assert await ann.ask("mark_delivered", chat_id=chat_id, seq=6) == mine, "read implies delivered"
    after = (await ann.ask("sync_chat", chat_id=chat_id))["messages"]
    assert [line["status"] for line in after] == [line["status"] for line in lines], (
        "only the other side's lines change"
    )


async def test_unread_is_what_the_other_side_said(desk: Scene) -> None:
    ann, gus, chat_id = await open_chat(desk)
    for n in range(3):
        await ann.say(chat_id, str(n))
    await gus.say(chat_id, "One answer")

    async def unread(who: Someone) -> int:
        return int((await who.ask("list_chats"))["results"][0]["unread"])

    assert await unread(gus) == 3
    assert await unread(ann) == 1
    await gus.ask("mark_read", chat_id=chat_id, seq=3)
    assert await unread(gus) == 1
    await gus.ask("mark_delivered", chat_id=chat_id, seq=5)
    assert await unread(gus) == 1, "delivered is not read"


async def test_catching_up_by_number(desk: Scene) -> None:
    ann, gus, chat_id = await open_chat(desk)
    for n in range(2, 12):
        await ann.say(chat_id, str(n))

    async def seqs(**range_: int) -> tuple[list[int], bool]:
        data = await gus.ask("sync_chat", chat_id=chat_id, **range_)
        return [line["seq"] for line in data["messages"]], data["has_more"]

    assert await seqs() == (list(range(1, 12)), False)
    assert await seqs(limit=4) == ([8, 9, 10, 11], True)
    assert await seqs(after=0, limit=4) == ([1, 2, 3, 4], True)
    assert await seqs(after=4, limit=7) == ([5, 6, 7, 8, 9, 10, 11], False)
    assert await seqs(after=11) == ([], False)
    assert await seqs(before=5, limit=3) == ([2, 3, 4], True)
    assert await seqs(before=4, limit=3) == ([1, 2, 3], False)
    assert (await gus.refused("sync_chat", chat_id=chat_id, after=1, before=5))["code"] == "invalid"


async def test_a_lost_connection_loses_nothing(desk: Scene) -> None:
    """Ann's cable is pulled; Gus goes on talking; the welcome and one sync make her whole."""
    ann, gus, chat_id = await open_chat(desk)
    await gus.say(chat_id, "Before")
    held = (await ann.hears("message", lambda m: m["body"] == "Before"))["seq"]
    await ann.cut()
    for n in range(20):
        await gus.say(chat_id, f"Meanwhile {n}")
    await ann.reconnect()
    welcome = ann.events[0]
    assert welcome[0] == "welcome"
    assert welcome[1]["chats"][0]["last_seq"] == held + 20
    missed = (await ann.ask("sync_chat", chat_id=chat_id, after=held))["messages"]
    assert [line["body"] for line in missed] == [f"Meanwhile {n}" for n in range(20)]


async def test_a_restart_loses_nothing(desk: Scene) -> None:
    ann, gus, chat_id = await open_chat(desk)
    await ann.say(chat_id, "Before the restart")
    await desk.close()
    await ann.hears("server_stopping")
    await gus.hears("server_stopping")
    await desk.open()
    await gus.reconnect()
    await ann.reconnect()
    assert (await ann.hears("welcome"))["chats"][0]["agent"]["id"] == gus.id, "the chat stays with its agent"
    await ann.say(chat_id, "After it")
    assert (await gus.hears("message"))["seq"] == 3


async def test_ending_again_answers_as_the_first_time(desk: Scene) -> None:
    ann, gus, chat_id = await open_chat(desk)
    first = await ann.ask("end_chat", chat_id=chat_id, reason="other", comment="Must go")
    again = await ann.ask("end_chat", chat_id=chat_id, reason="resolved")
    assert again == first
    by_gus = await gus.ask("end_chat", chat_id=chat_id)
    assert by_gus["chat"]["ended_by"] == ann.id
    assert by_gus["chat"]["ended_comment"] == "Must go"
    assert "ended_comment" not in first["chat"], "a customer does not see what agents see"


async def test_rating(desk: Scene) -> None:
    ann, gus, chat_id = await open_chat(desk)
    assert (await ann.refused("rate_chat", chat_id=chat_id, score=5))["code"] == "conflict"
    await gus.ask("end_chat", chat_id=chat_id)
    first = await ann.ask("rate_chat", chat_id=chat_id, score=4)
    assert await ann.ask("rate_chat", chat_id=chat_id, score=4) == first, "equal values answer as the first time"
    assert (await ann.refused("rate_chat", chat_id=chat_id, score=5))["code"] == "conflict"
    assert (await ann.refused("rate_chat", chat_id=chat_id, score=6))["code"] == "invalid"


async def test_a_rating_comes_within_seven_days(new_desk: Callable[..., Awaitable[Scene]]) -> None:
    desk = await new_desk(jwt_expire_days=30)
    ann, gus, chat_id = await open_chat(desk)
    await gus.ask("end_chat", chat_id=chat_id)
    desk.clock.advance(days=6.9)
    await ann.ask("rate_chat", chat_id=chat_id, score=5)
    second = await desk.chat(ann)
    await gus.ask("end_chat", chat_id=second)
    desk.clock.advance(days=7.1)
    assert (await ann.refused("rate_chat", chat_id=second, score=5))["code"] == "conflict"


async def test_nobody_rates_a_chat_no_agent_had(desk: Scene) -> None:
    ann = await desk.customer("ann")
    chat_id = await desk.chat(ann)
    await ann.ask("leave_queue", chat_id=chat_id)
    assert (await ann.refused("rate_chat", chat_id=chat_id, score=5))["code"] == "conflict"


async def test_lists_come_in_pages(desk: Scene) -> None:
    ann, gus, chat_id = await open_chat(desk)
    ids = [chat_id]
    for _ in range(4):
        await gus.ask("end_chat", chat_id=ids[-1])
        ids.append(await desk.chat(ann))
    page = await ann.ask("list_chats", page=2, page_size=2)
    assert page["count"] == 5
    assert [chat["id"] for chat in page["results"]] == [ids[2], ids[1]], "the newest first"
    ended = await gus.ask("list_chats", status="ended")
    assert [chat["id"] for chat in ended["results"]] == ids[3::-1]
    assert (await ann.refused("list_chats", page_size=101))["code"] == "invalid"


async def test_emails_reach_only_those_who_serve(desk: Scene) -> None:
    gus = await desk.agent("gus")
    ann = await desk.customer("ann", email="ann@example.com")
    chat_id = await desk.chat(ann, form={"order": "1234"}, page_url="https://shop.example/kettle")
    shown = await gus.hears("chat_opened")
    assert shown["customer"]["email"] == "ann@example.com"
    assert shown["form"] == {"order": "1234"}
    own = (await ann.ask("sync_chat", chat_id=chat_id))["chat"]
    assert "email" not in own["customer"]
    assert not {"form", "priority", "tags", "assigned_because", "ended_comment"} & set(own)


@pytest.mark.slow
async def test_a_line_sent_in_the_moment_of_a_transfer_reaches_the_new_agent(desk: Scene) -> None:
    """What it does not hear as `message` is in the log that it reads when it gets the chat: nothing falls in between."""
    gus, ann = await desk.agent("gus"), await desk.customer("ann")
    chat_id = await desk.chat(ann)
    hal = await desk.agent("hal")
    for n, (old, new) in enumerate([(gus, hal), (hal, gus)] * 10):
        new.events.clear()
        lines = [ann.say(chat_id, f"{n}.{m}") for m in range(4)]
        *said, _ = await asyncio.gather(*lines, old.ask("transfer_chat", chat_id=chat_id, agent_id=new.id))
        got = (await new.hears("chat_transferred"))["chat"]["last_seq"]
        for line in said:
            if line["seq"] > got:
                await new.hears("message", lambda m, seq=line["seq"]: m["seq"] == seq)
