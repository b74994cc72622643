"""Databases of earlier versions: brought up to date, and back; as an operator does it, and with everything in them."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from store.client import Database
from store.errors import NoSuchVersion, NoWayBack, SchemaMoved
from store.migrations import MIGRATIONS, VERSION, Migration, migrate, prepare, steps
from tests.support import dumps
from tests.test_commands import Done, Place, place, places  # noqa: F401  two are fixtures

MEANT = {  # dumps, and what newer code says otherwise on purpose
    # commit b532a81. Left messages take no seats since, have no clocks, stand behind the line, and are no chats in reports.
    "version_2": r"^\.Ada report .*\.figures\.|\.ends_at is None|\.seat\.open is 0 and was 1$|^\.(Gus|Hal) list_queue ",
    "version_4": r"^$",  # commit 9016b45
}


def differences(said: Any, before: Any, where: str = "") -> list[str]:
    """Where an answer does not say what the one of before said; it may say more."""
    if isinstance(before, dict) and isinstance(said, dict):
        missing = [f"{where}.{name} is missing" for name in before if name not in said]
        return missing + [
            each
            for name in before.keys() & said.keys()
            for each in differences(said[name], before[name], f"{where}.{name}")
        ]
    if isinstance(before, list) and isinstance(said, list) and len(said) == len(before):
        return [
            each
            for n, pair in enumerate(zip(said, before, strict=True))
            for each in differences(*pair, f"{where}[{n}]")
        ]
    return [] if said == before else [f"{where} is {said!r} and was {before!r}"]


@pytest.mark.parametrize("name", MEANT)
async def test_a_database_of_before_says_what_it_said_then(name: str, mongo_url: str, tmp_path: Path) -> None:
    """Chats, lines, notes, people, figures; files are what they were."""
    dumped = dumps.read(name)
    desk = dumps.scene(mongo_url, tmp_path, dumped["at"])
    desk.database_name = f"test_{secrets.token_hex(6)}"
    async with filled(mongo_url, desk.database_name, dumped, tmp_path / "media"), desk:
        assert await desk.documents.meta.find_one({"_id": "schema"}) == {"_id": "schema", "version": VERSION}
        answers = await dumps.ask_about_all(desk)
        said = {f"{who} {command} {given}": answer for who, command, given, answer in answers}
        before = {f"{who} {command} {given}": answer for who, command, given, answer in dumped["said"]}
        found = differences(dumps.plain(said, dumped["at"]), dumps.plain(before, dumped["at"]))
        assert not [each for each in found if not re.search(MEANT[name], each)]
        addresses = set(re.findall(r"/media/[^']+", str(said)))
        files = [await (await desk.http.get(desk.base_url + address)).read() for address in addresses]
        assert set(files) == {base64.b64decode(content) for content in dumped["files"].values()}


@asynccontextmanager
async def filled(mongo_url: str, name: str, dumped: dict[str, Any], media: Path) -> AsyncIterator[Database]:
    """A database with what was dumped."""
    database = Database(mongo_url, name, call_seconds=10)
    try:
        await dumps.load(dumped, database.collections, media)
        yield database
    finally:
        await database.close()


async def state(database: Database) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every document and every index, but for what says that a schema was there."""
    names = sorted(set(await database.collections.list_collection_names()) - {"meta"})
    documents = {name: await database.collections[name].find().sort("_id", 1).to_list(None) for name in names}
    indexes = {name: await database.collections[name].index_information() for name in names}
    for chat in documents["chats"]:
        if chat["status"] == "open" and chat["offline"]:  # its clocks are stopped, and an older Deskwire winds them up
            for clock in ("idle_at", "reply_at", "abandon_at", "warned"):
                chat.pop(clock, None)
    return {name: found for name, found in documents.items() if found}, indexes


@pytest.mark.parametrize("name", MEANT)
async def test_the_way_there_and_back_loses_nothing(name: str, database: Database, tmp_path: Path) -> None:
    """What an older Deskwire finds then is what it left; it makes its index of job runs anew when it starts."""
    dumped = dumps.read(name)
    await dumps.load(dumped, database.collections, tmp_path)
    await database.collections.revocations.insert_one({"_id": "a session that was ended", "expires_at": dumped["at"]})
    documents, indexes = await state(database)
    before = int(name.removeprefix("version_"))
    for _ in range(2):
        await prepare(database, automatic=True)
        there, _ = await state(database)
        assert there != documents
        assert [session["_id"] for session in there["sessions"]] == ["a session that was ended"]
        assert [step.after async for step in migrate(database, before)] == list(range(VERSION - 1, before - 1, -1))
        there, theirs = await state(database)
        assert there == documents
        assert "ttl" not in {**theirs["job_runs"], **theirs["audit"]}
        del indexes["job_runs"]["kept"]
        for collection, found in indexes.items():
            assert found.items() <= theirs[collection].items()
        indexes["job_runs"]["kept"] = {}
    await migrate_all(database)


async def migrate_all(database: Database) -> list[int]:
    return [step.after async for step in migrate(database)]


def test_every_step_has_a_sentence_and_a_way_back_or_a_reason() -> None:
    for number, migration in enumerate(MIGRATIONS, 1):
        assert re.match(rf"{number} → {number + 1}: \w", migration.sentence)
        assert migration.back
    assert [(step.before, step.after) for step in steps(1, VERSION)] == [(n, n + 1) for n in range(1, VERSION)]
    assert [(step.before, step.after) for step in steps(VERSION, 1)] == [(n, n - 1) for n in range(VERSION, 1, -1)]
    assert steps(VERSION, VERSION) == []
    for number in (-1, 0, VERSION + 1):
        with pytest.raises(NoSuchVersion, match=f"there are the versions 1 to {VERSION}, and no {number}"):
            steps(VERSION, number)


def test_where_there_is_no_way_back_nothing_is_undone() -> None:
    final = Migration(MIGRATIONS[0].forward, "the names are gone")
    with pytest.raises(NoWayBack, match="from version 2 there is no way back to 1: the names are gone"):
        steps(3, 1, [final, MIGRATIONS[1]])
    assert len(steps(3, 2, [final, MIGRATIONS[1]])) == 1


async def test_who_meets_another_going_the_other_way_stops(database: Database) -> None:
    await database.collections.meta.insert_one({"_id": "schema", "version": 1})
    way = migrate(database)
    assert (await anext(way)).after == 2
    await database.collections.meta.update_one({"_id": "schema"}, {"$set": {"version": 1}})
    with pytest.raises(SchemaMoved, match="another process has taken the schema to version 1 meanwhile"):
        await anext(way)


async def test_there_and_on_by_several_at_once(database: Database, tmp_path: Path) -> None:
    await dumps.load(dumps.read("version_2"), database.collections, tmp_path)
    assert {tuple(done) for done in await asyncio.gather(*(migrate_all(database) for _ in range(5)))} == {
        tuple(range(3, VERSION + 1))
    }
    assert await database.collections.meta.find_one({"_id": "schema"}) == {"_id": "schema", "version": VERSION}


# As an operator does it


@dataclass(frozen=True)
class Operator:
    place: Place
    settings: dict[str, str]
    database: Database

    async def migrate(self, *given: str, **more: str) -> Done:
        return await self.place.run("migrate", *given, **self.settings, **more)

    async def fill(self, name: str) -> None:
        await dumps.load(dumps.read(name), self.database.collections, self.place.data / "media")

    async def version(self) -> Any:
        return (await self.database.collections.meta.find_one({"_id": "schema"}))["version"]


@pytest.fixture
def operator(place: Place, mongo_url: str, database: Database) -> Operator:  # noqa: F811  that fixture
    return Operator(place, {"MONGODB_URL": mongo_url, "MONGODB_DATABASE": database.collections.name}, database)


@pytest.mark.slow
async def test_migrate_says_what_waits_and_does_it(operator: Operator) -> None:
    await operator.fill("version_2")
    stands = await operator.migrate("--status")
    assert stands.code == 0
    waiting = [f"waits: {n} → {n + 1}" for n in range(2, VERSION)]
    assert re.findall(r"^(?:schema|waits: \d → \d|nothing)", stands.out, re.MULTILINE) == ["schema", *waiting]
    assert await operator.version() == 2
    done = await operator.migrate("--to", "4")
    assert re.findall(r"^done: (\d → \d): ", done.out, re.MULTILINE) == ["2 → 3", "3 → 4"]
    assert done.out.endswith("\nschema version 4\n")
    assert (await operator.migrate()).out.endswith(f"\nschema version {VERSION}\n")
    assert (await operator.migrate("--status")).out == (
        f"schema version {VERSION}, the latest is {VERSION}\nnothing waits\n"
    )
    undone = await operator.migrate("--to", "1")
    assert re.findall(r"^undone: (\d → \d): ", undone.out, re.MULTILINE) == [
        f"{n} → {n + 1}" for n in range(VERSION - 1, 0, -1)
    ]
    assert await operator.version() == 1


@pytest.mark.slow
async def test_migrate_refuses_what_there_is_not(operator: Operator) -> None:
    await operator.fill("version_4")
    done = await operator.migrate("--to", "99")
    assert done.complaint == f"deskwire: there are the versions 1 to {VERSION}, and no 99"
    for given in (("--to", "x"), ("--status", "--to", "2")):
        done = await operator.migrate(*given)
        assert done.code == 2
        assert "Traceback" not in done.err
    assert await operator.version() == 4


@pytest.mark.slow
async def test_a_manual_desk_says_what_waits_and_stops(operator: Operator) -> None:
    await operator.fill("version_4")
    for command in ((), ("create-admin", "7", "zoe", "correct horse")):
        done = await operator.place.run(*command, **operator.settings, MIGRATE="manual")
        assert re.fullmatch(
            rf"deskwire: MIGRATE=manual, and {VERSION - 4} of the schema's steps waits? \(4 → 5: .*\): python run\.py migrate",
            done.complaint,
        )
    assert await operator.version() == 4
    assert await operator.database.collections.people.find_one({"username": "zoe"}) is None
    assert (await operator.migrate(MIGRATE="manual")).code == 0
    async with operator.place.serve(**operator.settings, MIGRATE="manual") as server:
        assert (await server.end()).code == 0


async def test_a_fresh_manual_desk_starts(operator: Operator) -> None:
    async with operator.place.serve(**operator.settings, MIGRATE="manual") as server:
        assert (await server.end()).code == 0
    assert await operator.version() == VERSION


@pytest.mark.slow
async def test_a_newer_database_is_refused_by_every_command(operator: Operator) -> None:
    await operator.database.collections.meta.insert_one({"_id": "schema", "version": VERSION + 1})
    for command in ((), ("migrate",), ("migrate", "--status"), ("migrate", "--to", "1")):
        done = await operator.place.run(*command, **operator.settings)
        assert f"schema version {VERSION + 1}, and this Deskwire knows {VERSION}: start the newer one" in done.complaint
    assert await operator.version() == VERSION + 1


@pytest.mark.slow
async def test_nobody_goes_back_while_a_desk_serves(place: Place) -> None:  # noqa: F811  that fixture
    """With the embedded MongoDB: the command works in the database of the server that runs."""
    async with place.serve() as server:
        refused = (await place.run("migrate", "--to", "2")).complaint
        assert refused.startswith("deskwire: 1 Deskwire servers work on this database")
        assert (await place.run("migrate")).out.endswith(f"\nschema version {VERSION}\n")
        assert (await server.end()).code == 0
    assert (await place.run("migrate", "--to", "2")).code == 0
    async with place.serve() as server:
        assert (await server.end()).code == 0
    assert f"schema version {VERSION}," in (await place.run("migrate", "--status")).out


@pytest.mark.slow
async def test_a_migration_killed_in_its_middle_is_finished_by_the_next(operator: Operator) -> None:
    people = operator.database.collections.people
    count = 100_000
    for begin in range(0, count, 20_000):
        some = range(begin, begin + 20_000)
        await people.insert_many(
            [{"_id": f"c{n}", "role": "customer", "name": "Ann", "site_sub": str(n)} for n in some]
        )
    process = await operator.place.start("migrate", **operator.settings)
    async with asyncio.timeout(60):
        while not await people.find_one({"locale": {"$exists": True}}):
            await asyncio.sleep(0.01)
    process.kill()
    await process.communicate()
    assert await operator.version() == 1
    assert (await operator.migrate()).code == 0
    assert await people.count_documents({"locale": None}) == count
    assert await operator.version() == VERSION


@pytest.mark.slow
async def test_names_that_are_one_whatever_their_case_are_told_and_nothing_is_done(operator: Operator) -> None:
    """Both go on logging in under the older Deskwire; once one of them is renamed, the step is made."""
    people = operator.database.collections.people
    await operator.database.collections.meta.insert_one({"_id": "schema", "version": 5})
    named = {"g1": "agent1", "g2": "AGENT1", "g3": "Eve", "a1": "eve", "g4": "bob"}
    before = [{"_id": number, "role": "agent", "name": name, "username": name} for number, name in named.items()]
    await people.insert_many(before)
    for command in ((), ("migrate",), ("create-admin", "7", "zoe", "correct horse")):
        complaint = (await operator.place.run(*command, **operator.settings)).complaint
        assert "these are one: eve (a1) and Eve (g3); agent1 (g1) and AGENT1 (g2). Nothing was changed" in complaint
        assert "python run.py change-username USERNAME NEW" in complaint
    assert await people.find().sort("_id", 1).to_list(None) == sorted(before, key=lambda each: str(each["_id"]))
    assert await operator.version() == 5
    for username, now in (("AGENT1", "agent2"), ("Eve", "Eve.Moss")):
        done = await operator.place.run("change-username", username, now, **operator.settings)
        assert done.out == f"{username} logs in as {now} from now on.\n"
    assert (await operator.migrate()).code == 0
    keys = {person["_id"]: person["username_key"] async for person in people.find()}
    assert keys == {"g1": "agent1", "g2": "agent2", "g3": "eve.moss", "a1": "eve", "g4": "bob"}
