"""Figures as a Markdown table, each with its aim."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from math import nan
from pathlib import Path

WIDE = 2.0  # an aim missed by more than this factor fails the run: a shared machine explains no more


@dataclass(frozen=True)
class Row:
    """One measurement. `judged` is held against `aim`, both in the same unit; None: for information.

    It should be at most the aim, or with `atleast` no less than it.
    """

    what: str
    figure: str
    judged: float | None = None
    aim: float | None = None
    unit: str = ""
    atleast: bool = False

    @property
    def verdict(self) -> str:
        if self.judged is None or self.aim is None:
            return ""
        if self.atleast:
            found, bound = self.aim, self.judged
        else:
            found, bound = self.judged, self.aim
        if found <= bound:
            return "met"
        return "missed" if found <= bound * WIDE else "MISSED WIDELY"

    @property
    def aimed(self) -> str:
        return "" if self.aim is None else f"{'≥' if self.atleast else '≤'} {self.aim:g} {self.unit}".rstrip()


def percentile(samples: Iterable[float], share: float) -> float:
    """The sample at or below which this share of all lies (nearest rank); not a number where there is none."""
    ordered = sorted(samples) or [nan]
    return ordered[max(0, -(-len(ordered) * int(share * 1000) // 1000) - 1)]


def milliseconds(samples: list[float]) -> str:
    parts = [f"p{share * 100:g} {percentile(samples, share) * 1000:.1f}" for share in (0.5, 0.99)]
    return f"{', '.join(parts)}, max {max(samples) * 1000:.1f} ms (n {len(samples)})"


def latency(what: str, samples: list[float], aim: float | None = None, share: float = 0.99) -> Row:
    """A row for seconds that something took; `aim` in milliseconds, for this percentile."""
    return Row(what, milliseconds(samples), percentile(samples, share) * 1000, aim, "ms")


def machine() -> str:
    model = next(
        (
            row.partition(":")[2].strip()
            for row in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in row
        ),
        platform.machine(),
    )
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({model}), Python {platform.python_version()}, {platform.system()}; load {load}"


def table(rows: Iterable[Row]) -> str:
    lines = ["| What | Measured | Aim | |", "| --- | --- | --- | --- |"]
    return "\n".join(lines + [f"| {row.what} | {row.figure} | {row.aimed} | {row.verdict} |" for row in rows])
