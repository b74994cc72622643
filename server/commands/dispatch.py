"""Runs a command with the database it needs: the running server's, or one of its own for as long as it takes."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.commands import accounts as account_commands
from server.commands import doctor
from server.core.clock import SystemClock
from server.core.errors import Refusal
from server.core.settings import Settings
from server.people.accounts import Accounts
from server.serving.server import reason
from store.client import Database
from store.embedded.command_access import mongo_for_command
from store.errors import Conflict, NoReplicaSet, SchemaTooNew, is_away
from store.migrations import migrate
from store.people import People
from store.seats import Seats


def run_command(settings: Settings, given: argparse.Namespace) -> int:
    """The exit code: 0, or 1 with one line on standard error. Raises MongodFailed."""
    try:
        work = examine(settings) if given.command == "doctor" else change_accounts(settings, given)
        return asyncio.run(work)
    except (Refusal, Conflict, NoReplicaSet, SchemaTooNew) as error:
        return _say(str(error))
    except Exception as error:
        if is_away(error):
            return _say(f"the database does not answer: {reason(error)}")
        raise


async def change_accounts(settings: Settings, given: argparse.Namespace) -> int:
    password = account_commands.password_of(given)
    async with database_of(settings) as database:
        await database.require_replica_set()
        await migrate(database)
        accounts = Accounts(People(database), Seats(database), SystemClock(), settings.agent_max_chats)
        print(await account_commands.run(accounts, given, password))
    return 0


async def examine(settings: Settings) -> int:
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
