"""What a server holds: memory, open files, tasks, connections; from /proc and its own /metrics."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

MIB = 2**20
FILES_SLACK, TASKS_SLACK = 5, 60  # a log turned; a connection has two tasks more from its first ping on
MEMORY_SLACK = 48 * MIB  # caches that fill once


@dataclass(frozen=True)
class Figures:
    """`files` without the sockets to the database, whose pool may grow to its bound and stay there."""

    memory: int  # bytes
    files: int
    tasks: int
    transports: int

    @classmethod
    def of(cls, pid: int, metrics: str) -> Figures:
        return cls(_memory(pid), _files(pid), _metric(metrics, "tasks"), _metric(metrics, "transports"))

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def beyond(self, before: Figures, memory_slack: int = MEMORY_SLACK) -> list[str]:
        """In what this is more than it was before, in words."""
        slack = {"files": FILES_SLACK, "tasks": TASKS_SLACK, "transports": 0}
        found = [
            f"{name}: {getattr(before, name)} before, {getattr(self, name)} after"
            for name, allowed in slack.items()
            if getattr(self, name) > getattr(before, name) + allowed
        ]
        if self.memory > before.memory + memory_slack:
            found.append(f"memory: {before.memory // MIB} MiB before, {self.memory // MIB} MiB after")
        return found


def _memory(pid: int) -> int:
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match
    return int(match[1]) * 1024


def _files(pid: int) -> int:
    unix = {line.split()[6] for line in Path(f"/proc/{pid}/net/unix").read_text().splitlines()[1:]}
    count = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # closed since
            inode = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
            count += not (inode and inode[1] in unix)
    return count


def _metric(text: str, name: str) -> int:
    match = re.search(rf"^deskwire_{name} (\S+)$", text, re.MULTILINE)
    assert match, f"/metrics says nothing of deskwire_{name}"
    return int(float(match[1]))
