"""Where stored files lie, and how they come there and go."""

from pathlib import Path


def move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source.replace(target)


def remove(folder: Path, path: str) -> int:
    """Takes the file that lies under this path from the disk, and whatever was made from it, which has its random name at
    the beginning of its own; how many there were.
    """
    found = [each for each in (folder / path).parent.glob(f"{Path(path).stem}*") if each.is_file()]
    for each in found:
        each.unlink(missing_ok=True)
    return len(found)
