"""What agents and admins do in the office: one line each, from a checked payload to a rule."""

from dataclasses import dataclass
from typing import Any

from handlers.dispatcher import Payload
from server.admin.department_changes import DepartmentChanges
from server.admin.report import Reporting
from server.admin.staff import Staff, StaffChanges
from server.agents.quick_replies import Replies
from server.chat.notes import ChatNotes
from server.chat.reading import CustomerHistory
from server.people.audit import AuditLog
from server.people.own_password import OwnPassword
from server.realtime.rooms import Connection


@dataclass(frozen=True)
class Office:
    """What agents and admins do alike."""

    notes_and_tags: ChatNotes
    own_password: OwnPassword

    async def list_notes(self, at: Connection, p: Payload) -> Any:
        return await self.notes_and_tags.list_notes(at.who, p["chat_id"])

    async def change_password(self, at: Connection, p: Payload) -> Any:
        return await self.own_password.change(at.who, **p)


@dataclass(frozen=True)
class OfficeOfAgents(Office):
    replies: Replies
    customer_history_reader: CustomerHistory

    async def add_note(self, at: Connection, p: Payload) -> Any:
        return await self.notes_and_tags.add_note(at.who, **p)

    async def set_tags(self, at: Connection, p: Payload) -> Any:
        return await self.notes_and_tags.set_tags(at.who, **p)

    async def list_quick_replies(self, at: Connection, p: Payload) -> Any:
        return await self.replies.listed(at.who)

    async def save_quick_reply(self, at: Connection, p: Payload) -> Any:
        return await self.replies.save(at.who, reply_id=p.pop("id"), **p)

    async def delete_quick_reply(self, at: Connection, p: Payload) -> Any:
        return await self.replies.delete(at.who, p["id"])

    async def customer_history(self, at: Connection, p: Payload) -> Any:
        return await self.customer_history_reader.history(at.who, **p)


@dataclass(frozen=True)
class OfficeOfAdmins(Office):
    staff: Staff
    staff_changes: StaffChanges
    department_changes: DepartmentChanges
    audit: AuditLog
    reporting: Reporting

    async def list_users(self, at: Connection, p: Payload) -> Any:
        return await self.staff.listed(**p)

    async def create_agent(self, at: Connection, p: Payload) -> Any:
        return await self.staff.create_agent(at.who, **p)

    async def update_user(self, at: Connection, p: Payload) -> Any:
        return await self.staff_changes.update(at.who, user_id=p.pop("id"), **p)

    async def list_departments(self, at: Connection, p: Payload) -> Any:
        return await self.department_changes.departments.listed()

    async def save_department(self, at: Connection, p: Payload) -> Any:
        return await self.department_changes.save(at.who, p.pop("id"), **p)

    async def list_audit(self, at: Connection, p: Payload) -> Any:
        return await self.audit.listed(**p)

    async def report(self, at: Connection, p: Payload) -> Any:
        return await self.reporting.figures(**p)
