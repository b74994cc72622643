"""Files that are still coming: written as their bytes come, within the quotas and above the floor of the disk."""

import asyncio
import errno
import secrets
import shutil
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from server.core.errors import Invalid, StorageFull, TooLarge
from server.uploads.quotas import Allowance

LOOK_EVERY = 1 << 20  # bytes between two looks at how full the disk is
LEFT_BEHIND = timedelta(minutes=2)  # a file that nobody has written to for as long is of a process that died
FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class Incoming:
    """`folder` is the desk's own, and may be shared by several processes."""

    folder: Path
    min_free: int

    @asynccontextmanager
    async def file(self) -> AsyncIterator[Path]:
        """The path of a file that is gone afterwards, unless it was moved away, and whatever was made beside it."""
        path = self.folder / secrets.token_hex(16)
        try:
            yield path
        finally:
            await asyncio.to_thread(_remove_all, path)

    async def write(self, path: Path, pieces: AsyncIterable[bytes], allowance: Allowance, max_size: int) -> int:
        """The size of what came. Raises TooLarge, StorageFull, QuotaSpent, Invalid for a file without a byte."""
        size, looked_at = 0, 0
        try:
            await asyncio.to_thread(self._make_room)
            with await asyncio.to_thread(path.open, "xb") as file:
                async for piece in pieces:
                    size += len(piece)
                    if size > max_size:
                        raise TooLarge(f"a file has at most {max_size} bytes", max_file_size=max_size)
                    await allowance.cover(size)
                    if size - looked_at >= LOOK_EVERY:
                        looked_at = size
                        await asyncio.to_thread(self._make_room)
                    await asyncio.to_thread(file.write, piece)
        except OSError as error:
            if error.errno in FULL:
                raise StorageFull from error
            raise
        if not size:
            raise Invalid("the file is empty", fields={"file": ["The file is empty."]})
        return size

    def _make_room(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if shutil.disk_usage(self.folder).free < self.min_free:
            raise StorageFull

    async def sweep(self, now: datetime, *, is_alone: bool) -> int:
        """Removes what processes that died have left behind; how many. `is_alone`: nobody is writing here just now."""
        before = None if is_alone else now - LEFT_BEHIND
        return await asyncio.to_thread(_sweep, self.folder, before)


def _sweep(folder: Path, before: datetime | None) -> int:
    count = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(FileNotFoundError):  # another process was faster
            if before is None or path.stat().st_mtime < before.timestamp():
                path.unlink()
                count += 1
    return count


def _remove_all(path: Path) -> None:
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink(missing_ok=True)
