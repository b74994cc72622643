"""Has mails looked at (mail_file.py) by a process of its own, with a deadline."""

import asyncio
import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from server.core.worker_process import WorkerProcess
from server.mail.automatic import Bounce

TOO_LARGE = "more than 64 MB"
SECONDS = 60.0  # for one mail, the start of the process included
LINE_MAX = 16 << 20  # bytes of an answer


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


class MailWorker:
    """One process, for one mail at a time. After a mail that it could not cope with it is another one."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process = WorkerProcess("server.mail.mail_file", LINE_MAX)

    async def read(self, mail: Path, *, is_beginning: bool = False) -> ReadMail:
        """What the mail under this absolute path says; its files lie beside it afterwards. Raises Unreadable.

        `is_beginning`: the file is not the whole mail: none of its files is whole, so that all count as too large.
        """
        line = b""
        try:
            async with asyncio.timeout(self._seconds):
                await self._process.start()
                line = await self._process.ask(mail)
        except TimeoutError:
            raise Unreadable(f"it took longer than {self._seconds:g} s") from None
        except ConnectionError as error:
            raise Unreadable(str(error)) from None
        finally:
            if not line:
                await self.stop()
        answer = json.loads(line)
        if "error" in answer:
            raise Unreadable(answer["error"])
        read = ReadMail.of(answer)
        if is_beginning:
            return replace(read, files=[], too_many=[*read.too_many, *(file.name for file in read.files), TOO_LARGE])
        return read

    async def stop(self) -> None:
        await self._process.stop()
