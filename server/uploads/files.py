"""Takes a file in: allowed, counted as it comes, recognised by its content, kept under a random name."""

import asyncio
import secrets
from collections.abc import AsyncIterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.core.clock import Clock
from server.core.errors import Conflict, Forbidden, Unavailable, UnsupportedType
from server.core.identity import Identity
from server.core.settings import Settings
from server.core.write_guard import WriteGuard
from server.realtime.upload_urls import THUMB, UploadUrls, shown_upload
from server.uploads.content import TURNED, TYPES, Content, Inspection
from server.uploads.disk import keep, remove
from server.uploads.incoming import Incoming
from server.uploads.names import clean_name
from server.uploads.quotas import DailyQuotas
from store.chats import Chats
from store.records import Upload
from store.uploads import Uploads

AVATAR = "avatar"  # what an upload may be for, if not for a chat
AVATAR_MAX = 2 << 20  # bytes


@dataclass(frozen=True)
class Given:
    """What a request says of the file that follows. `expected`: about how many bytes, 0 when it does not say."""

    name: str
    address: str
    expected: int
    purpose: str | None


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
    settings: Settings
    uploads: Uploads
    chats: Chats
    incoming: Incoming
    quotas: DailyQuotas
    inspection: Inspection
    upload_urls: UploadUrls
    write_guard: WriteGuard
    clock: Clock

    async def check_sender(self, who: Identity, purpose: str | None) -> None:
        """Raises Forbidden for one who may only read or says nothing in chats, Conflict for a customer without a chat."""
        await self.write_guard.check_stored(who)
        if purpose != AVATAR:
            if who.role not in {"customer", "agent"}:
                raise Forbidden("only those who talk in chats send files")
            unended = await self.chats.unended_of(who.id) if who.role == "customer" else []
            if who.role == "customer" and not any(who.may_see(chat) for chat in unended):
                raise Conflict("files are sent in a chat: ask for one first, then send the file again")

    async def receive(self, who: Identity, given: Given, pieces: AsyncIterable[bytes]) -> dict[str, Any]:
        """Stores the file and returns its Upload. On any failure nothing of it is left; what is not taken for what it is counts
        all the same: to look at it costs more than to keep it.

        Raises what `check_sender` and `Incoming.write` raise, UnsupportedType for a file that is not taken; Forbidden also
        for one who may only read since the file has begun to come.
        """
        await self.check_sender(who, given.purpose)
        allowance = self.quotas.allowance(who.id, given.address, min(given.expected, self.max_size(given.purpose)))
        counted = 0
        try:
            async with self.incoming.file() as path:
                size = await self.incoming.write(path, pieces, allowance, self.max_size(given.purpose))
                counted = size
                upload = await self._take(who, given, path, size)
                counted = upload.size
        except Unavailable:  # nobody has looked at it
            counted = 0
            raise
        finally:
            await allowance.settle(counted)
        return self.upload_urls.upload(who, shown_upload(upload.kept()) or {})

    def max_size(self, purpose: str | None) -> int:
        """Bytes."""
        return min(self.settings.max_file_size, AVATAR_MAX) if purpose == AVATAR else self.settings.max_file_size

    async def _take(self, who: Identity, given: Given, path: Path, size: int) -> Upload:
        content = await self.inspection.look(path, who.id, given.address)
        if given.purpose == AVATAR and content.width is None:
            raise UnsupportedType("a picture of oneself is a picture", accepted=[*TYPES.values(), *TURNED])
        await self.write_guard.check_stored(who)
        upload = self._describe(who, given, content.size or size, content)
        await self._keep(upload, path, content)
        return upload

    def _describe(self, who: Identity, given: Given, size: int, content: Content) -> Upload:
        now = self.clock.now()
        folder = "avatars/" if given.purpose == AVATAR else ""
        return Upload(
            id=secrets.token_urlsafe(16),
            owner_id=who.id,
            chat_ids=[],
            name=clean_name(given.name, content.suffix, is_other_kind=content.is_other_kind),
            size=size,
            content_type=content.content_type,
            width=content.width,
            height=content.height,
            path=f"{folder}{now:%Y/%m/%d}/{secrets.token_hex(16)}.{content.suffix}",
            created_at=now,
            purpose=given.purpose,
            gone=None,
            charset=content.charset,
            thumb=content.has_thumb or None,
        )

    async def _keep(self, upload: Upload, path: Path, content: Content) -> None:
        """First what is known of it: a file that nothing knows would stay for ever, should we die in between."""
        await self.uploads.insert(upload)
        try:
            await asyncio.to_thread(keep, path, self._folder / upload.path, content)
        except BaseException:
            await self.uploads.forget(upload.id)
            raise

    async def find(self, path: str) -> Download | None:
        """The file under this path, or the thumbnail; None when there is none."""
        whole = path.removesuffix(THUMB)
        upload = await self.uploads.by_path(whole)
        if upload is None or upload.gone or not await asyncio.to_thread((self._folder / path).is_file):
            return None
        unsent_of = None if upload.chat_ids else upload.owner_id
        is_image = upload.width is not None
        if path != whole:
            return Download(unsent_of, self._folder / path, f"{upload.name}.webp", TYPES["WEBP"], is_image=is_image)
        charset = "utf-8" if upload.charset is None else upload.charset
        is_told = upload.content_type.startswith("text/") and charset
        content_type = f"{upload.content_type}; charset={charset}" if is_told else upload.content_type
        return Download(unsent_of, self._folder / path, upload.name, content_type, is_image=is_image)

    async def remove(self, path: str) -> int:
        """Removes the file that lies under this path, and what was made from it; how many there were."""
        return await asyncio.to_thread(remove, self._folder, path)

    @property
    def _folder(self) -> Path:
        return self.settings.media_folder
