"""What the server counts of itself, in Prometheus' terms."""

import asyncio
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """One registry a composition, so that two in one process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._commands = Counter(
            "deskwire_commands", "commands answered", ["namespace", "command", "code"], registry=self._registry
        )
        self._seconds = Histogram(
            "deskwire_command_seconds",
            "seconds from command to ack",
            ["command"],
            buckets=FAST,
            registry=self._registry,
        )
        self._healed = Counter(
            "deskwire_healed", "what the reconciler found and healed", ["what"], registry=self._registry
        )
        self.gauge("tasks", "tasks of the event loop", lambda: len(asyncio.all_tasks()))

    def command(self, namespace: str, command: str, code: str, seconds: float) -> None:
        self._commands.labels(namespace, command, code).inc()
        self._seconds.labels(command).observe(seconds)

    def healed(self, what: str) -> None:
        self._healed.labels(what).inc()

    def gauge(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """A figure that is read when it is asked for."""
        Gauge(f"deskwire_{name}", meaning, registry=self._registry).set_function(read)

    def text(self) -> bytes:
        return generate_latest(self._registry)
