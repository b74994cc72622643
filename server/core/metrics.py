"""What the server counts of itself, in Prometheus' terms."""

import asyncio
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SAMPLE_SECONDS = 0.5


class ConnectionMetrics:
    """Connections that began, that ended, and that were one too many."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._opened = Counter(
            "deskwire_connections_opened", "connections that began, whatever became of them", registry=registry
        )
        self._closed = Counter(
            "deskwire_connections_closed", "connections that ended, and why", ["reason"], registry=registry
        )
        self._turned_away = Counter(
            "deskwire_connections_turned_away",
            "connections that were one too many for their person or address",
            ["bound"],
            registry=registry,
        )

    def opened(self) -> None:
        self._opened.inc()

    def closed(self, reason: str) -> None:
        self._closed.labels(reason.replace(" ", "_")).inc()

    def turned_away(self, bound: str) -> None:
        self._turned_away.labels(bound).inc()


class Metrics:
    """One registry a composition, so that two in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._commands = Counter(
            "deskwire_commands", "commands answered", ["namespace", "command", "code"], registry=self.registry
        )
        self._seconds = Histogram(
            "deskwire_command_seconds",
            "seconds from command to ack",
            ["command"],
            buckets=FAST,
            registry=self.registry,
        )
        self._of_commands: dict[tuple[str, str, str], tuple[Callable[[], None], Callable[[float], None]]] = {}
        self._healed = Counter(
            "deskwire_healed", "what the reconciler found and healed", ["what"], registry=self.registry
        )
        self.connections = ConnectionMetrics(self.registry)
        self._lag = Histogram(
            "deskwire_event_loop_lag_seconds",
            "seconds by which the event loop was late, looked at twice a second",
            buckets=FAST,
            registry=self.registry,
        )
        self.gauge("tasks", "tasks of the event loop", lambda: len(asyncio.all_tasks()))

    def command(self, namespace: str, command: str, code: str, seconds: float) -> None:
        key = (namespace, command, code)
        if key not in self._of_commands:  # looking up labels costs as much as counting
            self._of_commands[key] = self._commands.labels(*key).inc, self._seconds.labels(command).observe
        count, observe = self._of_commands[key]
        count()
        observe(seconds)

    def healed(self, what: str) -> None:
        self._healed.labels(what).inc()

    def lag(self, seconds: float) -> None:
        self._lag.observe(seconds)

    def gauge(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """A figure that is read when it is asked for."""
        Gauge(f"deskwire_{name}", meaning, registry=self.registry).set_function(read)

    def text(self) -> bytes:
        return generate_latest(self.registry)


class LagSampler:
    """Asks the event loop for a call in SAMPLE_SECONDS, again and again, and tells how much later it came."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(SAMPLE_SECONDS, self._sample, loop, loop.time() + SAMPLE_SECONDS)

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _sample(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._tell(max(0.0, loop.time() - due))
        self.start()
