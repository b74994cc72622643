"""What one server did in the phases of a comparison, round by round, and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.support.figures import percentile
from bench.support.subjects import Subject

IN_FLIGHT = (1, 4)  # messages a customer
RATE = 200.0  # messages a second, for the latencies
PHASES = {**{f"{n} in flight": n for n in IN_FLIGHT}, "steady": 0}
BEST = f"{IN_FLIGHT[-1]} in flight"


@dataclass
class Found:
    """What one server did in each phase, a result a round."""

    subject: Subject
    rounds: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {phase: [] for phase in PHASES})

    def rate(self, phase: str) -> float:
        """Delivered messages a second, the median of the rounds."""
        return float(median(result["delivered"] / result["seconds"] for result in self.rounds[phase]))

    def times(self, other: Found, phase: str) -> float:
        """How many times the other's rate: the median of the rounds, since each round has its own neighbours' load."""
        pairs = zip(self.rounds[phase], other.rounds[phase], strict=True)
        return float(
            median(
                mine["delivered"] / mine["seconds"] / (its["delivered"] / its["seconds"] or 1) for mine, its in pairs
            )
        )

    def cost(self, phase: str, of: str) -> float | None:
        """Microseconds of processor time a delivered message, the median of the rounds."""
        found = [
            result["cpu"][of] / result["delivered"] * 1e6
            for result in self.rounds[phase]
            if of in result["cpu"] and result["delivered"]
        ]
        return float(median(found)) if found else None

    def elsewhere(self, phase: str) -> float:
        """Cores that neither server nor load used meanwhile: the neighbours' share in what was measured."""
        return float(median(result["elsewhere"] for result in self.rounds[phase]))

    def milliseconds(self, phase: str, share: float) -> float:
        """From send to the other side's `message`: the median of the rounds' percentiles."""
        return float(median(percentile(result["latencies"], share) for result in self.rounds[phase])) * 1000

    @property
    def lost(self) -> int:
        return sum(int(result["lost"] + result["refused"]) for results in self.rounds.values() for result in results)

    @property
    def receipts(self) -> float:
        """Receipts that came back for each message at the steady rate."""
        results = self.rounds["steady"]
        receipts, delivered = (sum(int(result[name]) for result in results) for name in ("receipts", "delivered"))
        return receipts / max(1, delivered)
