"""What a connection may cost, and from which pages it may come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.core.settings import Settings

FRAME_MAX = 64 * 1024  # bytes of a WebSocket message or a POST that a client sends
LINGER_SECONDS = 0.5  # for what is queued, and the client's own goodbye, when the server closes a connection


@dataclass(frozen=True)
class ConnectionLimits:
    """What of the settings the transports hold a connection to."""

    fast_websocket: bool
    buffer_bytes: int
    join_seconds: float
    ping_interval: float
    ping_timeout: float

    @classmethod
    def of(cls, settings: Settings) -> ConnectionLimits:
        return cls(
            settings.fast_websocket,
            settings.connection_buffer_bytes,
            settings.join_seconds,
            settings.ping_interval_seconds,
            settings.ping_timeout_seconds,
        )


def is_allowed(origin: str | None, environ: dict[str, Any], others: tuple[str, ...]) -> bool:
    """Whether a page of this origin may connect: ours, by the Host it was reached under, or one of CORS_ORIGINS.

    Requests with a Host that is not ours have not come so far (hosts.py).
    """
    return origin in others or (origin or "").partition("://")[2] == environ.get("HTTP_HOST")
