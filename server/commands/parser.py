"""The command line of run.py, and the settings as it shows them."""

import argparse
import textwrap
from collections.abc import Iterable

from server.core.scopes import SCOPES
from server.core.settings import Row


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="run.py", description="Deskwire. Without a command: serves.")
    commands = root.add_subparsers(dest="command", metavar="COMMAND")
    _account(commands.add_parser("create-admin", help="make an admin"), "7 or a7")
    agent = commands.add_parser("create-agent", help="make an agent and its seat")
    _account(agent, "7 or g7")
    agent.add_argument("--name", help="the name customers see; the user name without it")
    agent.add_argument(
        "--department", action="append", default=[], metavar="D", help="a department it serves; again for more"
    )
    agent.add_argument("--max-chats", type=int, metavar="N", help="its seats, 0 to 50; AGENT_MAX_CHATS without it")
    platform = commands.add_parser("create-platform", help="make another server's credential; it is printed once")
    platform.add_argument("id", metavar="ID", help="7 or p7")
    platform.add_argument("name", metavar="NAME")
    platform.add_argument(
        "--scope",
        action="append",
        choices=SCOPES,
        metavar="S",
        help=f"{', '.join(SCOPES)}; again for more; all without it",
    )
    change = commands.add_parser("change-password", help="a new password; every log-in until now ends")
    change.add_argument("username", metavar="USERNAME")
    _password(change)
    rename = commands.add_parser("change-username", help="another user name to log in with")
    rename.add_argument("username", metavar="USERNAME", help="in exactly these letters")
    rename.add_argument("new", metavar="NEW")
    migrate = commands.add_parser("migrate", help="bring the database's schema up to date, or to another version")
    migrations = migrate.add_mutually_exclusive_group()
    migrations.add_argument("--status", action="store_true", help="only say where it stands and what waits")
    migrations.add_argument("--to", type=int, metavar="N", help="this version, back too; the latest without it")
    commands.add_parser("rotate-key", help="a new key that signs; the one kept until now is accepted still")
    commands.add_parser("settings", help="every setting: value, default, meaning")
    commands.add_parser("doctor", help="check database, directories, clock and the WebSocket upgrade")
    return root


def _account(parser: argparse.ArgumentParser, id_form: str) -> None:
    parser.add_argument("id", metavar="ID", help=id_form)
    parser.add_argument("username", metavar="USERNAME")
    _password(parser)


def _password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "password", metavar="PASSWORD", nargs="?", help="asked for when left out; - reads standard input"
    )


def text(rows: Iterable[Row]) -> str:
    """A paragraph a setting: NAME=value, its default where that differs, its meaning."""
    paragraphs = []
    for row in rows:
        default = f"   (default: {row.default or 'empty'})" if row.value != row.default else ""
        meaning = textwrap.fill(row.meaning, 96, initial_indent="    ", subsequent_indent="    ")
        paragraphs.append(f"{row.name}={row.value}{default}\n{meaning}")
    return "\n".join(paragraphs)
