"""Shows people the door: the connections of a session that is over."""

from dataclasses import dataclass
from typing import Any, Protocol

from server.clock import Clock
from server.delivery import Delivery
from server.rooms import Connection, Rooms


class Door(Protocol):
    async def close(self, connection: Connection) -> None:
        """Lets what is queued go out, then closes the transport."""


@dataclass(frozen=True)
class Closing:
    rooms: Rooms
    delivery: Delivery
    door: Any
    clock: Clock

    async def close_session(self, session_id: str) -> None:
        """Every connection of the session hears session_expired and is closed."""
        await self._close([connection for connection in self.rooms if connection.who.session_id == session_id])

    async def close_expired(self) -> None:
        """The same for every session whose token has run out by now."""
        now = self.clock.now()
        await self._close([connection for connection in self.rooms if connection.who.expires_at <= now])

    async def _close(self, connections: list[Connection]) -> None:
        for connection in connections:
            self.delivery.to_connection(connection, "session_expired", {})
            await self.door.close(connection)
