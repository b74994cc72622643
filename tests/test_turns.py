"""Turns: one person's commands never stand in everybody else's way, and none of them is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from handlers.turns import AT_ONCE, OVERTAKEN_AT_ONCE, FairTurns
from server.core.turns import Turns
from server.realtime.rooms import Connection
from tests.support.desk import Scene
from tests.support.frames import Frames
from tests.support.wire import MISSING, error_of, frames_of

NewDesk = Callable[..., Awaitable[Scene]]


async def test_a_flood_over_many_connections_is_all_answered_in_order_and_nothing_is_left(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_command="5/3600", rate_limit_send_message="3/3600")
    ann, bob = await desk.customer("ann"), await desk.customer("bob")
    chat_id = await desk.chat(ann)
    windows = [await frames_of(desk, ann) for _ in range(8)]
    commands: list[tuple[str, dict[str, Any]]] = [
        ("list_chats", {}),
        ("mark_read", {"chat_id": chat_id, "seq": 1}),
        ("send_message", {"chat_id": chat_id, "client_id": "x", "body": "x" * 4000}),
        ("nonsense", {}),
        ("sync_chat", {"chat_id": MISSING, "after": -1}),
    ]

    async def flood(client: Frames) -> list[str]:
        asked = [await client.tell(*command) for _ in range(4) for command in commands]
        answers = await client.acks(asked)
        assert sorted(client.acked()) == sorted(asked)
        return [answer["error"]["code"] if not answer["ok"] else "ok" for answer in answers.values()]

    flooding = asyncio.gather(*(flood(client) for client in windows))
    assert (await bob.ask("list_chats"))["count"] == 0
    codes = [code for codes in await flooding for code in codes]
    assert {"ok", "rate_limited", "unknown_event", "invalid"} >= set(codes)
    assert codes.count("rate_limited") > 8 * 4 * len(commands) / 2
    turns = desk.desk.web_server.in_flight.answers
    assert not len(turns.turns)
    assert not len(turns.turns_of_overtaken)


async def test_what_does_not_exist_has_a_limit_too(new_desk: NewDesk) -> None:
    desk = await new_desk(rate_limits="on", rate_limit_command="2/3600")
    ann, eve = await desk.customer("ann", connected=False), await desk.admin("eve", connected=False)
    client = await frames_of(desk, ann)
    for code in ("unknown_event", "unknown_event", "rate_limited"):
        error_of(await client.ask("nonsense", {}), code)
    client = await frames_of(desk, eve)
    for code in ("read_only", "read_only", "rate_limited"):
        error_of(await client.ask("send_message", {}), code)


async def test_who_waits_is_let_in_one_for_one_and_whoever_gives_up_leaves_no_gap() -> None:
    turns, done = Turns(2), [0]

    async def work(gate: asyncio.Event) -> None:
        await turns.begin("ann")
        try:
            await gate.wait()
            done[0] += 1
        finally:
            turns.end("ann")

    first, then = asyncio.Event(), asyncio.Event()
    working = [asyncio.create_task(work(gate)) for gate in (first, first, then, then, then)]
    await asyncio.sleep(0)
    await turns.begin("bob")  # nobody waits for another person
    turns.end("bob")
    working[3].cancel()
    first.set()
    await asyncio.wait(working[:2])
    assert done == [2]
    working[2].cancel()  # its turn has come
    then.set()
    await asyncio.wait(working)
    assert done[0] == 3
    assert not len(turns)


async def test_as_many_windows_as_one_likes_have_no_more_at_work_than_two(desk: Scene) -> None:
    assert AT_ONCE < OVERTAKEN_AT_ONCE  # marks wait for a group commit, and many of them for the same
    await (await desk.customer("ann")).another()
    first, second = desk.desk.rules.realtime.rooms
    working, most = [0], [0]

    class Slow:
        async def answer(self, connection: Connection, name: object, arguments: list[Any]) -> dict[str, Any]:
            working[0] += 1
            most[0] = max(most[0], working[0])
            await asyncio.sleep(0)
            working[0] -= 1
            return {"ok": True, "data": {}}

    turns = FairTurns(Slow(), frozenset({"mark_read"}))
    for command, places in (("list_chats", AT_ONCE), ("mark_read", OVERTAKEN_AT_ONCE)):
        most[0] = 0
        await asyncio.gather(*(turns.answer(connection, command, []) for connection in (first, second) * 20))
        assert most[0] == places
    assert not len(turns.turns)
