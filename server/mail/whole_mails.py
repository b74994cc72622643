"""The whole mail behind a line: kept beside the files of its chat, for staff; and the mails of which nothing could be made."""

import asyncio
import logging
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.chat.access import Access
from server.core.clock import Clock
from server.core.errors import NotFound
from server.core.identity import Identity
from server.realtime.upload_urls import UploadUrls, shown_upload
from store.log.history import History
from store.records import Upload
from store.uploads import Uploads

log = logging.getLogger(__name__)

KEY = "mail-"  # how the client_ids of a mail's lines begin; its key and a number follow
PURPOSE = "mail"
NO_MAIL = "there is no such line, or it did not come by mail"


def line_id(key: str, part: str) -> str:
    """The client_id of a line that a mail brings: the same at every try."""
    return f"{KEY}{key}-{part}"


def _upload_id(key: str) -> str:
    return f"{KEY}{key}"


@dataclass(frozen=True)
class WholeMails:
    """`media`: where files of chats lie, and go with them. `failed_folder`: for mails that belong to none."""

    uploads: Uploads
    history: History
    access: Access
    upload_urls: UploadUrls
    clock: Clock
    media: Path
    failed_folder: Path

    async def keep(self, key: str, raw: Path, customer_id: str, chat_id: str) -> None:
        """Again: nothing is left to do."""
        if await self.uploads.find(_upload_id(key)):
            return
        now = self.clock.now()
        upload = Upload(
            id=_upload_id(key),
            owner_id=customer_id,
            chat_ids=[chat_id],
            name="mail.eml",
            size=(await asyncio.to_thread(raw.stat)).st_size,
            content_type="message/rfc822",
            width=None,
            height=None,
            path=f"{now:%Y/%m/%d}/{secrets.token_hex(16)}.eml",
            created_at=now,
            purpose=PURPOSE,
            gone=None,
            charset=None,
            thumb=None,
        )
        await self.uploads.insert(upload)  # first what is known of it: a file that nothing knows would stay for ever
        await asyncio.to_thread(_copy, raw, self.media / upload.path)

    async def of_line(self, who: Identity, chat_id: str, seq: int) -> dict[str, Any]:
        """The mail that brought this line, as a file to load. Raises NotFound."""
        await self.access.visible_chat(who, chat_id)
        lines, _ = await self.history.lines(chat_id, after=seq - 1, limit=1)
        client_id = lines[0].client_id if lines and lines[0].seq == seq else None
        if client_id is None or not client_id.startswith(KEY):
            raise NotFound(NO_MAIL)
        upload = await self.uploads.find(client_id.rpartition("-")[0])
        if upload is None or upload.purpose != PURPOSE:
            raise NotFound(NO_MAIL)
        return {"upload": self.upload_urls.upload(who, shown_upload(upload.kept()) or {})}

    async def keep_failed(self, key: str, raw: Path | None, why: str) -> None:
        """Nothing can be made of it: an admin looks at its file."""
        if raw:
            await asyncio.to_thread(_copy, raw, self.failed_folder / f"{key}.eml")
        log.error("a mail could not be read, it is kept as %s.eml in %s: %s", key, self.failed_folder, why)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = target.with_name(target.name + ".new")
    fresh.touch(mode=0o600)
    shutil.copyfile(source, fresh)
    fresh.replace(target)
