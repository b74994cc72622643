"""The database's schema version, and the steps from one to the next and back.

A step is a function that may run again after a crash in its middle: it demands the old shape in its filter, so that what it
has changed already is left alone. It is added at the end of MIGRATIONS and never edited afterwards. The way back takes only
out again what the way forward would make anew, so that nothing is lost by going there and back.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pymongo
from pymongo.errors import OperationFailure

from store.client import Database
from store.collections import META
from store.errors import NoSuchVersion, NoWayBack, SchemaBehind, SchemaMoved, SchemaTooNew, UserNamesClash
from store.people import username_key

STEP_SECONDS = 600.0  # an index on a grown collection takes its time
INDEX_NOT_FOUND, NAMESPACE_NOT_FOUND = 27, 26  # MongoDB's codes
Run = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True)
class Migration:
    """From one version to the next. `back` undoes it for an older Deskwire, or is the sentence that says why nothing can."""

    forward: Run
    back: Run | str

    @property
    def sentence(self) -> str:
        return (self.forward.__doc__ or "").strip().partition("\n")[0]


async def give_every_person_a_locale(collections: Any) -> None:
    """1 → 2: people of the first version had no `locale`, by which faces and, later, letters choose a language."""
    await collections.people.update_many({"locale": {"$exists": False}}, {"$set": {"locale": None}})


async def take_back_empty_locales(collections: Any) -> None:
    await collections.people.update_many({"locale": None}, {"$unset": {"locale": True}})


async def note_which_chats_were_live(collections: Any) -> None:
    """2 → 3: reports tell chats from messages that were only left, and a wait has its own beginning.

    Of the chats of before only the last state is known: whatever is a left message then was never anything else.
    """
    chats = collections.chats
    await chats.update_many({"was_live": {"$exists": False}}, [{"$set": {"was_live": {"$not": "$offline"}}}])
    opened_live = {"unended": True, "offline": False, "opened_at": {"$type": "date"}, "waited_from": {"$exists": False}}
    await chats.update_many(opened_live, [{"$set": {"waited_from": "$queued_at"}}])


async def take_back_which_chats_were_live(collections: Any) -> None:
    as_found = {"was_live": {"$exists": True}, "$expr": {"$eq": ["$was_live", {"$not": "$offline"}]}}
    await collections.chats.update_many(as_found, {"$unset": {"was_live": True}})
    as_queued = {"waited_from": {"$exists": True}, "$expr": {"$eq": ["$waited_from", "$queued_at"]}}
    opened_live = {"unended": True, "offline": False, "opened_at": {"$type": "date"}}
    await collections.chats.update_many(opened_live | as_queued, {"$unset": {"waited_from": True}})


async def free_the_seats_of_left_messages(collections: Any) -> None:
    """3 → 4: a left message takes no seat and has no clocks, whoever has it, and is known as one later."""
    chats, seats = collections.chats, collections.seats
    await chats.update_many({"was_left": {"$exists": False}}, [{"$set": {"was_left": "$offline"}}])
    held = {"status": "open", "offline": True}
    stopped = {"idle_at": None, "reply_at": None, "abandon_at": None, "warned": False}
    await chats.update_many(held, {"$set": stopped})
    async for chat in chats.find(held, {"_id": 1}):
        await seats.update_many({"chats": chat["_id"]}, {"$pull": {"chats": chat["_id"]}})


async def seat_left_messages_again(collections: Any) -> None:
    """Else an older Deskwire's reconciler takes them from their agents. A seat may hold more than max_chats."""
    chats, seats = collections.chats, collections.seats
    as_found = {"was_left": {"$exists": True}, "$expr": {"$eq": ["$was_left", "$offline"]}}
    await chats.update_many(as_found, {"$unset": {"was_left": True}})
    async for chat in chats.find({"status": "open", "offline": True}, {"agent_id": 1}):
        await seats.update_one({"_id": chat["agent_id"]}, {"$addToSet": {"chats": chat["_id"]}})


async def drop_the_old_index_of_job_runs(collections: Any) -> None:
    """4 → 5: the runs of jobs end by an index that their row declares, the one of before had another name."""
    await drop_index(collections.job_runs, "kept")


async def drop_the_indexes_of_rows(collections: Any) -> None:
    """An older Deskwire makes its own when it starts, and keeps the audit for ever."""
    for collection in (collections.job_runs, collections.audit):
        await drop_index(collection, "ttl")


async def fold_user_names(collections: Any) -> None:
    """5 → 6: a user name is there once, whatever its case: people are found by its folded form.

    Raises UserNamesClash, and nothing is written, where two would be one.
    """
    people = collections.people
    named = await people.find({"username": {"$type": "string"}}, {"username": 1}).sort("_id", 1).to_list(None)
    accounts = defaultdict(list)
    for person in named:
        accounts[username_key(person["username"])].append(f"{person['username']} ({person['_id']})")
    if clashing := [" and ".join(same) for same in accounts.values() if len(same) > 1]:
        raise UserNamesClash(
            f"user names count whatever their case now, and these are one: {'; '.join(clashing)}. Nothing was changed; "
            "give all but one another name: python run.py change-username USERNAME NEW"
        )
    for person in named:
        wanted = {"_id": person["_id"], "username": person["username"], "username_key": {"$exists": False}}
        await people.update_one(wanted, {"$set": {"username_key": username_key(person["username"])}})


async def take_back_folded_user_names(collections: Any) -> None:
    await collections.people.update_many({"username_key": {"$exists": True}}, {"$unset": {"username_key": True}})


async def keep_sessions_as_documents(collections: Any) -> None:
    """6 → 7: who is logged in stands in documents; a token of before gets its session when it is shown.

    Sessions that were ended stay ended for as long as their tokens would have lived.
    """
    first = {"since": {"$ifNull": ["$since", "$$NOW"]}}
    await collections.meta.update_one({"_id": "sessions"}, [{"$set": first}], upsert=True)
    async for ended in collections.revocations.find():
        session = {"expires_at": ended["expires_at"], "ended_at": {"$ifNull": ["$ended_at", "$$NOW"]}}
        await collections.sessions.update_one({"_id": ended["_id"]}, [{"$set": session}], upsert=True)
        await collections.revocations.delete_one({"_id": ended["_id"]})


async def keep_ended_sessions_only(collections: Any) -> None:
    """An older Deskwire knows of sessions only which ones were ended; the others get new documents by their tokens."""
    async for ended in collections.sessions.find({"ended_at": {"$type": "date"}}):
        revoked = {"$set": {"expires_at": ended["expires_at"]}}
        await collections.revocations.update_one({"_id": ended["_id"]}, revoked, upsert=True)
    await collections.sessions.delete_many({})
    await collections.meta.delete_one({"_id": "sessions"})


async def drop_index(collection: Any, name: str) -> None:
    """Again, or beside another process that does the same: nothing is left to do."""
    try:
        await collection.drop_index(name)
    except OperationFailure as error:
        if error.code not in {INDEX_NOT_FOUND, NAMESPACE_NOT_FOUND}:
            raise


MIGRATIONS = (
    Migration(give_every_person_a_locale, take_back_empty_locales),
    Migration(note_which_chats_were_live, take_back_which_chats_were_live),
    Migration(free_the_seats_of_left_messages, seat_left_messages_again),
    Migration(drop_the_old_index_of_job_runs, drop_the_indexes_of_rows),
    Migration(fold_user_names, take_back_folded_user_names),
    Migration(keep_sessions_as_documents, keep_ended_sessions_only),
)
VERSION = 1 + len(MIGRATIONS)


@dataclass(frozen=True)
class Step:
    """One migration, forward or back."""

    migration: Migration
    run: Run
    before: int
    after: int


def steps(version: int, to: int, migrations: Sequence[Migration] = MIGRATIONS) -> list[Step]:
    """The way from one version to another, either way.

    Raises NoSuchVersion for a version that there is not, and NoWayBack where a step cannot be undone: before any is made.
    """
    if not 1 <= to <= 1 + len(migrations):
        raise NoSuchVersion(f"there are the versions 1 to {1 + len(migrations)}, and no {to}")
    found = [Step(migrations[at - 1], migrations[at - 1].forward, at, at + 1) for at in range(version, to)]
    for at in range(version, to, -1):
        migration = migrations[at - 2]
        if isinstance(migration.back, str):
            raise NoWayBack(f"from version {at} there is no way back to {at - 1}: {migration.back}")
        found.append(Step(migration, migration.back, at, at - 1))
    return found


async def version_of(database: Database) -> int:
    """The schema version that the database has; of an empty one the present one, and nothing is written.

    Raises SchemaTooNew when a later version of Deskwire wrote to it: going back would lose what it added.
    """
    found = await database.collection(META).find_one({"_id": "schema"})
    if found is None:
        return 1 if await database.collections.people.find_one({}, {"_id": 1}) else VERSION
    if found["version"] > VERSION:
        raise SchemaTooNew(
            f"the database has schema version {found['version']}, and this Deskwire knows {VERSION}: start the newer one, "
            f"or go back with it first: python run.py migrate --to {VERSION}"
        )
    return int(found["version"])


async def prepare(database: Database, *, automatic: bool) -> None:
    """Brings indexes and documents to VERSION; a fresh database starts there.

    Raises SchemaTooNew, and SchemaBehind when steps wait that are not to be made without being asked for.
    """
    waiting = steps(await version_of(database), VERSION)
    if waiting and not automatic:
        names = "; ".join(step.migration.sentence.rstrip(".") for step in waiting)
        raise SchemaBehind(
            f"MIGRATE=manual, and {len(waiting)} of the schema's steps wait ({names}): python run.py migrate"
        )
    async for _ in migrate(database):
        pass


async def migrate(database: Database, to: int = VERSION) -> AsyncIterator[Step]:
    """Goes to this version step by step, and yields each step when it is done. Several processes may do so at once.

    Raises SchemaTooNew, NoSuchVersion, NoWayBack, and SchemaMoved when another process goes the other way meanwhile.
    """
    version = await version_of(database)
    way = steps(version, to)
    meta = database.collection(META)
    await meta.update_one({"_id": "schema"}, {"$setOnInsert": {"version": version}}, upsert=True)
    if to >= version:
        with pymongo.timeout(STEP_SECONDS):
            await ensure_indexes(database)
    for step in way:
        with pymongo.timeout(STEP_SECONDS):
            await step.run(database.collections)
            await meta.update_one({"_id": "schema", "version": step.before}, {"$set": {"version": step.after}})
            found = (await meta.find_one({"_id": "schema"}))["version"]
        if (step.after - found) * (step.after - step.before) > 0:
            raise SchemaMoved(
                f"another process has taken the schema to version {found} meanwhile: look, and run this again"
            )
        yield step


async def ensure_indexes(database: Database) -> None:
    """Makes the indexes that the rows declare; those that stand already cost one round trip a collection."""
    declared = {row.name: row.all_indexes() for row in database.rows.values()}
    await asyncio.gather(
        *(database.collections[name].create_indexes(models) for name, models in declared.items() if models)
    )
