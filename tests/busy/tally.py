"""What was done, what was compared, what was wrong; and the table at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic


@dataclass
class Tally:
    """`given_up`: actions that came to nothing because somebody else was faster: a row that went, a seat that was taken."""

    began: float = field(default_factory=monotonic)
    actions: Counter[str] = field(default_factory=Counter)
    given_up: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    settled: list[float] = field(default_factory=list)
    slowest: str = ""  # who agreed last, and about what
    failures: dict[str, str] = field(default_factory=dict)
    slow_frames: int = 0  # without a line, or on a machine out of breath: the launcher says so on the console
    log_warnings: int = 0

    @property
    def minutes(self) -> float:
        return (monotonic() - self.began) / 60

    def settle(self, seconds: float, words: str) -> None:
        """A page, or the desk, agreed after so long about these."""
        if seconds > max(self.settled, default=0.0):
            self.slowest = words
        self.settled.append(seconds)

    def fail(self, key: str, words: str) -> bool:
        """Whether it is new."""
        is_new = key not in self.failures
        self.failures.setdefault(key, words)
        return is_new

    def found(self, sign: str) -> bool:
        """Whether a failure's key has this in it."""
        return any(sign in key for key in self.failures)

    def count(self, kind: str) -> int:
        """How many failures are of this kind: console, log, seats, or of a page."""
        return sum(key.startswith(kind) for key in self.failures)

    def table(self) -> str:
        rows = [("what was done", "times", "came to nothing")]
        names = sorted(self.actions | self.given_up)
        rows += [(name, f"{self.actions[name]:,}", f"{self.given_up[name]:,}") for name in names]
        slow = sorted(self.settled)
        facts = [
            ("pages held against the database", ", ".join(f"{count:,} of {who}" for who, count in self.pages.items())),
            ("lines compared", f"{self.lines:,}"),
            ("longest until a page and the database agreed", f"{slow[-1]:.1f} s: {self.slowest}" if slow else "-"),
            ("95 of 100 agreed within", f"{slow[int(len(slow) * 0.95)]:.1f} s" if slow else "-"),
            ("differences that stayed", str(self.count("page"))),
            ("seats and places held wrongly", str(self.count("desk"))),
            ("complaints on consoles", str(self.count("console"))),
            ("frames that launchers waited long for", str(self.slow_frames)),
            ("errors in the desk's log", str(self.count("log"))),
            ("warnings in the desk's log", str(self.log_warnings)),
        ]
        width = max(len(row[0]) for row in [*rows, *facts])
        done = [f"{name:{width}}  {times:>7}  {nothing:>15}" for name, times, nothing in rows]
        return "\n".join([*done, "", *(f"{name:{width}}  {value}" for name, value in facts)])
