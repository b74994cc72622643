"""The database's schema version, and the steps from one to the next.

A migration is a function that may run again after a crash in its middle: it demands the old shape in its filter, so
that what it has changed already is left alone. It is added at the end of MIGRATIONS and never edited afterwards.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pymongo

from store.client import Database
from store.errors import SchemaTooNew

SCHEMA_SECONDS = 120.0  # building an index on a grown collection takes its time
Migration = Callable[[Any], Awaitable[None]]


async def give_every_person_a_locale(collections: Any) -> None:
    """1 → 2: people of the first version had no `locale`; faces and, later, letters need one to choose a language."""
    await collections.people.update_many({"locale": {"$exists": False}}, {"$set": {"locale": None}})


async def note_which_chats_were_live(collections: Any) -> None:
    """2 → 3: reports tell chats from messages that were only left, and a wait has its own beginning.

    Of the chats of before only the last state is known: whatever is a left message then was never anything else.
    """
    chats = collections.chats
    await chats.update_many({"was_live": {"$exists": False}}, [{"$set": {"was_live": {"$not": "$offline"}}}])
    opened_live = {"unended": True, "offline": False, "opened_at": {"$type": "date"}, "waited_from": {"$exists": False}}
    await chats.update_many(opened_live, [{"$set": {"waited_from": "$queued_at"}}])


async def free_the_seats_of_left_messages(collections: Any) -> None:
    """3 → 4: a left message takes no seat and has no clocks, whoever has it, and is known as one later."""
    chats, seats = collections.chats, collections.seats
    await chats.update_many({"was_left": {"$exists": False}}, [{"$set": {"was_left": "$offline"}}])
    held = {"status": "open", "offline": True}
    stopped = {"idle_at": None, "reply_at": None, "abandon_at": None, "warned": False}
    await chats.update_many(held, {"$set": stopped})
    async for chat in chats.find(held, {"_id": 1}):
        await seats.update_many({"chats": chat["_id"]}, {"$pull": {"chats": chat["_id"]}})


MIGRATIONS: list[Migration] = [
    give_every_person_a_locale,
    note_which_chats_were_live,
    free_the_seats_of_left_messages,
]
VERSION = 1 + len(MIGRATIONS)


async def ensure_indexes(database: Database) -> None:
    """Makes the indexes that the rows declare; those that stand already cost one round trip a collection."""
    declared = {row.name: row.all_indexes() for row in database.rows.values()}
    await asyncio.gather(
        *(database.collections[name].create_indexes(models) for name, models in declared.items() if models)
    )


async def migrate(database: Database) -> None:
    """Brings indexes and documents to VERSION, step by step; a fresh database starts there.

    Raises SchemaTooNew when a later version of Deskwire wrote to it: going back would lose what it added.
    """
    collections = database.collections
    with pymongo.timeout(SCHEMA_SECONDS):
        found = await collections.meta.find_one({"_id": "schema"})
        if found is None:
            fresh = await collections.people.find_one({}, {"_id": 1}) is None
            found = {"version": VERSION if fresh else 1}
            await collections.meta.update_one({"_id": "schema"}, {"$setOnInsert": found}, upsert=True)
        if found["version"] > VERSION:
            raise SchemaTooNew(
                f"the database has schema version {found['version']}, and this Deskwire knows {VERSION}: start the newer one"
            )
        await ensure_indexes(database)
        for version in range(found["version"], VERSION):
            await MIGRATIONS[version - 1](collections)
            await collections.meta.update_one({"_id": "schema", "version": version}, {"$set": {"version": version + 1}})
