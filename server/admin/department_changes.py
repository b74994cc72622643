"""Making and changing departments: seats and waiting chats follow a new name."""

from dataclasses import dataclass
from typing import Any

from server.agents.seats import SeatChanges
from server.core.errors import Conflict, NotFound
from server.core.identity import Identity
from server.core.signals import Signals
from server.departments.departments import Departments
from server.departments.texts import kept
from server.people.audit import Audit
from server.schemas.admin import SaveDepartment
from store.chats import Chats
from store.departments import Department, StoredDepartments


@dataclass(frozen=True)
class DepartmentChanges:
    departments: Departments
    stored: StoredDepartments
    seat_changes: SeatChanges
    chats: Chats
    signals: Signals
    audit: Audit

    async def listed(self) -> dict[str, Any]:
        """All of them, by name."""
        return await self.departments.listed()

    async def save(self, who: Identity, given: SaveDepartment) -> dict[str, Any]:
        """Without an id a new one, again with equal values: the same; with an id its new name, zone, hours and, where they
        are given, texts.

        Raises NotFound, and Conflict for a name that another department has.
        """
        more = {"time_zone": given.time_zone, "hours": given.hours, "special_days": given.special_days}
        if given.texts is not None:
            more["texts"] = kept(given.texts)
        if given.id:
            saved = await self._change(given.id, given.name, more)
        else:
            saved = await self._add(given.name, more)
        await self.audit.note(who.id, "department_saved", saved.id, name=given.name)
        self.signals.capacity_changed.emit()  # it may be open, or closed, from now on
        return {"department": self.departments.shown(saved)}

    async def _add(self, name: str, more: dict[str, Any]) -> Department:
        made = await self.stored.add(name, **more)
        if made:
            return made
        found = await self.stored.by_name(name)
        if found is None or {field: getattr(found, field) for field in more} != more:
            raise Conflict(f"there is a department {name} already; give its id to change it")
        return found

    async def _change(self, department_id: str, name: str, more: dict[str, Any]) -> Department:
        """Between any two of these writes the department's agents serve its chats, whichever name those have."""
        before = await self.stored.find(department_id)
        if before is None:
            raise NotFound("there is no such department")
        if before.name == name:
            return await self._write(department_id, name, more)
        taken = await self.stored.by_name(name)
        if taken:
            raise Conflict(f"there is a department {name} already")
        await self.seat_changes.take_department_beside(before.name, name)
        await self.chats.rename_department_of_unended(before.name, name)
        saved = await self._write(department_id, name, more)
        await self.seat_changes.leave_department_beside(before.name, name)
        return saved

    async def _write(self, department_id: str, name: str, more: dict[str, Any]) -> Department:
        saved = await self.stored.change(department_id, name, **more)
        if saved is None:
            raise NotFound("there is no such department")
        return saved
