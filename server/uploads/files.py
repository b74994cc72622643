"""Takes a file in: counted as it comes, recognised by its content, kept under a random name."""

import asyncio
import secrets
import unicodedata
from collections.abc import AsyncIterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.core.clock import Clock
from server.core.errors import Invalid, TooLarge, UnsupportedType
from server.core.identity import Identity
from server.core.write_guard import WriteGuard
from server.realtime.upload_urls import UploadUrls, shown_upload
from server.uploads.content import ACCEPTED, Content, recognise
from store.records import Upload
from store.uploads import Uploads

NAME_MAX = 200


@dataclass(frozen=True)
class Download:
    """A stored file and how to hand it out. `unsent_of`: its owner, while it has not been sent in any chat."""

    unsent_of: str | None
    path: Path
    name: str
    content_type: str
    is_image: bool


@dataclass(frozen=True)
class Files:
    folder: Path
    max_size: int
    uploads: Uploads
    upload_urls: UploadUrls
    write_guard: WriteGuard
    clock: Clock

    async def receive(self, who: Identity, name: str, pieces: AsyncIterable[bytes]) -> dict[str, Any]:
        """Stores the file and returns its Upload. On any failure nothing of it is left.

        Raises TooLarge beyond `max_size` bytes, Invalid for an empty one, UnsupportedType for one not on the allow-list,
        Forbidden for one who may only read, also if that has come to be while the file came.
        """
        await self.write_guard.check_stored(who)
        incoming = self.folder / "incoming" / secrets.token_hex(16)
        try:
            size = await self._write(incoming, pieces)
            content = await asyncio.to_thread(recognise, incoming)
            if content is None:
                raise UnsupportedType("accepted are " + ", ".join(sorted(ACCEPTED)), accepted=sorted(ACCEPTED))
            await self.write_guard.check_stored(who)
            upload = self._describe(who, name, size, content)
            await asyncio.to_thread(_move, incoming, self.folder / upload.path)
            await self._keep(upload)
        finally:
            await asyncio.to_thread(incoming.unlink, missing_ok=True)
        return self.upload_urls.upload(who, shown_upload(upload.kept()) or {})

    async def _write(self, path: Path, pieces: AsyncIterable[bytes]) -> int:
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True, mode=0o700)
        size = 0
        with await asyncio.to_thread(path.open, "xb") as file:
            async for piece in pieces:
                size += len(piece)
                if size > self.max_size:
                    raise TooLarge(f"a file has at most {self.max_size} bytes", max_file_size=self.max_size)
                await asyncio.to_thread(file.write, piece)
        if not size:
            raise Invalid("the file is empty", fields={"file": ["The file is empty."]})
        return size

    def _describe(self, who: Identity, name: str, size: int, content: Content) -> Upload:
        now = self.clock.now()
        return Upload(
            id=secrets.token_urlsafe(16),
            owner_id=who.id,
            chat_ids=[],
            name=clean_name(name, content.suffix),
            size=size,
            content_type=content.content_type,
            width=content.width,
            height=content.height,
            path=f"{now:%Y/%m/%d}/{secrets.token_hex(16)}.{content.suffix}",
            created_at=now,
        )

    async def _keep(self, upload: Upload) -> None:
        try:
            await self.uploads.insert(upload)
        except BaseException:
            await asyncio.to_thread((self.folder / upload.path).unlink, missing_ok=True)
            raise

    async def find(self, path: str) -> Download | None:
        """The file under this path; None when there is none."""
        upload = await self.uploads.by_path(path)
        file = self.folder / upload.path if upload else None
        if upload is None or file is None or not await asyncio.to_thread(file.is_file):
            return None
        unsent_of = None if upload.chat_ids else upload.owner_id
        return Download(unsent_of, file, upload.name, upload.content_type, upload.width is not None)

    async def remove(self, path: str) -> int:
        """Removes the file that lies under this path, and what was made from it; how many there were."""
        return await asyncio.to_thread(remove_file, self.folder / path)


def clean_name(name: str, suffix: str) -> str:
    """The last part of what the sender called it, without control or direction characters, of bounded length."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip(" .")
    stem, dot, ending = printable.rpartition(".")
    if len(printable) > NAME_MAX and dot and len(ending) <= 10:
        printable = stem[: NAME_MAX - len(ending) - 1] + "." + ending
    return printable[:NAME_MAX] or f"file.{suffix}"


def remove_file(file: Path) -> int:
    """Whatever was made from a file has its random name at the beginning of its own."""
    found = [each for each in file.parent.glob(f"{file.stem}*") if each.is_file()]
    for each in found:
        each.unlink(missing_ok=True)
    return len(found)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source.replace(target)
