"""What the group commits insert with, on both ways: its own, and the driver's."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.errors import BulkWriteError, NotPrimaryError

from store.batches.inserts import Inserts
from store.client import Database
from store.embedded.mongod import Mongod
from store.embedded.replica_set import wait_writable
from store.errors import is_away
from store.notes import NOTES
from tests.support.mongods import CheckedOut, Relay, lose_the_next_answer, standing_still
from tests.support.people import PATIENCE

NewNotes = Callable[..., Awaitable[tuple[Database, Inserts, CheckedOut]]]
on_both_ways = pytest.mark.parametrize("fast", [True, False], ids=["fast", "driver"])


@pytest.fixture
async def new_notes() -> AsyncIterator[NewNotes]:
    """`await new_notes(url, fast)`: a database of its own, inserts of notes that have a unique `n`, and what they keep."""
    async with AsyncExitStack() as stack:

        async def make(url: str, fast: bool, call_seconds: float = 10) -> tuple[Database, Inserts, CheckedOut]:
            name, kept = f"test_{secrets.token_hex(6)}", CheckedOut()
            database = Database(url, name, call_seconds=call_seconds, fast_inserts=fast, listeners=[kept])
            stack.push_async_callback(database.close)
            stack.push_async_callback(database.drop)
            await database.collections.notes.create_index("n", unique=True)
            inserts = Inserts(database, NOTES)
            stack.push_async_callback(inserts.close)
            return database, inserts, kept

        yield make


@pytest.fixture
async def relay(mongo_url: str, tmp_path: Path) -> AsyncIterator[Relay]:
    async with Relay(mongo_url, tmp_path) as relay:
        yield relay


def notes(*numbers: int) -> list[dict[str, Any]]:
    return [{"n": n, "body": "é" * n} for n in numbers]


async def stored(database: Database) -> list[int]:
    return [note["n"] async for note in database.collections.notes.find().sort("n")]


@on_both_ways
async def test_all_is_stored_but_what_a_unique_index_refuses(new_notes: NewNotes, mongo_url: str, fast: bool) -> None:
    database, inserts, kept = await new_notes(mongo_url, fast)
    assert not (await inserts.insert(notes(1, 2))).refused
    inserted = await inserts.insert(notes(2, 3, 1, 4))
    assert sorted(inserted.refused) == [0, 2]
    assert [row["keyPattern"] for row in inserted.refused.values()] == [{"n": 1}, {"n": 1}]
    assert await stored(database) == [1, 2, 3, 4]
    assert len(kept.connections) == fast


@on_both_ways
async def test_what_is_refused_for_another_reason_is_an_error(new_notes: NewNotes, mongo_url: str, fast: bool) -> None:
    database, inserts, _kept = await new_notes(mongo_url, fast)
    await database.collections.command("collMod", "notes", validator={"n": {"$lt": 10}})
    with pytest.raises(BulkWriteError) as caught:
        await inserts.insert(notes(1, 11))
    assert [row["code"] for row in (caught.value.details or {})["writeErrors"]] == [121]


@on_both_ways
async def test_a_database_that_stands_still_is_given_up_and_found_again(
    own_mongod: Mongod, new_notes: NewNotes, fast: bool
) -> None:
    database, inserts, kept = await new_notes(own_mongod.url, fast, call_seconds=2)
    await inserts.insert(notes(1))
    with standing_still(own_mongod), pytest.raises(Exception) as caught:
        await inserts.insert(notes(2))
    assert is_away(caught.value)
    assert not kept.connections
    await database.ping()
    await inserts.insert(notes(3))
    assert (await stored(database))[-1] == 3


async def test_a_connection_that_ended_while_it_was_kept_costs_nothing(relay: Relay, new_notes: NewNotes) -> None:
    database, inserts, kept = await new_notes(relay.url, True)
    await inserts.insert(notes(1))
    [before] = kept.connections
    relay.cut()
    assert not (await inserts.insert(notes(2))).refused
    assert not (await inserts.insert(notes(3))).again
    assert before not in kept.connections
    assert await stored(database) == [1, 2, 3]


async def test_a_connection_is_not_kept_when_the_driver_gives_its_pool_up(new_notes: NewNotes, mongo_url: str) -> None:
    database, inserts, kept = await new_notes(mongo_url, True)
    await inserts.insert(notes(1))
    [before] = kept.connections
    for server in database.commits.client._topology._servers.values():
        await server.pool.reset_without_pause()
    assert not (await inserts.insert(notes(2))).again
    assert before not in kept.connections


async def test_what_was_stored_before_the_answer_was_lost_is_refused_the_second_time(
    new_notes: NewNotes, mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, inserts, _kept = await new_notes(mongo_url, True)
    await inserts.insert(notes(1))
    lose_the_next_answer(monkeypatch)
    inserted = await inserts.insert(notes(2, 3))
    assert inserted.again
    assert sorted(inserted.refused) == [0, 1]
    assert await stored(database) == [1, 2, 3]


async def test_who_is_the_primary_no_more_is_left_alone(own_mongod: Mongod, new_notes: NewNotes) -> None:
    database, inserts, kept = await new_notes(own_mongod.url, True)
    await inserts.insert(notes(1))
    [before] = kept.connections
    await database.collections.client.admin.command("replSetStepDown", 60, force=True)
    with pytest.raises(NotPrimaryError):  # for the driver, too: it is told that there is but this server
        await inserts.insert(notes(2))
    assert not kept.connections
    await database.collections.client.admin.command("replSetFreeze", 0)  # it may be the primary again
    await wait_writable(own_mongod, PATIENCE)
    await inserts.insert(notes(3))
    assert before not in kept.connections
    assert await stored(database) == [1, 3]


async def test_another_version_of_the_driver_goes_its_own_way(
    new_notes: NewNotes, mongo_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pymongo, "version_tuple", (5, 0, 0))
    _, inserts, kept = await new_notes(mongo_url, True)
    await inserts.insert(notes(1))
    assert not kept.connections
