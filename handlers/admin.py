"""What admins do: watch. One line each, from a checked payload to a rule."""

from dataclasses import dataclass
from typing import Any

from handlers.dispatcher import Payload
from handlers.staff import OfficeOfAdmins
from server.admin.job_runs import JobRuns
from server.chat.reading import Reading
from server.monitor.monitor import Monitor
from server.queue.transfers import Priorities, Transfers
from server.realtime.rooms import Connection


@dataclass(frozen=True)
class AdminCommands(OfficeOfAdmins):
    monitor: Monitor
    reading: Reading
    transfers: Transfers
    priorities: Priorities
    job_runs: JobRuns

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

    async def assign_chat(self, at: Connection, p: Payload) -> Any:
        return await self.transfers.assign(at.who, **p)

    async def set_priority(self, at: Connection, p: Payload) -> Any:
        return await self.priorities.set(at.who, **p)

    async def list_job_runs(self, at: Connection, p: Payload) -> Any:
        return await self.job_runs.listed(**p)
