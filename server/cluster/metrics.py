"""What the bus counts of itself."""

from prometheus_client import Counter, Histogram

from server.core.metrics import FAST, Metrics


class BusMetrics:
    def __init__(self, metrics: Metrics) -> None:
        counted, registry = [], metrics.registry
        for name, meaning in (
            ("hints_missed", "batches of other processes' hints that were not heard"),
            ("gaps_read", "times that MongoDB's log of changes was read because hints may have been missed"),
            ("not_ours", "messages on the channel that no process of this desk sealed lately"),
            ("lines_read", "lines that were told because they were read there: nobody had hinted them"),
        ):
            counted.append(Counter(f"deskwire_bus_{name}", meaning, registry=registry))
        self.hints_missed, self.gaps_read, self.not_ours, self.lines_read = counted
        self.lag = Histogram(
            "deskwire_bus_lag_seconds", "seconds until Redis gave our own words back", buckets=FAST, registry=registry
        )
