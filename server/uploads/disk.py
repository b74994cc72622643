"""Where stored files lie, and how they come there and go."""

from pathlib import Path

from server.realtime.upload_urls import THUMB
from server.uploads.content import Content


def move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source.replace(target)


def keep(came: Path, target: Path, content: Content) -> None:
    """Puts a file where it stays: what came, or what was made of it, and its thumbnail."""
    if content.has_thumb:
        move(came.with_name(came.name + ".thumb"), target.with_name(target.name + THUMB))
    move(came if content.size is None else came.with_name(came.name + ".new"), target)


def remove(folder: Path, path: str) -> int:
    """Takes the file that lies under this path from the disk, and whatever was made from it, which has its random name at
    the beginning of its own; how many there were.
    """
    found = [each for each in (folder / path).parent.glob(f"{Path(path).stem}*") if each.is_file()]
    for each in found:
        each.unlink(missing_ok=True)
    return len(found)
