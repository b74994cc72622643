"""What one connection may cost, and how long it may be silent."""

from __future__ import annotations

from dataclasses import dataclass

from server.settings import Settings

FRAME_MAX = 64 * 1024  # bytes of a WebSocket message or a POST that a client sends
LINGER_SECONDS = 0.5  # for what is queued, and the client's own goodbye, when the server closes a connection


@dataclass(frozen=True)
class Terms:
    fast_websocket: bool
    buffer_bytes: int
    join_seconds: float
    ping_interval: float
    ping_timeout: float

    @classmethod
    def of(cls, settings: Settings) -> Terms:
        return cls(
            settings.fast_websocket,
            settings.connection_buffer_bytes,
            settings.join_seconds,
            settings.ping_interval_seconds,
            settings.ping_timeout_seconds,
        )
