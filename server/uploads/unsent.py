"""Files that nobody has sent: gone after a day. And what processes that died have left half received."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from server.core.clock import Clock
from server.uploads.disk import remove
from server.uploads.incoming import Incoming
from store.uploads import UnsentUploads, Uploads

KEPT = timedelta(hours=24)
BATCH = 200


@dataclass(frozen=True)
class UnsentFiles:
    """`is_alone`: no other process writes to the media folder."""

    folder: Path
    unsent: UnsentUploads
    uploads: Uploads
    incoming: Incoming
    clock: Clock
    is_alone: bool

    async def begin(self) -> None:
        """At a start of the desk nothing is coming yet."""
        await self.incoming.sweep(self.clock.now(), is_alone=self.is_alone)

    async def drop_old(self) -> None:
        """First nobody can send them any more, then they are removed: one that is being sent is not lost."""
        now = self.clock.now()
        await self.incoming.sweep(now, is_alone=False)
        await self.unsent.give_up(now - KEPT)
        while gone := await self.unsent.given_up(BATCH):
            for upload in gone:
                await asyncio.to_thread(remove, self.folder, upload.path)
                await self.uploads.forget(upload.id)
