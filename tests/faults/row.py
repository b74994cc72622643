"""One fault's result, and the table of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import quantiles

from tests.faults.checker import Verdict
from tests.faults.journal import Journal

HEAD = (
    "fault", "times", "lines", "acked", "unknown tries", "lost", "doubled", "gaps", "broken otherwise",
    "longest pause", "ack to other page", "whole p50", "whole p95", "verdict",
)  # fmt: skip
NAMED = {"lost", "doubled", "gaps"}
SHOWN = 5  # examples of each broken promise


@dataclass
class Row:
    """`control`: the promises that this weakened desk must break. `skipped`: why it could not be done."""

    name: str
    times: int = 0
    journal: Journal = field(default_factory=Journal)
    verdict: Verdict = field(default_factory=Verdict)
    control: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def is_good(self) -> bool:
        if self.control:
            return all(getattr(self.verdict, promise) for promise in self.control)
        return bool(self.skipped) or not self.verdict.broken

    @property
    def word(self) -> str:
        if self.skipped:
            return f"skipped: {self.skipped}"
        if self.control:
            return "fails, as it must" if self.is_good else "**does not fail: the others prove nothing**"
        return "held" if self.is_good else "**BROKEN**"

    def cells(self) -> list[str]:
        if self.skipped:
            return [self.name, *[""] * (len(HEAD) - 2), self.word]
        journal, broken = self.journal, self.verdict.broken
        others = [f"{name} {len(found)}" for name, found in broken.items() if name not in NAMED]
        counts = (
            self.times, len(journal.operations), journal.acked, sum(each.unknown for each in journal.operations),
            *(len(getattr(self.verdict, name)) for name in ("lost", "doubled", "gaps")),
        )  # fmt: skip
        return [
            self.name, *(f"{count:,}" for count in counts), ", ".join(others) or "0",
            f"{journal.longest_pause():.2f} s", f"{journal.slowest_hearing:.2f} s", *_whole(journal.whole_after), self.word,
        ]  # fmt: skip

    def examples(self) -> str:
        """What was broken, in words."""
        return "\n".join(
            f"  {self.name}: {promise}: {where}"
            for promise, found in self.verdict.broken.items()
            for where in found[:SHOWN]
        )


def table(rows: list[Row]) -> str:
    """As Markdown."""
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _whole(seconds: list[float]) -> tuple[str, str]:
    if len(seconds) < 2:
        return "", ""
    cuts = quantiles(seconds, n=20, method="inclusive")
    return f"{cuts[9]:.2f} s", f"{cuts[18]:.2f} s"
