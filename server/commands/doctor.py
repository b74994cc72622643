"""doctor: looks at everything a desk needs, and says of each whether it is well."""

import asyncio
import base64
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from server.core.settings import Settings
from server.serving.server import reason
from store.client import Database
from store.mail.incoming import MailPlaces
from store.redis.channel import Channel, RedisAway

FREE_BYTES = 500 * 2**20
CLOCK_SECONDS = 5.0
PATIENCE_SECONDS = 3.0
OF_THE_DATABASE = ("replica set", "clock", "mail")


@dataclass(frozen=True)
class Finding:
    """`well` is None where there was nothing to check."""

    what: str
    well: bool | None
    detail: str

    def __str__(self) -> str:
        return f"{ {True: 'ok', False: 'BAD', None: '--'}[self.well]:<4}{self.what}: {self.detail}"


async def examine(settings: Settings, database: Database) -> list[Finding]:
    """Every check, in the order in which a failure would explain the next ones. Raises nothing."""
    checks: list[tuple[str, Callable[[], Awaitable[Finding]]]] = [
        ("database", lambda: _database(database)),
        ("replica set", lambda: _replica_set(database)),
        ("clock", lambda: _clock(database)),
        ("data folder", lambda: _folder("data folder", settings.data_dir)),
        ("media folder", lambda: _folder("media folder", settings.media_folder)),
        ("redis", lambda: _redis(settings)),
        ("mail", lambda: _mail(settings, database)),
        ("websocket", lambda: _websocket(settings)),
    ]
    findings: list[Finding] = []
    for what, check in checks:
        if what in OF_THE_DATABASE and not findings[0].well:
            findings.append(Finding(what, None, "not looked at: the database does not answer"))
            continue
        try:
            findings.append(await check())
        except Exception as error:  # the doctor reports what it finds, whatever it is
            findings.append(Finding(what, False, f"{type(error).__name__}: {reason(error)}"))
    return findings


async def _database(database: Database) -> Finding:
    await database.ping()
    return Finding("database", True, f"MongoDB {await database.version()} answers")


async def _replica_set(database: Database) -> Finding:
    await database.require_replica_set()
    return Finding("replica set", True, "yes")


async def _clock(database: Database) -> Finding:
    apart = abs((datetime.now(UTC) - await database.time()).total_seconds())
    return Finding("clock", apart < CLOCK_SECONDS, f"{apart:.1f} s apart from the database's")


async def _folder(what: str, folder: Path) -> Finding:
    return await asyncio.to_thread(_look_at, what, folder)


def _look_at(what: str, folder: Path) -> Finding:
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    detail = f"{folder}: {'can' if os.access(folder, os.W_OK) else 'cannot'} be written, {free // 2**20} MiB free"
    return Finding(what, os.access(folder, os.W_OK) and free > FREE_BYTES, detail)


async def _mail(settings: Settings, database: Database) -> Finding:
    """The mailbox, and the mails of which nothing could be made."""
    if not settings.imap_url:
        return Finding("mail", None, "no mailbox is read: IMAP_URL is empty")
    failed = await MailPlaces(database).kept_failures()
    if failed:
        where = settings.data_dir / "mail" / "failed"
        names = ", ".join(f"{mail.id}.eml ({mail.why})" for mail in failed[:5])
        return Finding("mail", False, f"{len(failed)} mails could not be read; they lie in {where}: {names}")
    return Finding("mail", True, "every mail that came could be read")


async def _redis(settings: Settings) -> Finding:
    if not settings.redis_url:
        return Finding("redis", None, "not used: one process")
    try:
        version = await Channel(settings.redis_url, settings.mongodb_database).version()
    except RedisAway as error:
        return Finding("redis", False, f"REDIS_URL does not answer: {error}")
    return Finding("redis", True, f"Redis {version} answers")


async def _websocket(settings: Settings) -> Finding:
    """Asks the running server, if one runs, to upgrade a request as a browser would."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(settings.host, settings.port), PATIENCE_SECONDS)
    except OSError:
        return Finding(
            "websocket", None, f"nobody listens on {settings.host}:{settings.port}; start the server to check it"
        )
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {settings.host}:{settings.port}\r\n"
        f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    try:
        status = (await asyncio.wait_for(reader.readline(), PATIENCE_SECONDS)).decode(errors="replace").strip()
    except (TimeoutError, OSError):
        status = ""
    finally:
        writer.close()
    return Finding("websocket", " 101 " in status, status or "whoever listens there does not answer")
