"""Has a mail looked at (mail_file.py) by a process of its own, with a deadline."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from server.mail.automatic import Bounce

HERE = Path(__file__).resolve().parents[2]
SECONDS = 60.0  # for one mail, the start of the process included


class Unreadable(Exception):
    """Nothing could be made of the mail; the message says why."""


@dataclass(frozen=True)
class MailFile:
    """A file of a mail, where it lies. `digest`: of its bytes."""

    name: str
    size: int
    is_inline: bool
    digest: str
    path: str


@dataclass(frozen=True)
class ReadMail:
    """As parsing.ParsedMail, its files on the disk."""

    message_id: str | None
    sender: str
    sender_name: str
    recipients: list[str]
    references: list[str]
    subject: str
    text: str
    too_many: list[str]
    automatic: str | None
    bounce: Bounce | None
    files: list[MailFile]

    @classmethod
    def of(cls, said: dict[str, Any]) -> Self:
        plain = {field.name: said[field.name] for field in fields(cls)}
        bounce = Bounce(**said["bounce"]) if said["bounce"] else None
        return cls(**{**plain, "bounce": bounce, "files": [MailFile(**file) for file in said["files"]]})


async def read_mail(mail: Path, folder: Path, seconds: float = SECONDS) -> ReadMail:
    """What the mail in this file says; its files are in the folder afterwards. Both paths are absolute. Raises Unreadable."""
    # Without our environment: it needs none of the secrets, and looks at what strangers send.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.mail.mail_file", str(mail), str(folder)),
        stdin=DEVNULL, stdout=PIPE, stderr=PIPE, cwd=HERE, env={}, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            answer, complaint = await process.communicate()
    except TimeoutError:
        raise Unreadable(f"it took longer than {seconds:g} s") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.communicate()
    if process.returncode:
        raise Unreadable(complaint.decode(errors="replace").strip().rpartition("\n")[2][:300] or "its process died")
    return ReadMail.of(json.loads(answer))
