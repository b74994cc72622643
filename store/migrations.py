"""The database's schema version, and the steps from one to the next and back.

A step is a function that may run again after a crash in its middle: it demands the old shape in its filter, so that what it
has changed already is left alone. It is added at the end of MIGRATIONS and never edited afterwards.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pymongo

from store.client import Database
from store.collections import META
from store.errors import NoSuchVersion, NoWayBack, SchemaBehind, SchemaTooNew

SCHEMA_SECONDS = 120.0  # building an index on a grown collection takes its time
Step = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True)
class Migration:
    """From one version to the next. `back` undoes it for an older Deskwire.

    Where it is None, `why` says why nothing has to be undone, or what would be lost (`is_final`).
    """

    forward: Step
    back: Step | None
    why: str
    is_final: bool = False

    @property
    def sentence(self) -> str:
        return (self.forward.__doc__ or "").strip().partition("\n")[0]


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


async def drop_the_old_index_of_job_runs(collections: Any) -> None:
    """4 → 5: the runs of jobs end by an index that their row declares; the one of before had another name."""
    if "kept" in await collections.job_runs.index_information():
        await collections.job_runs.drop_index("kept")


UNKNOWN_FIELDS = "an older Deskwire passes fields that it does not know by"
MIGRATIONS = [
    Migration(give_every_person_a_locale, None, UNKNOWN_FIELDS),
    Migration(note_which_chats_were_live, None, UNKNOWN_FIELDS),
    Migration(
        free_the_seats_of_left_messages, None, "an older Deskwire's reconciler queues chats without a seat again"
    ),
    Migration(drop_the_old_index_of_job_runs, None, "an older Deskwire makes its index when it starts"),
]
VERSION = 1 + len(MIGRATIONS)


async def version_of(database: Database) -> int:
    """The schema version that the database has; of an empty one the present one, and nothing is written.

    Raises SchemaTooNew when a later version of Deskwire wrote to it: going back would lose what it added.
    """
    found = await database.collection(META).find_one({"_id": "schema"})
    if found is None:
        return 1 if await database.collections.people.find_one({}, {"_id": 1}) else VERSION
    if found["version"] > VERSION:
        raise SchemaTooNew(
            f"the database has schema version {found['version']}, and this Deskwire knows {VERSION}: start the newer one"
        )
    return int(found["version"])


async def prepare(database: Database, *, automatic: bool) -> None:
    """Brings indexes and documents to VERSION; a fresh database starts there.

    Raises SchemaTooNew, and SchemaBehind when steps wait that are not to be made without being asked for.
    """
    waiting = MIGRATIONS[await version_of(database) - 1 :]
    if waiting and not automatic:
        names = "; ".join(step.sentence for step in waiting)
        raise SchemaBehind(f"MIGRATE=manual, and {len(waiting)} migrations wait ({names}): python run.py migrate")
    async for _ in migrate(database):
        pass


async def migrate(database: Database, to: int = VERSION) -> AsyncIterator[Migration]:
    """Goes to this version step by step, and yields each step when it is done. Several processes may do so at once.

    Raises SchemaTooNew, NoSuchVersion for a version that there is not, and NoWayBack for a step that cannot be undone.
    """
    if not 1 <= to <= VERSION:
        raise NoSuchVersion(f"there are the versions 1 to {VERSION}")
    with pymongo.timeout(SCHEMA_SECONDS):
        version = await version_of(database)
        meta = database.collection(META)
        await meta.update_one({"_id": "schema"}, {"$setOnInsert": {"version": version}}, upsert=True)
        await ensure_indexes(database)
        for now in range(version, to):
            await MIGRATIONS[now - 1].forward(database.collections)
            await meta.update_one({"_id": "schema", "version": now}, {"$set": {"version": now + 1}})
            yield MIGRATIONS[now - 1]
        for now in range(version, to, -1):
            step = MIGRATIONS[now - 2]
            if step.is_final:
                raise NoWayBack(f"from version {now} there is no way back: {step.why}")
            if step.back:
                await step.back(database.collections)
            await meta.update_one({"_id": "schema", "version": now}, {"$set": {"version": now - 1}})
            yield step


async def ensure_indexes(database: Database) -> None:
    """Makes the indexes that the rows declare; those that stand already cost one round trip a collection."""
    declared = {row.name: row.all_indexes() for row in database.rows.values()}
    await asyncio.gather(
        *(database.collections[name].create_indexes(models) for name, models in declared.items() if models)
    )
