"""What admins do: watch. One line each, from a checked payload to a rule."""

from dataclasses import dataclass
from typing import Any

from handlers.dispatcher import Payload
from handlers.office import OfficeOfAdmins
from server.chat.reading import Reading
from server.live.monitor import Monitor
from server.rooms import Connection


@dataclass(frozen=True)
class AdminCommands(OfficeOfAdmins):
    monitor: Monitor
    reading: Reading

    async def watch_desk(self, at: Connection, p: Payload) -> Any:
        return await self.monitor.watch_desk(at)

    async def unwatch_desk(self, at: Connection, p: Payload) -> Any:
        return self.monitor.unwatch_desk(at)

    async def watch_chat(self, at: Connection, p: Payload) -> Any:
        return await self.monitor.watch_chat(at, p["chat_id"])

    async def unwatch_chat(self, at: Connection, p: Payload) -> Any:
        return self.monitor.unwatch_chat(at, p["chat_id"])

    async def list_chats(self, at: Connection, p: Payload) -> Any:
        return await self.reading.list_all(**p)
