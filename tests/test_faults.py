"""The short version of `make faults`: one of the main faults each, and a checker that finds what it is there to find."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import faults, neighbours
from tests.faults.arena import Arena, Crowd
from tests.faults.checker import check
from tests.faults.journal import Held, Journal
from tests.faults.proxy import DOWN, Proxy
from tests.faults.server import WEAKENED, Setup
from tests.faults.stored import Stored, StoredChat

SEED = 1


@pytest.mark.slow
async def test_nothing_is_lost_when_server_mongod_and_cables_fail(tmp_path: Path) -> None:
    async with Arena(Setup(tmp_path), SEED, proxied=True) as arena:
        await faults.kill_server(arena, 2, 200)
        await faults.kill_mongod(arena, 1, 100)
        await faults.cut(arena, 1)
        found = await arena.verdict()
        assert not found.broken, found.broken
        assert arena.journal.acked > 0
        assert {name for name, _ in arena.journal.faults} == {"server", "mongod", "network"}


@pytest.mark.slow
async def test_nothing_is_lost_or_missed_between_two_processes(tmp_path: Path) -> None:
    """Redis and one of them are killed, then Redis for good: the last lines get to the other side by MongoDB alone."""
    async with Arena(Setup(tmp_path, processes=2), SEED) as arena:
        await neighbours.kill_redis_and_one(arena, 1)
        await neighbours.redis_gone(arena, 300)
        found = await arena.verdict()
        assert not found.broken, found.broken


@pytest.mark.slow
async def test_without_the_gap_reader_pages_miss_lines(tmp_path: Path) -> None:
    """The control: if this desk kept its promises, the one above would prove nothing."""
    setup = Setup(tmp_path, entry=WEAKENED, settings=(("without", "gap_reader"),), processes=2)
    async with Arena(setup, SEED, crowd=Crowd(apart=True)) as arena:
        await neighbours.redis_gone(arena, 600)
        assert (await arena.verdict(0.0)).lists


# The checker: a small world in which everything is right, and then one thing is not.


def world() -> tuple[Journal, Stored, dict[str, dict[str, list[Held]]]]:
    """Ann said two things in an ended chat, Gus answered one; both show all of it."""
    journal = Journal()
    said = [("ann", "a1"), ("gus", "g1"), ("ann", "a2")]
    for seq, (sender, client_id) in enumerate(said, 2):
        journal.ok(journal.invoke(sender, "chat", client_id, client_id), seq)
    journal.mark("chat", "agent", "read", 4)
    journal.ended.add("chat")
    lines = [(1, "", "", "", "opened"), *((n, who, key, key, "text") for n, (who, key) in enumerate(said, 2))]
    chat = StoredChat("ended", "ann", None, [*lines, (5, "", "", "", "ended")])
    chat.keys = [(line[1], line[2] or line[4]) for line in chat.lines]
    chat.closings, chat.marks = [5], {("agent", "read"): 4}
    waiting = StoredChat("open", "bob", "gus")
    lists = {who: {"chat": list(chat.lines)} for who in ("ann", "gus")}
    return journal, Stored({"chat": chat, "waiting": waiting}, {"gus": (2, ["waiting"])}), lists


def a_line_lost(journal: Journal, stored: Stored) -> None:
    del stored.chats["chat"].lines[3]


def a_line_doubled(journal: Journal, stored: Stored) -> None:
    stored.chats["chat"].keys.append(("ann", "a1"))


def a_gap(journal: Journal, stored: Stored) -> None:
    stored.chats["chat"].lines[-1] = (6, "", "", "", "ended")


def a_seq_twice(journal: Journal, stored: Stored) -> None:
    stored.chats["chat"].lines.append((5, "", "", "", "ended"))


def another_order(journal: Journal, stored: Stored) -> None:
    operations = journal.operations
    operations[0], operations[2] = operations[2], operations[0]


def a_refused_line(journal: Journal, stored: Stored) -> None:
    journal.fail(journal.operations[0])


def a_line_behind_the_closing_one(journal: Journal, stored: Stored) -> None:
    stored.chats["chat"].closings = [4]


def an_end_forgotten(journal: Journal, stored: Stored) -> None:
    stored.chats["chat"].status = "open"


def a_page_that_shows_less(journal: Journal, stored: Stored) -> None:
    stored.chats["chat"].lines.append((6, "ann", "a3", "a3", "text"))


def a_mark_forgotten(journal: Journal, stored: Stored) -> None:
    stored.chats["chat"].marks = {("agent", "delivered"): 4}


def a_mark_past_the_end(journal: Journal, stored: Stored) -> None:
    stored.chats["chat"].marks["customer", "read"] = 6


def a_seat_too_many(journal: Journal, stored: Stored) -> None:
    stored.seats["gus"] = 0, ["waiting"]


def a_leaked_seat(journal: Journal, stored: Stored) -> None:
    stored.seats["gus"] = 2, ["waiting", "chat"]


def two_agents(journal: Journal, stored: Stored) -> None:
    stored.seats["eve"] = 2, ["waiting"]


def eyes(journal: Journal, stored: Stored) -> None:
    journal.complaints.append("marks went back")


BREAKING: list[tuple[Callable[[Journal, Stored], None], str]] = [
    (a_line_lost, "lost"),
    (a_line_doubled, "doubled"),
    (a_gap, "gaps"),
    (a_seq_twice, "gaps"),
    (another_order, "order"),
    (a_refused_line, "order"),
    (a_line_behind_the_closing_one, "endings"),
    (an_end_forgotten, "endings"),
    (a_page_that_shows_less, "lists"),
    (a_mark_forgotten, "marks"),
    (a_mark_past_the_end, "marks"),
    (a_seat_too_many, "seats"),
    (a_leaked_seat, "seats"),
    (two_agents, "seats"),
    (eyes, "seen"),
]


def test_the_checker_holds_nothing_against_a_world_in_order() -> None:
    assert not check(*world()).broken


@pytest.mark.parametrize(("breaks", "promise"), BREAKING, ids=lambda each: getattr(each, "__name__", each))
def test_the_checker_finds(breaks: Callable[[Journal, Stored], None], promise: str) -> None:
    journal, stored, lists = world()
    breaks(journal, stored)
    assert promise in check(journal, stored, lists).broken


async def test_the_proxy_swallows_one_way_only() -> None:
    """And gives back what it swallowed, as TCP would."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.readexactly(4))
        writer.write(b"pong")
        await reader.read()
        writer.close()

    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Proxy(lambda: int(server.sockets[0].getsockname()[1]))
    await proxy.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    with proxy.black_hole([DOWN]):
        writer.write(b"ping")
        assert await heard == b"ping"
        answer = asyncio.ensure_future(reader.readexactly(4))
        assert not (await asyncio.wait([answer], timeout=0.05))[0]
    async with asyncio.timeout(5):
        assert await answer == b"pong"
    writer.close()
    await proxy.close()
    server.close()
    await server.wait_closed()
