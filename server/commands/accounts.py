"""create-admin, create-agent, create-platform, change-password."""

import argparse
import getpass
import sys

from server.core.errors import Invalid
from server.people.accounts import Accounts

ACCOUNT_COMMANDS = ("create-admin", "create-agent", "create-platform", "change-password")


async def run(accounts: Accounts, given: argparse.Namespace, password: str) -> str:
    """Does the command and returns what to print. Raises a Refusal with the sentence that says why not."""
    if given.command == "create-platform":
        platform, credential = await accounts.create_platform(given.id, given.name)
        return f"{platform.name} is {platform.id}. Its credential, shown this once:\n{credential}"
    if given.command == "change-password":
        await accounts.change_password(given.username, password)
        return f"The password of {given.username} is changed; every log-in until now has ended."
    if given.command == "create-admin":
        person = await accounts.create_admin(given.id, given.username, password)
    else:
        person = await accounts.create_agent(
            given.id, given.username, password, name=given.name, departments=given.department, max_chats=given.max_chats
        )
    return f"{person.username} is {person.role} {person.id}."


def password_of(given: argparse.Namespace) -> str:
    """The password argument, standard input's first line for -, else what is typed twice. Raises Invalid."""
    if given.command == "create-platform":
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
