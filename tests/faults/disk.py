"""A disk that is full: a small tmpfs, where this machine lets us mount one."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.arena import Arena

SIZE = "700m"  # two journals of 100 MB, the oplog, the data
LEFT = 64 * 1024  # bytes
FULL_SECONDS = 6.0


class NotAllowed(Exception):
    """The text says why."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A tmpfs of its own. Raises NotAllowed."""
    place = folder / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        raise NotAllowed("this machine lets nobody mount a tmpfs here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


async def fill(arena: Arena) -> None:
    """Full for a while, then room again."""
    await arena.until_acked(500)
    arena.journal.fault("disk")
    ballast = arena.folder / "ballast"
    with ballast.open("wb") as file:
        free = os.statvfs(arena.folder)
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - LEFT)
    await asyncio.sleep(FULL_SECONDS)
    ballast.unlink()
    await arena.until_acked(500, 60)
