"""Runs a command of run.py: the accounts' commands, migrate, doctor; and finds the database for it."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.commands import doctor
from server.connections.leases import LEASE
from server.core.clock import SystemClock
from server.core.errors import Invalid, Refusal
from server.core.settings import Settings
from server.core.signing_keys import rotate
from server.people.accounts import Accounts
from server.people.audit import Audit
from server.serving.server import reason
from store.build import Stores
from store.client import Database
from store.embedded.command_access import mongo_for_command
from store.errors import (
    Conflict,
    NoReplicaSet,
    NoSuchVersion,
    NoWayBack,
    SchemaBehind,
    SchemaInUse,
    SchemaMoved,
    SchemaTooNew,
    UserNamesClash,
    is_away,
)
from store.migrations import VERSION, migrate, prepare, steps, version_of
from store.records import Person

OPERATORS_OWN = (
    Refusal,
    Conflict,
    NoReplicaSet,
    SchemaTooNew,
    SchemaBehind,
    SchemaInUse,
    SchemaMoved,
    NoWayBack,
    NoSuchVersion,
    UserNamesClash,
)


async def run_account_command(accounts: Accounts, audit: Audit, given: argparse.Namespace, password: str) -> str:
    """Does the command, writes that down and returns what to print. Raises a Refusal with the sentence that says why not."""
    person, said = await _do(accounts, given, password)
    await audit.note(None, DEEDS[given.command], person.id if person else None, by="command")
    return said


DEEDS = {  # what the audit calls what a command did
    "create-admin": "admin_created",
    "create-agent": "agent_created",
    "create-platform": "platform_created",
    "change-password": "password_set",
    "change-username": "username_changed",
}


async def _do(accounts: Accounts, given: argparse.Namespace, password: str) -> tuple[Person | None, str]:
    if given.command == "create-platform":
        platform, credential = await accounts.create_platform(given.id, given.name, given.scope)
        return platform, f"{platform.name} is {platform.id}. Its credential, shown this once:\n{credential}"
    if given.command == "change-username":
        person = await accounts.change_username(given.username, given.new)
        return person, f"{given.username} logs in as {given.new} from now on."
    if given.command == "change-password":
        changed = await accounts.change_password(given.username, password)
        return changed, f"The password of {given.username} is changed; every log-in until now has ended."
    if given.command == "create-admin":
        made = await accounts.create_admin(given.id, given.username, password)
    else:
        made = await accounts.create_agent(
            given.id, given.username, password, name=given.name, departments=given.department, max_chats=given.max_chats
        )
    return made, f"{made.username} is {made.role} {made.id}."


def password_of(given: argparse.Namespace) -> str:
    """The password argument, standard input's first line for -, else what is typed twice. Raises Invalid."""
    if given.command in {"create-platform", "change-username"}:
        return ""
    if given.password == "-":  # noqa: S105  the sign for standard input
        return sys.stdin.readline().rstrip("\n")
    if given.password is not None:
        return str(given.password)
    if not sys.stdin.isatty():
        raise Invalid("give a PASSWORD, or - to read it from standard input")
    typed = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != typed:
        raise Invalid("the two passwords differ")
    return typed


def run_command(settings: Settings, given: argparse.Namespace) -> int:
    """The exit code: 0, or 1 with one line on standard error. Raises MongodFailed."""
    if given.command == "rotate-key":
        return rotate_key(settings)
    try:
        work = {"doctor": examine, "migrate": change_schema}.get(given.command, change_accounts)
        return asyncio.run(work(settings, given))
    except OPERATORS_OWN as error:
        return _say(str(error))
    except Exception as error:
        if is_away(error):
            return _say(f"the database does not answer: {reason(error)}")
        raise


def rotate_key(settings: Settings) -> int:
    """For the key that is kept; one in JWT_SECRET_KEY is its owner's to change."""
    if settings.jwt_secret_key:
        return _say("the keys are in JWT_SECRET_KEY: put a new one and a comma before the one there, and restart")
    if not settings.data_dir.is_dir():
        return _say(f"there is no key yet: {settings.data_dir} is not there")
    rotate(settings.data_dir)
    print(
        "A new key signs as soon as the server is restarted; what the one before has signed is good until the next rotation.\n"
        "Nobody is logged out. Several servers with this DATA_DIR: stop all of them, then start them."
    )
    return 0


async def change_accounts(settings: Settings, given: argparse.Namespace) -> int:
    password = password_of(given)
    async with database_of(settings) as database:
        await database.require_replica_set()
        stores = Stores.of(database, "")
        if given.command == "change-username":
            await version_of(database)  # it parts names that no migration may join, so it waits for none
        else:
            await prepare(database, automatic=settings.migrate == "auto")
        accounts = Accounts(stores.people, stores.credentials, stores.seats, SystemClock(), settings.agent_max_chats)
        print(await run_account_command(accounts, Audit(stores.audit, SystemClock()), given, password))
    return 0


async def change_schema(settings: Settings, given: argparse.Namespace) -> int:
    """Says where the schema stands; without --status goes to the version asked for, a line a step."""
    async with database_of(settings) as database:
        await database.require_replica_set()
        stores = Stores.of(database, "")  # the indexes are declared by the stores' rows
        version = await version_of(database)
        print(f"schema version {version}, the latest is {VERSION}")
        if given.status:
            waiting = [f"waits: {step.migration.sentence}" for step in steps(version, VERSION)]
            print("\n".join(waiting or ["nothing waits"]))
            return 0
        to = VERSION if given.to is None else given.to
        if 0 < to < version:
            await _require_nobody_serves(stores)
        async for step in migrate(database, to):
            print(f"{'done' if step.before < step.after else 'undone'}: {step.migration.sentence}", flush=True)
        print(f"schema version {await version_of(database)}")
    return 0


async def _require_nobody_serves(stores: Stores) -> None:
    """Raises SchemaInUse: a server of this version goes on to write as this version does."""
    if serving := await stores.processes.beaten_since(SystemClock().now() - LEASE):
        raise SchemaInUse(
            f"{len(serving)} Deskwire servers work on this database and need its schema as it is: stop them, and go back "
            f"{LEASE.total_seconds():g} seconds after the last one has ended"
        )


async def examine(settings: Settings, _: argparse.Namespace) -> int:
    """Prints the doctor's findings; 1 when one of them is bad."""
    async with database_of(settings) as database:
        findings = await doctor.examine(settings, database)
    print(*findings, sep="\n")
    return int(any(finding.well is False for finding in findings))


@asynccontextmanager
async def database_of(settings: Settings) -> AsyncIterator[Database]:
    """The database of these settings, closed at the end of the block."""
    if settings.mongodb_url:
        database = Database(settings.mongodb_url, settings.mongodb_database)
        try:
            yield database
        finally:
            await database.close()
        return
    async with mongo_for_command(settings.data_dir, str(settings.mongod_binary or "")) as url:
        database = Database(url, settings.mongodb_database)
        try:
            yield database
        finally:
            await database.close()


def _say(sentence: str) -> int:
    print(f"deskwire: {sentence}", file=sys.stderr)
    return 1
