"""The schema: indexes made once and again, the first migration, and databases that are too new."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from store.client import Database
from store.errors import Conflict, SchemaTooNew
from store.migrations import MIGRATIONS, VERSION, prepare
from store.people import People

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FIRST = [  # people as the first version wrote them
    {"_id": "c1", "role": "customer", "name": "Ann", "created_at": NOW, "email": "ann@example.com"},
    {"_id": "g1", "role": "agent", "name": "Gus", "created_at": NOW, "username": "gus", "password_hash": "x"},
    {"_id": "a1", "role": "admin", "name": "Eve", "created_at": NOW, "username": "eve", "password_hash": "x"},
]


async def indexes(database: Database) -> dict[str, Any]:
    """Every index by collection and name, without MongoDB's own on _id."""
    found = {name: await database.collections[name].index_information() for name in database.rows}
    return {
        f"{collection}.{name}": index
        for collection, all_ in found.items()
        for name, index in all_.items()
        if name != "_id_"
    }


async def version(database: Database) -> Any:
    found = await database.collections.meta.find_one({"_id": "schema"})
    return found and found["version"]


async def test_a_fresh_database_starts_at_the_present_version(database: Database) -> None:
    await prepare(database, automatic=True)
    assert await version(database) == VERSION == 1 + len(MIGRATIONS)
    declared = {f"{row.name}.{model.document['name']}" for row in database.rows.values() for model in row.all_indexes()}
    assert set(await indexes(database)) == declared


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await prepare(database, automatic=True)
    await People(database).insert("c1", "customer", "Ann", NOW, locale="zh")
    before = await indexes(database), await database.collections.people.find().to_list(None)
    await prepare(database, automatic=True)
    assert (await indexes(database), await database.collections.people.find().to_list(None)) == before
    assert await version(database) == VERSION


async def test_several_processes_may_migrate_at_once(database: Database) -> None:
    await database.collections.people.insert_many(FIRST)
    await asyncio.gather(*(prepare(database, automatic=True) for _ in range(5)))
    assert await version(database) == VERSION
    assert await database.collections.people.count_documents({"locale": None}) == len(FIRST)


async def test_people_of_the_first_version_get_a_locale(database: Database) -> None:
    """1 → 2. The first version wrote no version either: people without one are of it."""
    await database.collections.people.insert_many(FIRST)
    await prepare(database, automatic=True)
    assert await version(database) == VERSION
    found = await database.collections.people.find().sort("_id", 1).to_list(None)
    for person in found:
        person.pop("username_key", None)  # of a later version
    assert found == sorted(({**person, "locale": None} for person in FIRST), key=lambda person: str(person["_id"]))


async def test_chats_of_before_are_told_from_left_messages(database: Database) -> None:
    """2 → 3, in its middle too: what a migration that was cut off, or a newer process, has noted already stays."""
    await database.collections.meta.insert_one({"_id": "schema", "version": 2})
    opened = {"queued_at": NOW, "opened_at": NOW, "unended": True}
    await database.collections.chats.insert_many(
        [
            {"_id": "left", "customer_id": "c1", "offline": True, **opened},
            {"_id": "open", "customer_id": "c2", "offline": False, **opened},
            {"_id": "ended", "customer_id": "c3", "offline": False, "figures": {"waiting_seconds": 1.0}},
            {"_id": "left again", "customer_id": "c4", "offline": True, "was_live": True},
        ]
    )
    await prepare(database, automatic=True)
    found = {chat["_id"]: chat async for chat in database.collections.chats.find()}
    assert {name: chat["was_live"] for name, chat in found.items()} == {
        "left": False, "open": True, "ended": True, "left again": True,
    }  # fmt: skip
    assert [name for name, chat in found.items() if chat.get("waited_from")] == ["open"]


async def test_what_a_migration_has_done_before_a_crash_is_left_alone(database: Database) -> None:
    await database.collections.people.insert_many(FIRST)
    await database.collections.people.update_one({"_id": "c1"}, {"$set": {"locale": "zh"}})
    await database.collections.meta.insert_one({"_id": "schema", "version": 1})
    await prepare(database, automatic=True)
    assert [person["locale"] async for person in database.collections.people.find().sort("_id", 1)] == [
        None,
        "zh",
        None,
    ]
    assert await version(database) == VERSION


async def test_a_migration_does_not_run_on_what_is_past_it(database: Database) -> None:
    await prepare(database, automatic=True)
    await database.collections.people.insert_many(FIRST)
    await prepare(database, automatic=True)
    assert await database.collections.people.count_documents({"locale": {"$exists": False}}) == len(FIRST)


async def test_a_newer_database_is_refused_and_left_alone(database: Database) -> None:
    newer = {"_id": "schema", "version": VERSION + 1, "more": "of the future"}
    await database.collections.meta.insert_one(newer)
    with pytest.raises(
        SchemaTooNew, match=rf"schema version {VERSION + 1}, and this Deskwire knows {VERSION}: start the"
    ):
        await prepare(database, automatic=True)
    assert await database.collections.meta.find_one({}) == newer
    assert await database.collections.list_collection_names() == ["meta"]


async def test_what_the_indexes_promise(database: Database) -> None:
    await prepare(database, automatic=True)
    people, chats, messages = (database.collections[name] for name in ("people", "chats", "messages"))
    await People(database).insert("g1", "agent", "Gus", NOW, username="gus")
    with pytest.raises(Conflict, match="the id g1 is taken"):
        await People(database).insert("g1", "agent", "Gus", NOW, username="gus2")
    with pytest.raises(Conflict, match="the user name gus is taken"):
        await People(database).insert("g2", "agent", "Gus", NOW, username="gus")
    for number in (1, 2):  # those without a user name or a site are not in each other's way
        await People(database).insert(f"c{number}", "customer", "Ann", NOW)
    assert await people.count_documents({}) == 3
    refused = [
        (chats, {"customer_id": "c1", "unended": True}),
        (messages, {"chat_id": "x", "seq": 1}),
        (messages, {"chat_id": "x", "sender_id": "c1", "client_id": "1"}),
        (database.collections.marks, {"chat_id": "x", "side": "agent", "kind": "read", "seq": 1}),
        (database.collections.uploads, {"path": "2026/11/23/x.png"}),
    ]
    for number, (collection, document) in enumerate(refused):
        await collection.insert_one({**({"seq": 100 + number} if "client_id" in document else {}), **document})
        with pytest.raises(Exception, match="E11000"):
            await collection.insert_one({**({"seq": 200 + number} if "client_id" in document else {}), **document})
    for _ in range(2):  # ended chats and system lines are free of it
        await chats.insert_one({"customer_id": "c1"})
    for seq in (2, 3):
        await messages.insert_one({"chat_id": "x", "seq": seq, "sender_id": None})
