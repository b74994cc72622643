"""What admins do: one line each, from a loaded payload to a rule."""

from dataclasses import dataclass

from handlers.dispatcher import Answer
from handlers.roles import Staff
from server.admin.closing import Departures
from server.admin.department_changes import DepartmentChanges
from server.admin.report import JobRuns, Reporting
from server.admin.staff import Staff as StaffRules
from server.admin.staff import StaffChanges
from server.chat.ending import EndingByAdmins
from server.chat.reading import Reading
from server.monitor.monitor import Monitor
from server.people.audit import AuditLog
from server.queue.transfers import Priorities, Transfers
from server.realtime.rooms import Connection
from server.schemas.admin import CreateAgent, DeleteUser, ListUsers, Report, SaveDepartment, UpdateUser
from server.schemas.chat import EndChat, ListAllChats
from server.schemas.payload import Nothing, OneChat, Page
from server.schemas.queue import AssignChat, SetPriority


@dataclass(frozen=True)
class AdminCommands(Staff):
    staff: StaffRules
    staff_changes: StaffChanges
    departures: Departures
    department_changes: DepartmentChanges
    audit_log: AuditLog
    reporting: Reporting
    monitor: Monitor
    reading: Reading
    transfers: Transfers
    priorities: Priorities
    job_runs: JobRuns
    ending: EndingByAdmins

    async def watch_desk(self, at: Connection, p: Nothing) -> Answer:
        return await self.monitor.watch_desk(at)

    async def unwatch_desk(self, at: Connection, p: Nothing) -> Answer:
        return self.monitor.unwatch_desk(at)

    async def watch_chat(self, at: Connection, p: OneChat) -> Answer:
        return await self.monitor.watch_chat(at, p.chat_id)

    async def unwatch_chat(self, at: Connection, p: OneChat) -> Answer:
        return self.monitor.unwatch_chat(at, p.chat_id)

    async def list_chats(self, at: Connection, p: ListAllChats) -> Answer:
        return await self.reading.list_all(p)

    async def end_chat(self, at: Connection, p: EndChat) -> Answer:
        return await self.ending.end_chat(at.who, p.chat_id, p.reason, p.comment)

    async def assign_chat(self, at: Connection, p: AssignChat) -> Answer:
        return await self.transfers.assign(at.who, p.chat_id, p.agent_id)

    async def set_priority(self, at: Connection, p: SetPriority) -> Answer:
        return await self.priorities.set(at.who, p.chat_id, p.priority)

    async def list_users(self, at: Connection, p: ListUsers) -> Answer:
        return await self.staff.listed(p.role, p.page, p.page_size)

    async def create_agent(self, at: Connection, p: CreateAgent) -> Answer:
        return await self.staff.create_agent(at.who, p)

    async def update_user(self, at: Connection, p: UpdateUser) -> Answer:
        return await self.staff_changes.update(at.who, p)

    async def delete_user(self, at: Connection, p: DeleteUser) -> Answer:
        return await self.departures.delete(at.who, p.id, p.to, p.password)

    async def list_departments(self, at: Connection, p: Nothing) -> Answer:
        return await self.department_changes.listed()

    async def save_department(self, at: Connection, p: SaveDepartment) -> Answer:
        return await self.department_changes.save(at.who, p)

    async def list_audit(self, at: Connection, p: Page) -> Answer:
        return await self.audit_log.listed(p.page, p.page_size)

    async def report(self, at: Connection, p: Report) -> Answer:
        return await self.reporting.figures(p.since, p.until)

    async def list_job_runs(self, at: Connection, p: Page) -> Answer:
        return await self.job_runs.listed(p.page, p.page_size)
