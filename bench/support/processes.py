"""What processes of this machine use: processor time and memory, as /proc says."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pids: dict[str, int]) -> dict[str, float]:
    """User and system seconds that each of these processes has used so far, to 10 ms."""
    return {name: _seconds(pid) for name, pid in pids.items()}


def busy_seconds() -> float:
    """Processor seconds that everything on this machine has used so far."""
    user, nice, system, _idle, _wait, *interrupts = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]
    return sum(map(int, (user, nice, system, *interrupts))) / TICKS


def resident_kib(pid: int) -> float:
    """The memory of a process that is in use and its own, shared pages in part (Pss)."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return float(next(row.split()[1] for row in rows if row.startswith("Pss:")))


def child_named(parent: int, name: str) -> int:
    """The process id of a child of this name. Raises AssertionError when there is none."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            found, fields = _stat(int(stat.parent.name))
        except OSError:  # it has just ended
            continue
        if int(fields[1]) == parent and found == name:
            return int(stat.parent.name)
    raise AssertionError(f"process {parent} has no {name}")


def _stat(pid: int) -> tuple[str, list[str]]:
    """A process's name, and the fields behind it: state, parent, ..."""
    head, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    return head.partition("(")[2], rest.split()


def _seconds(pid: int) -> float:
    fields = _stat(pid)[1]
    return (int(fields[11]) + int(fields[12])) / TICKS
